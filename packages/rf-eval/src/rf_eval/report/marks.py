"""Positions of a call's arguments in the request, for the sample browser of the report."""

import re
from collections.abc import Sequence

from rf_eval.reading.compare import Slot

Span = tuple[int, int, int]
"""Index of the message, start and end in its text."""

Mark = list[int | str]
"""[message, start, end, key, kind, remark], with start and end in UTF-16 units."""

_NUMBER = re.compile(r"[+\-−±]?\d(?:[\d.,' ]*\d)?(?:[eE][+-]?\d+)?|[+\-−±]?\.\d+")


def marks(slots: Sequence[Slot], messages: Sequence[dict[str, str]]) -> list[Mark]:
    """A mark for each argument found in the user's turns, in the latest turn that contains it.

    Arguments of the reference are marked by their expected text, invented ones by their own.
    """
    taken: list[Span] = []
    found: list[Mark] = []
    for slot in slots:
        text = slot.found if slot.kind == "invented" else slot.expected
        span = _locate(text, messages, taken) if isinstance(text, str) else None
        if span is not None:
            taken.append(span)
            number, start, end = span
            content = messages[number]["content"]
            places = (_units(content[:start]), _units(content[:end]))
            remark = slot.key if slot.kind == "right" else str(slot)
            found.append([number, *places, slot.key, slot.kind, remark])
    return sorted(found, key=lambda mark: mark[:2])


def _locate(text: str, messages: Sequence[dict[str, str]], taken: Sequence[Span]) -> Span | None:
    """The span of the text, or of its number only if the unit is elsewhere."""
    numbers = [match.group() for match in [_NUMBER.search(text)] if match]
    for wanted in (text, *numbers):
        for number in range(len(messages) - 1, -1, -1):
            if messages[number]["role"] != "user" or not wanted:
                continue
            span = _find(wanted, messages[number]["content"], number, taken)
            if span is not None:
                return span
    return None


def _find(wanted: str, text: str, number: int, taken: Sequence[Span]) -> Span | None:
    """The first unmarked occurrence of `wanted` that does not split a number or a word."""
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        free = all(n != number or end <= low or high <= start for n, low, high in taken)
        if free and not (_joined(text, start) or _joined(text, end)):
            return number, start, end
        start = text.find(wanted, start + 1)
    return None


def _joined(text: str, place: int) -> bool:
    """Whether the characters before and after a position belong to the same number or word."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    follows = text[place + 1 : place + 2].isdigit()
    digits = before.isdigit() and (after.isdigit() or (after in ".," and follows))
    point = before in ".," and after.isdigit() and text[: place - 1][-1:].isdigit()
    word = before.isascii() and before.isalpha() and after.isascii() and after.isalpha()
    return digits or point or word


def _units(text: str) -> int:
    """The length of a text in UTF-16 units, as in JavaScript."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
