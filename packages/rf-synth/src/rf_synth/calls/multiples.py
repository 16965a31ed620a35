"""Parses multiples of a frequency: 1.5fc, twice, 两倍, second harmonic, one octave, fc/2."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.printed import CACHE, split_number, tidy


class Multiple(NamedTuple):
    """A factor of the pass edge or centre; a `step` (octave, decade) is away from the pass band."""

    factor: Decimal
    step: bool = False


_WORDS = {
    "twice": Decimal(2), "double": Decimal(2), "doubled": Decimal(2), "加倍": Decimal(2),
    "二倍频": Decimal(2), "倍频": Decimal(2), "thrice": Decimal(3), "triple": Decimal(3),
    "三倍频": Decimal(3), "half": Decimal("0.5"), "一半": Decimal("0.5"),
    "fc的一半": Decimal("0.5"),
    "截止频率的一半": Decimal("0.5"), "一倍半": Decimal("1.5"), "fundamental": Decimal(1),
}  # fmt: skip
_OCTAVES = {"octave", "one octave", "an octave", "倍频程", "一倍频程", "一个倍频程", "1个倍频程"}
_DECADES = {"decade", "one decade", "a decade", "十倍频程", "一个十倍频程", "10倍频程", "十倍频"}
_AWAY = re.compile(
    r"\s+(?:(?:away|above|below|out|beyond|from|of)\b.*|(?:the\s+)?(?:f\w*|cut-?off.*|cent.*))$"
)
_SYMBOL = r"(?:f[_ ]?[0-9a-z]{0,6}|ω_?[0-9a-z]{0,3}|w[cps0])"
_DIVIDED = re.compile(rf"{_SYMBOL}\s*([/*])\s*(\d{{1,3}}(?:\.\d{{1,3}})?)")
_REFERENCE = re.compile(
    r"\s*(?:st|nd|rd|th)?\s*(?:[*x]|times|-?fold|倍|次)?\s*(?:of\s+)?(?:the\s+)?"
    rf"(?:{_SYMBOL}|(?:cut-?off|cent(?:er|re)|corner|pass-?band edge)(?:\s+frequency)?|harmonics?"
    r"|频|截止频率|中心频率|通带边缘|[谐諧]?波)?\s*",
    re.IGNORECASE,
)


@lru_cache(maxsize=CACHE)
def multiple(text: str) -> Multiple | None:
    """The multiple that a text states, or None."""
    text = tidy(text)
    lower = text.lower().removeprefix("the ")
    for word in (lower, _AWAY.sub("", lower)):
        if word in _OCTAVES:
            return Multiple(Decimal(2), step=True)
        if word in _DECADES:
            return Multiple(Decimal(10), step=True)
        if word in _WORDS:
            return Multiple(_WORDS[word])
    if match := _DIVIDED.fullmatch(lower):
        value = Decimal(match.group(2))
        if not value:
            return None
        return Multiple(value if match.group(1) == "*" else 1 / value)
    return _counted(lower)


def _counted(text: str) -> Multiple | None:
    number = split_number(text.removeprefix("第").strip())
    if number is None or number.sign not in ("", "+") or number.pi or not number.value:
        return None
    unit = number.rest.lower()
    if unit in ("octave", "octaves", "个倍频程", "倍频程") and number.value <= 10:
        return Multiple(Decimal(2) ** number.value, step=True)
    return Multiple(number.value) if _REFERENCE.fullmatch(number.rest) else None
