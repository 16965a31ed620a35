"""The properties of a slotted request that do not depend on its numbers.

They are computed once per request, since numbers are drawn for the same text thousands of times.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rf_synth.calls.request import MAX_POINTS
from rf_synth.requests.slots import Slot

Turns = tuple[tuple[Slot, ...], ...]
_POINT_NAMES = ("stop", "to", "offset", "multiple")
_POINT_OF = {f"{name}{i}": i for name in _POINT_NAMES for i in range(1, MAX_POINTS + 1)}
_LOSS = re.compile(r"插损|插入损耗|自身损耗|带内损耗|[Ii]nsertion loss|\bIL\b")
"""Words that state the loss in the pass band."""
_HARMONICS = re.compile(r"[Hh]armonic|fundamental|谐波|基波")
"""Words of a stop band of harmonics, which is not close to the pass edge."""
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
    """What the slots of a request state.

    Attributes
    ----------
    keys : keys of all slots, including "" for noise
    corrected : keys whose value is corrected
    words : words by key
    points : numbers of the stop points
    sides : points above (True) or below the pass band according to the words around them
    states_loss : whether the loss in the pass band is stated
    of_harmonics : whether harmonics are mentioned
    edge_db : level of the pass edges in dB
    hertz_apart : whether a number is separate from its unit, a unit of frequency
    writes_hertz, writes_small_hertz, writes_decibels : whether Hz, hz and dB occur in a text or
        slot
    """

    slots: tuple[Slot, ...]
    keys: frozenset[str]
    corrected: tuple[str, ...]
    words: dict[str, str]
    points: tuple[int, ...]
    sides: dict[int, bool]
    states_loss: bool
    of_harmonics: bool
    edge_db: float | None
    hertz_apart: bool
    writes_hertz: bool
    writes_small_hertz: bool
    writes_decibels: bool


def stated(turns: Turns) -> Stated:
    """Collects what `turns` state."""
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
        states_loss=bool(_LOSS.search("".join(texts))),
        of_harmonics=bool(_HARMONICS.search("".join([*texts, words.get("band", "")]))),
        edge_db=float(level[0]) if level else None,
        hertz_apart=any(slot.kind == "apart" and "Hz" in slot.argument for slot in slots),
        writes_hertz=any("Hz" in slot.argument for turn in turns for slot in turn),
        writes_small_hertz=any("hz" in slot.argument for turn in turns for slot in turn),
        writes_decibels=any("dB" in slot.argument for turn in turns for slot in turn),
    )


def _apart(turns: Turns) -> tuple[tuple[Slot, ...], list[str]]:
    """The slots, and the texts between them."""
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
    """The side of each stop point, from the words around its first slot that has such words."""
    sides: dict[int, bool] = {}
    for turn in turns:
        for place, slot in enumerate(turn):
            point = _POINT_OF.get(slot.key)
            if point is None or point in sides:
                continue
            if slot.kind == "words" and slot.key[0] == "s":  # a stop band that begins at DC
                sides[point] = False
            elif (hint := _hint(turn, place)) is not None:
                sides[point] = hint
    return sides


def _hint(turn: tuple[Slot, ...], place: int) -> bool | None:
    """The side according to the words right before or after a slot, or None."""
    before = turn[place - 1].argument[-14:] if place and turn[place - 1].kind == "text" else ""
    behind = turn[place + 1] if place + 1 < len(turn) else None
    after = behind.argument[:6] if behind and behind.kind == "text" else ""
    return _side_by_words(before, after)


@lru_cache(maxsize=1 << 14)
def _side_by_words(before: str, after: str) -> bool | None:
    """True above, False below, None unknown; words in other lines or sentences are ignored."""
    for text in (_ENDS_BEFORE.split(before)[-1], _ENDS_BEHIND.split(after)[0]):
        upper, lower = _UPPER.search(text), _LOWER.search(text)
        if bool(upper) != bool(lower):
            return bool(upper)
    return None
