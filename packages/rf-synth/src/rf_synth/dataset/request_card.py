"""The body of the card of a data set whose source is `requests`."""

from collections.abc import Mapping

from rf_synth.dataset.card_head import composition_head
from rf_synth.dataset.plan import LANGS, REQUEST_TYPES
from rf_synth.dataset.recipe import Recipe
from rf_synth.requests.voices import HELD_OUT, VALIDATION

Counts = Mapping[str, Mapping[str, int]]
"""Split → type or language → records."""


def body(recipe: Recipe, counts: Counts) -> list[str]:
    """What the data set is, its composition, conventions and limits, in lines of Markdown."""
    names = (*REQUEST_TYPES, *LANGS)
    rows = [
        f"| {split} | {recipe.counts[split]:,} | "
        + " | ".join(f"{found.get(name, 0):,}" for name in names)
        + " |"
        for split, found in counts.items()
    ]
    return [
        f"# {recipe.name}",
        "",
        "Requests for RF filters as people write them, complete or not, and requests for something "
        "else; each is answered by one call of `design_filter` whose values are copied from the "
        "request. The wordings are slotted texts of many voices and lists of labels; the numbers "
        "are drawn, and an exact solver decides what they amount to (`meta.result`).",
        "",
        *composition_head(recipe, names),
        *rows,
        "",
        "followup_question: something is missing in the end; followup_resolve: several turns.",
        "",
        "## Conventions",
        "",
        "- A value is the number as printed with its unit as printed; nothing is converted.",
        "- `meta.call` holds the arguments, `meta.result` what the solver says: frequencies "
        "in Hz, levels in dB, impedances in ohm, edges of the ripple band.",
        "- `order` is the prototype's; band-pass and band-stop filters have twice as many poles.",
        "",
        "## Splits",
        "",
        f"test_ood has the voices {', '.join(sorted(HELD_OUT))} to itself and val the voices "
        f"{', '.join(sorted(VALIDATION))}. test shares its voices with train, with other numbers.",
        "",
        "## Known limits",
        "",
        "- Passive Chebyshev type I and Butterworth filters; all else is to be declined.",
        "- A text in which no number is drawn recurs within a split.",
        "",
    ]
