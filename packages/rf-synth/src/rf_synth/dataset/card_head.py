"""What the cards of every source say alike: how the data were made, and the head of their table."""

from collections.abc import Sequence

from rf_synth.dataset.recipe import Recipe


def composition_head(recipe: Recipe, names: Sequence[str]) -> list[str]:
    """The lines down to the table of splits, whose columns behind split and records are `names`."""
    return [
        f"Made by rf-synth: preset `{recipe.preset}`, seed {recipe.seed}, answer style "
        f"`{recipe.answer_style}`. The recipe in full stands in `metadata.json`.",
        "",
        "## Composition",
        "",
        "| split | records | " + " | ".join(names) + " |",
        "|" + "---|" * (2 + len(names)),
    ]
