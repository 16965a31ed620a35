"""The body of the data-set card for the source `requests`."""

from collections.abc import Mapping

from rf_synth.dataset.card_head import composition_head, table_row
from rf_synth.dataset.plan import LANGS, REQUEST_TYPES
from rf_synth.dataset.recipe import Recipe
from rf_synth.requests.voices import HELD_OUT, VALIDATION
from rf_synth.styles import STYLES

Counts = Mapping[str, Mapping[str, int]]
"""Split → type or language → records."""


_ANSWERED = {
    False: "each is answered by one call of `design_filter` whose values are copied from the "
    "request.",
    True: "each is answered by one JSON object of the published keys, by a question for exactly "
    "what is missing, or by the reason why there is no such answer.",
}
_CONVENTIONS = {
    False: (
        "- A value is the number as printed with its unit as printed; nothing is converted.",
        "- `meta.call` holds the arguments, `meta.result` the solver's result: frequencies "
        "in Hz, levels in dB, impedances in ohm, edges of the ripple band.",
    ),
    True: (
        "- Frequencies in Hz, levels in dB, R0 in ohm; a missing impedance is asked for.",
        "- Centre and bandwidth may be stated as two edges; other conversions do not occur.",
        "- `meta.stated` holds what the request states, in its own words.",
    ),
}
_FAMILIES = {
    False: "Chebyshev type I and Butterworth filters",
    True: "Chebyshev type I low-, high- and band-pass filters",
}


def body(recipe: Recipe, counts: Counts) -> list[str]:
    """Lines of Markdown: description, composition, conventions and limits."""
    names = (*REQUEST_TYPES, *LANGS)
    by_keys = recipe.answer_style in STYLES
    rows = [
        table_row(split, [recipe.counts[split], *(found.get(name, 0) for name in names)])
        for split, found in counts.items()
    ]
    return [
        f"# {recipe.name}",
        "",
        "Requests for RF filters as people write them, complete or not, and requests for something "
        f"else; {_ANSWERED[by_keys]} The wordings are slotted texts of many voices and lists of "
        "labels; the numbers are drawn, and an exact solver computes the result"
        f"{'' if by_keys else ' (`meta.result`)'}.",
        "",
        *composition_head(recipe, names),
        *rows,
        "",
        "followup_question: something is missing in the end; followup_resolve: several turns.",
        "",
        "## Conventions",
        "",
        *_CONVENTIONS[by_keys],
        "- `order` is the prototype's; band-pass and band-stop filters have twice as many poles.",
        "",
        "## Splits",
        "",
        f"Only test_ood has the voices {', '.join(sorted(HELD_OUT))}, and only val the voices "
        f"{', '.join(sorted(VALIDATION))}. test shares its voices with train but not its numbers.",
        "",
        "## Known limits",
        "",
        f"- Passive {_FAMILIES[by_keys]}; anything else is declined.",
        "- A text in which no number is drawn recurs within a split.",
        "",
    ]
