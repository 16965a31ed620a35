"""Extracts values from requests, for checks that are independent of how requests are generated.

It knows only how numbers and units are written, not frames or clauses.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

_WIDE_DIGIT = re.compile("[０-９]")
_WIDE = str.maketrans("０１２３４５６７８９．", "0123456789.")
# Numbers are matched possessively, so that the search is linear in the length of the text; longer
# ones than this are not values that anybody prints.
_UNIT = (
    r"[GM][Hh]z|[gm]hz|d[Bb]c?|Hz|ohms?|\u03a9|\u2126|[GMR](?![A-Za-z0-9])"
    r"|吉赫|千兆赫|兆赫|分贝|欧姆?|kHz"
)
_QUANTITY = re.compile(rf"([0-9][0-9.e]{{0,40}}+) ?({_UNIT})")
_IMPEDANCE = re.compile(
    r"(?:(?<![A-Za-z])(?:[Zz][0o]|[Zz](?!0)|[Rr]0|[Ii]mpedance)|阻抗) ?[=:：]? ?([0-9]{1,4})"
    rf"(?![0-9]|\.[0-9]| ?(?:{_UNIT}))"
)
_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?:e[0-9]{1,2})?")
_PLAIN = re.compile(r"(?<![A-Za-z0-9_.])\d+(?:\.\d+)?(?!\.?[A-Za-z0-9])")
_MASK = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?(?:e[0-9]+)?")
_POWER = {
    "GHz": 9, "Ghz": 9, "ghz": 9, "吉赫": 9, "千兆赫": 9, "G": 9,
    "MHz": 6, "Mhz": 6, "mhz": 6, "兆赫": 6, "M": 6, "kHz": 3, "Hz": 0,
}  # fmt: skip
_TENS: list[int] = [10**power for power in range(10)]
_NUMBERS = b"0123456789.e"
_HAN = re.compile("[\u4e00-\u9fff]")
_PROTOTYPE = re.compile("低通原型|low-?pass prototype", re.IGNORECASE)
_BANDS = (
    ("lowpass", re.compile("低通|lpf|(?<![a-z])(?:low[- ]?pass|lp(?![a-z]))")),
    ("highpass", re.compile("高通|hpf|(?<![a-z])(?:high[- ]?pass|hp(?![a-z]))")),
    ("bandpass", re.compile("带通|bpf|(?<![a-z])(?:band[- ]?pass|bp(?![a-z]))")),
)


class Quantities(NamedTuple):
    """The values in a text: frequencies in Hz, decibels, ohms, and numbers without a unit."""

    hertz: set[Decimal | int]
    decibels: set[float]
    ohms: set[float]
    plain: set[float]


def quantities(text: str) -> Quantities:
    """All numbers with a unit in `text`, exactly as printed.

    Numbers without a unit count only in a text that mentions a VSWR, or after the name of an
    impedance.
    """
    if _WIDE_DIGIT.search(text):
        text = text.translate(_WIDE)
    found = Quantities(set(), set(), set(), set())
    for number, unit in _QUANTITY.findall(text):
        power = _POWER.get(unit)
        if power is not None:
            hertz = _scaled(number, power)
            if hertz is not None:
                found.hertz.add(hertz)
        elif (value := _plain(number)) is not None:
            (found.decibels if unit[0] in "d分" else found.ohms).add(value)
    found.ohms.update(map(float, _IMPEDANCE.findall(text)))
    if "VSWR" in text or "驻波比" in text:
        found.plain.update(map(float, _PLAIN.findall(text)))
    return found


def _scaled(number: str, power: int) -> Decimal | int | None:
    """number·10^power, exactly; integers as int, which hashes faster; None for no number."""
    whole, _, fraction = number.partition(".")
    digits = whole + fraction
    if digits.isdigit() and len(fraction) <= power:
        return int(digits) * _TENS[power - len(fraction)]
    if not _NUMBER.fullmatch(number):
        return None
    value: Decimal = Decimal(number) * _TENS[power]
    return value


@lru_cache(maxsize=4096)
def _plain(number: str) -> float | None:
    """A number of dB or ohm, of which few are common; None for no number."""
    return float(number) if _NUMBER.fullmatch(number) else None


def skeleton(text: str) -> str:
    """The text with every number masked."""
    return _MASK.sub("#", text)


def wording(text: str) -> bytes:
    """The text without its numbers: for comparison, faster than `skeleton`."""
    if _WIDE_DIGIT.search(text):
        text = text.translate(_WIDE)
    return text.encode(errors="surrogatepass").translate(None, _NUMBERS)


def bands_named(text: str) -> list[str]:
    """The bands that a text names, without low-pass prototypes."""
    lower = text.lower()
    named = [band for band, words in _BANDS if words.search(lower)]
    if "lowpass" in named and _PROTOTYPE.search(text):
        return bands_named(_PROTOTYPE.sub(" ", text))  # a space, so that no new word is formed
    return named


def has_han(text: str) -> bool:
    """Whether a text contains Chinese characters."""
    return _HAN.search(text) is not None
