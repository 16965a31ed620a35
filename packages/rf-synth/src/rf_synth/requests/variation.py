"""The same request by a hastier or chattier person: another case, a typing error, words around it.

What a call copies stays what the text says: cases change in both, typing errors and punctuation
only outside of slots.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rf_synth.requests.clauses import ClauseWriter
from rf_synth.requests.slots import Slot, parse
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws

_WORD = re.compile(r"(?<![\w\\])[A-Za-z]{5,}(?![\w=])")
_PUNCTUATION = (
    str.maketrans({"，": ", ", "。": ". ", "：": ":", "；": "; ", "（": "(", "）": ")"}),
    str.maketrans({"，": " ", "。": " ", "、": " "}),
    str.maketrans({"。": "，", "；": "，"}),
)


def varied(draws: Draws, request: Request) -> Request:
    """`request` with one or two changes of the kind that people make without noticing."""
    changes: list[Callable[[Draws, Request], Request]] = [_in_other_words]
    if request.lang != "zh":
        changes += [_in_lower_case, _mistyped, _mistyped]
    if request.lang != "en":
        changes += [_other_punctuation]
    for _ in range(draws.pick((1, 1, 2))):
        request = draws.pick(changes)(draws, request)
    return request


def with_impedance(draws: Draws, request: Request) -> Request:
    """With a clause more that tells the impedance, before or behind the first turn."""
    writer = ClauseWriter(draws, request.lang, request.frequency)
    clause = parse(writer.one("z0"))
    first = request.turns[0]
    if draws.below(4) == 0:
        first = (*clause, Slot("text", argument=draws.pick(("\n", ", ", "; "))), *first)
    else:
        end = "。" if request.lang == "zh" else "."
        gap = draws.pick(("\n", " ", ", ", "; "))
        first = (*first, Slot("text", argument=gap), *clause, Slot("text", argument=end))
    return replace(request, turns=(first, *request.turns[1:]))


def _in_other_words(draws: Draws, request: Request) -> Request:
    """With a sentence more before or behind the first turn."""
    writer = ClauseWriter(draws, request.lang, request.frequency)
    first = request.turns[0]
    gap = draws.pick(("\n", "\n\n", " "))
    name = draws.pick(("openings", "openings", "closings", "noise", "noise"))
    more = parse(writer.one(name))
    end = "。" if request.lang == "zh" else "."
    if name == "openings" or (name == "noise" and draws.below(2)):
        first = (*more, Slot("text", argument=end + gap), *first)
    else:
        first = (*first, Slot("text", argument=gap), *more, Slot("text", argument=end))
    return replace(request, turns=(first, *request.turns[1:]))


def _in_lower_case(_: Draws, request: Request) -> Request:
    """Without a capital: text, copied words, and units of labels alike."""
    return _rewritten(request, ("text", "words", "apart"), str.lower)


def _mistyped(draws: Draws, request: Request) -> Request:
    """With one or two wrong letters in words of five letters or more."""
    for _ in range(draws.pick((1, 1, 2))):
        turn = draws.below(len(request.turns))
        slots = list(request.turns[turn])
        places = [
            (place, match)
            for place, slot in enumerate(slots)
            if slot.kind == "text"
            for match in _WORD.finditer(slot.argument)
        ]
        if not places:
            continue
        place, match = draws.pick(places)
        text = slots[place].argument
        wrong = text[: match.start()] + _misspelt(draws, match[0]) + text[match.end() :]
        slots[place] = replace(slots[place], argument=wrong)
        turns = (*request.turns[:turn], tuple(slots), *request.turns[turn + 1 :])
        request = replace(request, turns=turns)
    return request


def _misspelt(draws: Draws, word: str) -> str:
    """`word` with a letter left out, doubled, or changed with its neighbour."""
    at = 1 + draws.below(len(word) - 2)
    return draws.pick(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def _other_punctuation(draws: Draws, request: Request) -> Request:
    table = draws.pick(_PUNCTUATION)
    return _rewritten(request, ("text",), lambda text: text.translate(table))


def _rewritten(request: Request, kinds: Sequence[str], change: Callable[[str], str]) -> Request:
    """`request` with the argument of every slot of these kinds changed."""
    turns = tuple(
        tuple(
            replace(slot, argument=change(slot.argument)) if slot.kind in kinds else slot
            for slot in turn
        )
        for turn in request.turns
    )
    return replace(request, turns=turns)
