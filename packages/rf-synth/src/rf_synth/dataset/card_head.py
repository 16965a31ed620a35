"""The part that data-set cards share: how the data were made, and the head of the table."""

from collections.abc import Sequence

from rf_synth.dataset.recipe import Recipe


def composition_head(recipe: Recipe, names: Sequence[str]) -> list[str]:
    """The lines down to the head of the table: split, records, and a column for each of `names`."""
    return [
        f"Made by rf-synth: preset `{recipe.preset}`, seed {recipe.seed}, answer style "
        f"`{recipe.answer_style}`. `metadata.json` holds the full recipe.",
        "",
        "## Composition",
        "",
        "| split | records | " + " | ".join(names) + " |",
        "|" + "---|" * (2 + len(names)),
    ]


def table_row(split: str, counts: Sequence[int]) -> str:
    """One row of that table."""
    return " | ".join([f"| {split}", *(f"{n:,}" for n in counts)]) + " |"
