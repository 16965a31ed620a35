"""What the slots of a request tell before any number is drawn.

The numbers of one request are drawn many times, those of a voice for thousands of records: what
depends on its text alone is found once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rf_synth.requests.slots import POINTS, Slot

Turns = tuple[tuple[Slot, ...], ...]
_POINT_NAMES = ("stop", "to", "offset", "multiple")
_POINT_OF = {f"{name}{i}": i for name in _POINT_NAMES for i in range(1, POINTS + 1)}
_LOSS = re.compile(r"插损|插入损耗|自身损耗|带内损耗|[Ii]nsertion loss|\bIL\b")
"""Words of a request that states how much is lost in its pass band."""
_LEVEL = re.compile(r"\d*\.?\d+")
_UPPER = re.compile(
    r"以上|高于|上边|上阻|高端|高频端|上侧|上端|往上|above|upper|over|high side"
    r"|beyond|\bhi\b",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"以下|低于|下边|下阻|低端|低频端|下侧|下端|往下|below|lower|under|low side",
    re.IGNORECASE,
)
_ENDS_BEFORE = re.compile(r"[，,、；;。\n]|(?<=以[上下])\s|[)）](?!\s*$)")
_ENDS_BEHIND = re.compile(r"[。；;\n]")


@dataclass(frozen=True, slots=True)
class Stated:
    """The slots of a request and what they tell.

    `keys` are those of all slots (with "" where there is noise), `corrected` those that get a new
    value; `words` the words that stand under a key; `points` the numbers of the stop points and
    `sides` those of them that lie above (True) or below the pass band by the words around them;
    `edge_db` the level of the pass edges in dB.
    """

    slots: tuple[Slot, ...]
    keys: frozenset[str]
    corrected: tuple[str, ...]
    words: dict[str, str]
    points: tuple[int, ...]
    sides: dict[int, bool]
    told_loss: bool
    edge_db: float | None
    hertz_apart: bool
    """Whether a number stands apart from its unit, which is one of frequency."""


def stated(turns: Turns) -> Stated:
    """What these turns state."""
    slots, texts = _apart(turns)
    keys = frozenset([slot.key for slot in slots])
    words = {slot.key: slot.argument for slot in slots if slot.kind == "words"}
    points = {_POINT_OF[key] for key in keys if key in _POINT_OF}
    level = _LEVEL.search(words.get("edge_db", ""))
    return Stated(
        slots=slots,
        keys=keys,
        words=words,
        corrected=tuple(sorted({slot.key for slot in slots if slot.corrected})),
        points=tuple(sorted(points)),
        sides=_sides(turns) if points else {},
        told_loss=bool(_LOSS.search("".join(texts))),
        edge_db=float(level[0]) if level else None,
        hertz_apart=any(slot.kind == "apart" and "Hz" in slot.argument for slot in slots),
    )


def _apart(turns: Turns) -> tuple[tuple[Slot, ...], list[str]]:
    """The slots and the texts between them."""
    slots: list[Slot] = []
    texts: list[str] = []
    for turn in turns:
        for slot in turn:
            if slot.kind == "text":
                texts.append(slot.argument)
            else:
                slots.append(slot)
    return tuple(slots), texts


def _sides(turns: Iterable[tuple[Slot, ...]]) -> dict[int, bool]:
    """The side of each stop point that the words around its first telling slot decide."""
    sides: dict[int, bool] = {}
    for turn in turns:
        for place, slot in enumerate(turn):
            point = _POINT_OF.get(slot.key)
            if point is None or point in sides:
                continue
            if slot.kind == "words" and slot.key[0] == "s":  # DC, up to which it stops
                sides[point] = False
            elif (hint := _hint(turn, place)) is not None:
                sides[point] = hint
    return sides


def _hint(turn: tuple[Slot, ...], place: int) -> bool | None:
    """What the words right before or behind a slot say of its side; None where nothing."""
    before = turn[place - 1].argument[-14:] if place and turn[place - 1].kind == "text" else ""
    behind = turn[place + 1] if place + 1 < len(turn) else None
    after = behind.argument[:6] if behind and behind.kind == "text" else ""
    return _side_by_words(before, after)


@lru_cache(maxsize=1 << 14)
def _side_by_words(before: str, after: str) -> bool | None:
    """True above, False below, None unknown; a new line or sentence speaks of another point."""
    for text in (_ENDS_BEFORE.split(before)[-1], _ENDS_BEHIND.split(after)[0]):
        upper, lower = _UPPER.search(text), _LOWER.search(text)
        if bool(upper) != bool(lower):
            return bool(upper)
    return None
