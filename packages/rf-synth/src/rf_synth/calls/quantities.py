"""Parses quantities copied from a request, exactly.

`2.4GHz`, `7.36842e+08 Hz`, `2 400 MHz`, `０．５分贝`, `2π×10000 rad/s`, `百分之十`, `1.5:1`: the
forms in which engineers print quantities become a `Decimal` in Hz, dB, ohm or without a unit.
A parser returns None for a text that it cannot read completely; nothing is guessed.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.printed import CACHE, MAX_VALUE, MIN_VALUE, PI, Number, split_number, tidy

MAX_TEXT = 80
"""Maximum length of the text of a quantity, in characters."""
INFINITE = Decimal("Infinity")
HALF_POWER_DB = Decimal("3.01029995663981195213738894724493026768189881462108541310427461127")
"""10·lg 2."""


class Frequency(NamedTuple):
    """A frequency in Hz, or without a unit if `bare`.

    `sign` and `exponent` are those of `Number`; `angular` means stated in rad/s.
    """

    value: Decimal
    sign: str = ""
    bare: bool = False
    exponent: bool = False
    angular: bool = False


_HERTZ = {
    "hz": 0, "hertz": 0, "赫兹": 0, "赫": 0, "cps": 0, "c/s": 0, "周/秒": 0, "周": 0,
    "khz": 3, "k": 3, "kilohertz": 3, "千赫": 3, "千赫兹": 3, "千": 3, "kc": 3, "kc/s": 3,
    "千周": 3, "kilocycles": 3, "kilocycle": 3,
    "mhz": 6, "M": 6, "megahertz": 6, "兆赫": 6, "兆赫兹": 6, "兆": 6, "mc": 6, "mc/s": 6,
    "兆周": 6,
    "megs": 6, "meg": 6, "megacycles": 6, "megacycle": 6,
    "ghz": 9, "g": 9, "gigahertz": 9, "吉赫": 9, "吉赫兹": 9, "吉": 9, "千兆赫": 9, "千兆赫兹": 9,
    "千兆": 9, "gig": 9, "gigs": 9, "gc": 9, "gc/s": 9, "京赫": 9, "thz": 12, "太赫兹": 12,
    "太赫": 12,
}  # fmt: skip
_RADIANS = (
    "rad/s rads/s rad/sec rad/second radians/s radians/sec radians/second radianspersecond "
    "radpersecond radpersec rads-1 rad*s-1 rad*s^-1 rads^-1 r/s 弧度/秒 弧度每秒"
).split()
_ANGULAR = {
    prefix + unit: power
    for prefix, power in (("", 0), ("k", 3), ("千", 3), ("m", 6), ("兆", 6), ("g", 9))
    for unit in _RADIANS
}
_ZERO = {"dc", "d.c.", "d.c", "直流", "zero", "零频", "零", "零赫兹", "zero frequency"}
_ENDLESS = {
    "∞", "inf", "infinity", "infinite", "无穷", "无穷大", "无限", "daylight", "and above", "and up",
    "upwards", "beyond", "above", "up", "以上", "更高",
}  # fmt: skip
_PLAIN_FREQUENCY = re.compile(r"(\d{1,15}(?:\.\d{1,15})?(?:e[+-]?\d{1,2})?) ?([kMG]?)Hz")
_PREFIX = {"": 0, "k": 3, "M": 6, "G": 9}

_MANY_GHZ = Decimal("1e12")
_ONE_COMMA = re.compile(r"\d{1,3},\d{3}\s?[gG吉]")


@lru_cache(maxsize=CACHE)
def frequency(text: str) -> Frequency | None:
    """Parses a frequency; "DC" is 0, "∞" infinite, a number without a unit `bare`.

    Angular frequencies are divided by 2π; 2π×10000 rad/s is exactly 10000 Hz.
    """
    if match := _PLAIN_FREQUENCY.fullmatch(text):  # fast path for most texts
        printed, prefix = match.groups()
        value = Decimal(printed).scaleb(_PREFIX[prefix])
        within = "e" not in printed or not value or MIN_VALUE <= value <= MAX_VALUE
        return Frequency(value) if within else None
    return _printed_frequency(tidy(text))


def _printed_frequency(text: str) -> Frequency | None:
    word = text.lower()
    if word in _ZERO:
        return Frequency(Decimal(0))
    if word in _ENDLESS:
        return Frequency(INFINITE)
    number = split_number(text)
    if number is None:
        return None
    found = _with_unit(number)
    if found and found.value >= _MANY_GHZ and _ONE_COMMA.match(text):  # 2,450 GHz is 2.45 GHz
        return found._replace(value=found.value.scaleb(-3))
    return found


def _with_unit(number: Number) -> Frequency | None:
    unit = number.rest.replace(" ", "")
    if not unit and not number.pi:
        bare = bool(number.value)
        return Frequency(number.value, number.sign, bare=bare, exponent=number.exponent)
    power = _HERTZ.get(unit)
    if power is None and unit != "m":
        power = _HERTZ.get(unit.lower())
    if power is not None:
        value = number.value.scaleb(power)
        value = value / 2 if number.pi else value  # 2π×10 kHz is an angular frequency
        return Frequency(value, number.sign, exponent=number.exponent, angular=number.pi)
    power = _ANGULAR.get(unit.lower()) if unit else 0
    if power is None:
        return None
    value = number.value.scaleb(power) / 2
    return Frequency(value if number.pi else value / PI, number.sign, angular=True)


_NORMALISED = re.compile(
    r"(?:[a-zω_]{1,4}\s*=\s*)?(?:0?\.\d+|1)?\s*\*?\s*(?:π|pi)(?:/\d+)?\s*(?:rad(?:ians?)?(?:/sample)?)?",
    re.IGNORECASE,
)


def is_normalised(text: str) -> bool:
    """Whether a frequency is normalised for a digital filter: 0.2π, π/4 rad, 0.3π rad/sample."""
    return _NORMALISED.fullmatch(tidy(text)) is not None


_DECIBEL = frozenset(
    (
        " db dbc dbr dbs decibel decibels 分贝 个db 个分贝 dbpp dbp-p db(p-p) dbpk-pk dbptp "
        "dbpeak-to-peak dbpeaktopeak db峰峰值"
    ).split(" ")
)
"""Spellings of dB, including none."""
_HALF_POWER = re.compile(
    r"-?\s*(?:half[- ]?power|半功率点?|1/√2|0?\.707\d*|70\.7\d*\s?%|1/sqrt\(?2\)?)", re.IGNORECASE
)
_PLAIN_DECIBELS = re.compile(r"(-?)(\d{1,4}(?:\.\d{1,15})?) ?dBc?")
_SLOPE = re.compile(
    r"(?:dB|分贝)\s*(?:/|per|每)|dB.*倍频|倍频.*dB|dB.*octave|dB.*decade", re.IGNORECASE
)


@lru_cache(maxsize=CACHE)
def decibels(text: str) -> tuple[Decimal, str] | None:
    """Parses a level in dB: its absolute value and its sign as written. No unit means dB."""
    if match := _PLAIN_DECIBELS.fullmatch(text):
        return Decimal(match.group(2)), match.group(1)
    text = tidy(text)
    if _HALF_POWER.fullmatch(text):
        return HALF_POWER_DB, ""
    number = split_number(text)
    if number is None or number.pi:
        return None
    unit = number.rest.lower().replace(" ", "").lstrip("-").removesuffix("bw")
    return (number.value, number.sign) if unit in _DECIBEL else None


def is_slope(text: str) -> bool:
    """Whether a text is a slope such as 40 dB/decade, not a level."""
    return _SLOPE.search(tidy(text)) is not None


_OHM = re.compile(
    r"(?P<prefix>kilo?|k|mega?|m|千|兆)?[- ]?(?:ohms?|Ω|ω|r|欧姆?|oms?|欧母)?", re.IGNORECASE
)
_OHM_POWER = {
    **{"": 0, "k": 3, "千": 3, "kil": 3, "kilo": 3, "m": -3, "M": 6, "兆": 6, "meg": 6, "mega": 6}
}
_BOTH_PORTS = re.compile(r"(\d+(?:\.\d+)?)\s*[/-]\s*(\d+(?:\.\d+)?)(.*)")


@lru_cache(maxsize=CACHE)
def ohms(text: str) -> Decimal | None:
    """Parses an impedance in ohm. No unit means ohm; 6k and 6K are kilohms, 50/50 Ω is 50 Ω."""
    text = tidy(text)
    if pair := _BOTH_PORTS.fullmatch(text):
        if Decimal(pair.group(1)) != Decimal(pair.group(2)):
            return None
        text = pair.group(1) + pair.group(3)
    number = split_number(text)
    if number is None or number.sign not in ("", "+") or number.pi:
        return None
    match = _OHM.fullmatch(number.rest.replace(" ", ""))
    if match is None:
        return None
    prefix = match.group("prefix") or ""
    return number.value.scaleb(_OHM_POWER[prefix if prefix in ("M", "m") else prefix.lower()])


_PERCENT = frozenset(["%", "percent", "percents", "pct", "pc", "per cent", "per-cent", "个百分点"])
_PARTS = re.compile(r"(.{1,12})分之(.{1,12})")


@lru_cache(maxsize=CACHE)
def fraction(text: str) -> Decimal | None:
    """Parses the absolute value of a ratio: 5 %, 0.05, 百分之五, 5 per cent, 1/20."""
    text = tidy(text)
    if match := _PARTS.fullmatch(text):
        bottom, top = split_number(match.group(1)), split_number(match.group(2))
        if bottom is None or top is None or bottom.rest or top.rest or not bottom.value:
            return None
        return top.value / bottom.value
    number = split_number(text)
    if number is None or number.pi:
        return None
    unit = number.rest.lower()
    if unit in _PERCENT:
        return number.value.scaleb(-2)
    if unit in ("‰", "per mille"):
        return number.value.scaleb(-3)
    return number.value if not unit else None


_TO_ONE = re.compile(r"(?:(?::|比|to|/|∶)\s*(\S+))?")


@lru_cache(maxsize=CACHE)
def standing_wave_ratio(text: str) -> Decimal | None:
    """Parses a VSWR: 1.5:1, 1:1.5, 1.5, 1.5比1."""
    number = split_number(tidy(text))
    if number is None or number.sign not in ("", "+") or number.pi:
        return None
    match = _TO_ONE.fullmatch(number.rest)
    if match is None:
        return None
    if match.group(1) is None:
        return number.value
    other = split_number(match.group(1))
    if other is None or other.rest or not other.value or not number.value:
        return None
    return max(number.value / other.value, other.value / number.value)


_ORDER_UNIT = re.compile(
    r"(?:st|nd|rd|th)?[\s-]*(?:(?:order|poles?|sections?|elements?|resonators?|cavit(?:y|ies)|stages?"
    r"|tuned circuits?)|阶|级|节|个?腔体?|极点?|个?谐振器|个?谐振腔|个元件|元|个)?\s*",
    re.IGNORECASE,
)


@lru_cache(maxsize=CACHE)
def order_number(text: str) -> Decimal | None:
    """Parses an order, not necessarily an integer: 7, 7th, seven, 五, 第五, 5阶, 7-pole."""
    number = split_number(tidy(text).removeprefix("第").strip())
    if number is None or number.pi or not _ORDER_UNIT.fullmatch(number.rest):
        return None
    return -number.value if number.sign == "-" else number.value
