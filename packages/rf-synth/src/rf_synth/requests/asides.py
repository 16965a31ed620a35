"""Adds a sentence about something else, with numbers that are not the filter's.

People mention supplies, cables, sweeps and neighbours beside what they want. The sentences are the
clauses `asides` (`language/requests/clauses/<lang>/e.json`); each stands for itself. A call must
not copy their numbers.
"""

from dataclasses import replace

from rf_synth.requests.slots import Slot, ends_with, in_lines, parse
from rf_synth.requests.variation import in_hand_of, is_document
from rf_synth.requests.voices import Request
from rf_synth.requests.wordings import fitting
from rf_synth.specs.draws import Draws

_MIXED = ("zh", "zh", "zh", "en")
"""Languages of the sentences added to mixed requests."""
_ENDS = tuple(".!?。！？…")


def with_aside(draws: Draws, request: Request) -> Request:
    """`request` with one more sentence in its first turn; documents and speech are unchanged."""
    if is_document(request) or request.numbers_as == "speech":
        return request
    lang = request.lang if request.lang != "mix" else draws.pick(_MIXED)
    choice = fitting(lang, ("asides",), request.register or "plain", request.frequency)
    wording = choice.pick(draws, frozenset())
    if wording is None:
        return request
    text = in_hand_of(request, wording.text)
    first = request.turns[0]
    lines = in_lines(first)
    gap = "\n" if lines else "" if lang == "zh" else " "
    mark = "" if lines or ends_with(first, _ENDS) else "。" if lang == "zh" else "."
    first = (*first, Slot("text", argument=mark + gap), *parse(text))
    return replace(request, turns=(first, *request.turns[1:]))
