"""Reading values back out of a request: what the proofs trust instead of what the writer meant.

Knows nothing of frames or clauses, only how numbers and units are written.
"""

import re
from decimal import Decimal
from typing import NamedTuple

_WIDE_DIGIT = re.compile("[０-９]")
_WIDE = str.maketrans("０１２３４５６７８９．", "0123456789.")
# A number is begun at its first digit and never given back, so that the walk over a text is
# linear; longer ones than these are no values that anybody prints, and would not fit a float.
_QUANTITY = re.compile(
    r"(?<![0-9])(?<![0-9]e)([0-9]{1,30}+(?:\.[0-9]{1,30}+)?(?:e[0-9]{1,2}+)?)(?![0-9]) ?"
    r"(GHz|MHz|kHz|Hz|吉赫|千兆赫|兆赫|[GM](?![A-Za-z0-9])|dBc?|分贝|ohms?|[\u03a9\u2126]|欧姆?)"
)
_PLAIN = re.compile(r"(?<![A-Za-z0-9_.])\d+(?:\.\d+)?(?!\.?[A-Za-z0-9])")
_MASK = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?(?:e[0-9]+)?")
_SCALE = {
    "GHz": 10**9, "吉赫": 10**9, "千兆赫": 10**9, "G": 10**9, "MHz": 10**6, "兆赫": 10**6,
    "M": 10**6, "kHz": 1000, "Hz": 1,
}  # fmt: skip


class Quantities(NamedTuple):
    """The values of a text: frequencies in Hz, decibels, ohms, and numbers without a unit."""

    hertz: set[Decimal | int]
    decibels: set[float]
    ohms: set[float]
    plain: set[float]


def quantities(text: str) -> Quantities:
    """Every number with a unit in `text`, exactly as printed.

    Numbers without one are read only where a VSWR is spoken of.
    """
    if _WIDE_DIGIT.search(text):
        text = text.translate(_WIDE)
    found = Quantities(set(), set(), set(), set())
    for number, unit in _QUANTITY.findall(text):
        scale = _SCALE.get(unit)
        if scale is not None:
            found.hertz.add((int if number.isdigit() else Decimal)(number) * scale)
        elif unit[0] in "d分":
            found.decibels.add(float(number))
        else:
            found.ohms.add(float(number))
    if "VSWR" in text or "驻波比" in text:
        found.plain.update(map(float, _PLAIN.findall(text)))
    return found


def skeleton(text: str) -> str:
    """The text with every number masked."""
    return _MASK.sub("#", text)
