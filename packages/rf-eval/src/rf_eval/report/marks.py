"""Where the arguments of a call stand in the request: spans of text, for the sample browser."""

import re
from collections.abc import Sequence

from rf_eval.reading.compare import Slot

Span = tuple[int, int, int]
"""Number of the message, first and last place + 1 in its text, counted in UTF-16 units."""

Mark = list[int | str]
"""A span and what it holds: [message, start, end, key, kind, remark]."""

_NUMBER = re.compile(r"[+\-−±]?\d(?:[\d.,' ]*\d)?(?:[eE][+-]?\d+)?|[+\-−±]?\.\d+")


def marks(slots: Sequence[Slot], messages: Sequence[dict[str, str]]) -> list[Mark]:
    """A mark for each argument found in what the user said; of several places the latest is taken.

    An argument that the reference states is marked where it stands, one that the answer invented
    where the answer has it from.
    """
    taken: list[Span] = []
    found: list[Mark] = []
    for slot in slots:
        text = slot.found if slot.kind == "invented" else slot.expected
        span = _locate(text, messages, taken) if isinstance(text, str) else None
        if span is not None:
            taken.append(span)
            number, start, end = span
            said = messages[number]["content"]
            places = (_units(said[:start]), _units(said[:end]))
            remark = slot.key if slot.kind == "right" else str(slot)
            found.append([number, *places, slot.key, slot.kind, remark])
    return sorted(found, key=lambda mark: mark[:2])


def _locate(text: str, messages: Sequence[dict[str, str]], taken: Sequence[Span]) -> Span | None:
    """The text as it stands, or its number alone where the unit stands elsewhere."""
    numbers = [match.group() for match in [_NUMBER.search(text)] if match]
    for wanted in (text, *numbers):
        for number in range(len(messages) - 1, -1, -1):
            if messages[number]["role"] != "user" or not wanted:
                continue
            span = _find(wanted, messages[number]["content"], number, taken)
            if span is not None:
                return span
    return None


def _find(wanted: str, said: str, number: int, taken: Sequence[Span]) -> Span | None:
    """The first free place of `wanted` that does not cut a number or a word in two."""
    start = said.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        free = all(n != number or end <= low or high <= start for n, low, high in taken)
        if free and not (_joined(said, start) or _joined(said, end)):
            return number, start, end
        start = said.find(wanted, start + 1)
    return None


def _joined(said: str, place: int) -> bool:
    """Whether the characters on both sides of a place belong together."""
    if not 0 < place < len(said):
        return False
    before, after = said[place - 1], said[place]
    follows = said[place + 1 : place + 2].isdigit()
    digits = before.isdigit() and (after.isdigit() or (after in ".," and follows))
    point = before in ".," and after.isdigit() and said[: place - 1][-1:].isdigit()
    word = before.isascii() and before.isalpha() and after.isascii() and after.isalpha()
    return digits or point or word


def _units(text: str) -> int:
    """The length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
