"""A later turn that corrects one value without naming the quantity: "3.92 MHz, typo".

A correction is near the value that it replaces. A small model may put it in place of another one,
or overlook it.
"""

import math
import re
from collections.abc import Callable, Mapping

from rf_synth.calls.quantities import decibels

from rf_design.reading.completion import FREQUENCY_KEYS, HERTZ, frequency_in_hertz
from rf_design.reading.text import NUMBER

_CUE = re.compile(
    r"\b(?:correct(?:ion|ed)|typo|mistyped?|misread|slip|make (?:it|that)|should (?:be|read|say)"
    r"|instead|rather|not there|sorry|oops|change (?:it|that))\b|手滑|手误|笔误"
    r"|[打写看说记搞弄]错|更正|改[为成到]|应[该当]?[为是]|才对",
    re.IGNORECASE,
)
_NAMES_A_QUANTITY = re.compile(
    r"\b(?:cut-?off|corner|edges?|pass(?:-?band|es)?|f[012cs]\d?|cent(?:er|re)d?|band ?width"
    r"|middle|ripple|stop(?:-?band|s)?|reject\w*|attenuat\w*|suppress\w*)\b"
    r"|通带|截止|边[频沿缘界]|中心|带宽|波纹|纹波|阻带|抑制|衰减|压",
    re.IGNORECASE,
)
"""The model reads these by their names."""
_FREQUENCY = re.compile(rf"{NUMBER}\s*{HERTZ}", re.IGNORECASE)
_LEVEL = re.compile(rf"{NUMBER}\s*(?:dBc?|decibels?|分贝)(?![A-Za-z])", re.IGNORECASE)
_PLACES = FREQUENCY_KEYS - {"width", "transition"} - {f"offset{i}" for i in range(1, 7)}
_LEVELS = frozenset(["ripple", "return_loss", "att", *(f"att{i}" for i in range(1, 7))])
_NEAR, _FAR = math.log(1.25), math.log(1.5)
"""Ratios of a correction to the value that it replaces, and to one that it does not."""


def corrected_nearby(
    call: Mapping[str, object], before: Mapping[str, object], turn: str
) -> dict[str, object]:
    """The call with the only value of `turn` in place of the nearest value of the call `before`.

    Only where the turn is a correction that does not name the quantity, and where the call has the
    new value in place of a distant one, or nowhere.
    """
    found = dict(call)
    if "other" in call or _NAMES_A_QUANTITY.search(turn) or not _CUE.search(turn):
        return found
    for pattern, value_of, keys in (
        (_FREQUENCY, frequency_in_hertz, _PLACES), (_LEVEL, _in_decibels, _LEVELS)
    ):  # fmt: skip
        printed = pattern.findall(turn)
        if len(printed) == 1:
            found |= _moved(found, before, printed[0], value_of, keys)
    return found


def _moved(
    call: Mapping[str, object],
    before: Mapping[str, object],
    printed: str,
    value_of: Callable[[str], float | None],
    keys: frozenset[str],
) -> dict[str, object]:
    """The arguments that change if a printed value replaces the nearest one of the call before."""
    value = value_of(printed)
    if not value:
        return {}
    apart = {
        key: abs(math.log(abs(old) / value))
        for key in sorted(keys & before.keys())
        if (old := value_of(str(before[key])))
    }
    nearest = min(apart, key=lambda key: apart[key], default="")
    if not 0 < apart.get(nearest, 0) < _NEAR or call.get(nearest) != before[nearest]:
        return {}
    taken = [key for key in keys & call.keys() if value_of(str(call[key])) == value]
    if any(apart.get(key, 0) < _FAR for key in taken):
        return {}
    return {key: before[key] for key in taken} | {nearest: printed}


def _in_decibels(text: str) -> float | None:
    read = decibels(text)
    return None if read is None else float(read[0])
