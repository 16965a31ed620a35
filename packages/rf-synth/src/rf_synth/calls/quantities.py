"""Reading a number with its unit from a text copied out of a request, exactly.

`2.4GHz`, `7.36842e+08 Hz`, `2 400 MHz`, `０．５分贝`, `2π×10000 rad/s`, `百分之十`, `1.5:1`: each form
in which engineers print quantities becomes a `Decimal` in Hz, dB, ohm or a plain number.
Every reader returns None for a text that it cannot read in full; nothing is guessed.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.numerals import ENGLISH_NUMERAL, HAN_NUMERAL, english_number, han_number

MAX_TEXT = 80
"""Longest text of a quantity, in characters."""
_CACHE = 16384
_LEAST, _MOST = Decimal("1e-12"), Decimal("1e18")
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
_ALIKE = str.maketrans("−–—‒﹣－〜～∼⁓·∙•⋅×✕＊﹡’‘´′", "-----" + "-~~~~" + "*" * 8 + "''''")
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_FROM_SUPERSCRIPT = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")

# What stands around a value without belonging to it, should it have been copied along.
_LEAD = re.compile(
    r"^(?:[<>≤≥≦≧⩽⩾=≈~@:,;]+|[A-Za-z][A-Za-z0-9_]{0,11}\s*[=:]|(?:at least|at most|no less than|"
    r"no more than|not less than|better than|more than|less than|greater than|up to|about|around|"
    r"approx(?:imately|\.)?|min(?:imum|\.)?|max(?:imum|\.)?|at|above|below|over|under)(?![a-z])|"
    r"不小于|不少于|不低于|不大于|不超过|不高于|大于等于|小于等于|大于|小于|高于|低于|至少|至多|最大|最小|"
    r"优于|约为?|大约|大概|左右)\s*",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:\s*(?:\([^()]{0,24}\)|,?\s*(?:min(?:imum|\.)?|max(?:imum|\.)?|typ(?:ical|\.)?|or (?:more|less|"
    r"better|higher|lower|above|below)|nominal|以上|以下|以内|以外|左右|及以上|及以下|[.。,;]))+)$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"^(\+\s?/\s?-|\+-|±|正负|[+-]|负|正)\s*")
_SIGNS = {"±": "±", "正负": "±", "+-": "±", "+/-": "±", "-": "-", "负": "-", "+": "+", "正": "+"}
_MANTISSA = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)"  # 1,268.52
    r"|\d{1,3}(?:\.\d{3})+,\d+"  # 1.268,52
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"  # 1.268.520
    r"|\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?(?!\d)"  # 2 400
    r"|\d+[.,]\d+|\d+\.?|[.,]\d+)"
)
_EXPONENT = r"(?:\s?[eE]\s?[+-]?\d{1,3}|\s*[*xX]\s*10\s*(?:\^|\*\*)\s*[+-]?\d{1,2})?"
_NUMBER = re.compile(rf"(?:{_MANTISSA}{_EXPONENT}|10\s*(?:\^|\*\*)\s*[+-]?\d{{1,2}})")
_POWER_OF_TEN = re.compile(r"\s*[*xX]\s*10\s*(?:\^|\*\*)\s*|^10\s*(?:\^|\*\*)\s*")
_FRACTION = re.compile(r"(\d{1,4})\s?/\s?(\d{1,4})(?!\d)")
_MYRIADS = {"万": 4, "亿": 8, "百万": 6, "千万": 7, "十万": 5}
_PI_WORD = re.compile(r"\s*(?:π|pi(?![a-z]))\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[*xX]?\s*")


class Number(NamedTuple):
    """A number at the start of a text: its sign as written, its size, and what follows it."""

    sign: str  # "", "+", "-" or "±"
    value: Decimal
    pi: bool  # whether a factor π stands beside the value
    rest: str  # the unit, stripped
    exponent: bool  # whether it was written with a power of ten


class Frequency(NamedTuple):
    """A frequency in Hz, or without a unit."""

    value: Decimal
    sign: str = ""
    bare: bool = False
    exponent: bool = False
    unit: str = "Hz"


@lru_cache(maxsize=_CACHE)
def tidy(text: str) -> str:
    """The text in plain characters: NFKC, no invisible ones, one kind of minus, × as *, x² as x^2."""
    if text.isascii():
        return text.strip()
    text = _SUPERSCRIPT.sub(lambda m: "^" + m.group().translate(_FROM_SUPERSCRIPT), text)
    text = text.translate(_ALIKE).translate(_INVISIBLE)
    return unicodedata.normalize("NFKC", text).translate(_ALIKE).strip()


def split_number(text: str) -> Number | None:
    """The number at the start of a tidied text, or None where there is none."""
    text, sign = _without_lead(text)
    text = _TRAIL.sub("", text)
    found = _split_pi(text) if "π" in text or "pi" in text.lower() else _split_plain(text)
    if found is None:
        return None
    value, pi, rest, exponent = found
    rest = rest.strip()
    for word, power in _MYRIADS.items():
        if rest.startswith(word) and not rest.startswith(word + "分之"):
            value, rest = value.scaleb(power), rest[len(word) :].strip()
            break
    return Number(sign, value, pi, rest, exponent)


def _without_lead(text: str) -> tuple[str, str]:
    sign = ""
    for _ in range(4):
        if match := _SIGN.match(text):
            sign = _SIGNS[match.group(1).replace(" ", "")]
        elif not (match := _LEAD.match(text)):
            break
        text = text[match.end() :]
    return text, sign


def _split_plain(text: str) -> tuple[Decimal, bool, str, bool] | None:
    if match := _FRACTION.match(text):
        bottom = Decimal(match.group(2))
        return (
            (Decimal(match.group(1)) / bottom, False, text[match.end() :], False)
            if bottom
            else None
        )
    if match := _NUMBER.match(text):
        printed = match.group()
        exponent = "e" in printed or "E" in printed or "^" in printed or "**" in printed
        return _decimal(printed), False, text[match.end() :], exponent
    if (match := HAN_NUMERAL.match(text)) and (value := _han_prefix(match.group())):
        return value[0], False, text[value[1] :], False
    if match := ENGLISH_NUMERAL.match(text):
        words = english_number(match.group())
        if words is not None:
            return words, False, text[match.end() :], False
    return None


def _han_prefix(numeral: str) -> tuple[Decimal, int] | None:
    """A Chinese numeral and its length; a last 千 may belong to 千赫 or 千欧, so it is given back."""
    for length in range(len(numeral), 0, -1):
        if length == len(numeral) and numeral[-1] in "千百" and length > 1:
            continue
        value = han_number(numeral[:length])
        if value is not None:
            return value, length
    return None


def _decimal(printed: str) -> Decimal:
    """A printed number, separators and powers of ten understood.

    A comma before exactly three digits separates thousands, unless a single zero stands before it.
    """
    power = 0
    if match := _POWER_OF_TEN.search(printed):
        power = int(printed[match.end() :])
        printed = printed[: match.start()] or "1"
    mantissa, _, exponent = (
        printed.replace("E", "e").replace(" ", "").replace("'", "").partition("e")
    )
    comma, point = mantissa.rfind(","), mantissa.rfind(".")
    if comma > point >= 0 or (mantissa.count(".") > 1):
        mantissa = mantissa.replace(".", "").replace(",", ".")
    elif comma >= 0:
        thousands = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", mantissa)
        mantissa = mantissa.replace(",", "" if thousands else ".")
    return Decimal(mantissa).scaleb(power + int(exponent or 0))


def _split_pi(text: str) -> tuple[Decimal, bool, str, bool] | None:
    """A product with one factor π: 2π×10000, 2*pi*10^4, 0.2π, 2 pi 10e3; π/2."""
    value, pi, seen, exponent = Decimal(1), False, False, False
    while True:
        if match := _PI_WORD.match(text):
            if pi:
                return None
            pi, text = True, text[match.end() :]
        elif match := _NUMBER.match(text):
            printed = match.group()
            exponent = exponent or "e" in printed.lower() or "^" in printed
            value, seen, text = value * _decimal(printed), True, text[match.end() :]
        else:
            break
        following = text[_BETWEEN.match(text).end() :]  # type: ignore[union-attr]
        if not (_NUMBER.match(following) or _PI_WORD.match(following)):
            break
        text = following
    if match := re.match(r"\s*/\s*(\d{1,4})(?![\d.])", text):
        bottom = Decimal(match.group(1))
        if not bottom:
            return None
        value, seen, text = value / bottom, True, text[match.end() :]
    return (value, pi, text, exponent) if pi or seen else None


# --- frequencies -------------------------------------------------------------------------------

_HERTZ = {
    "hz": 0, "hertz": 0, "赫兹": 0, "赫": 0, "cps": 0, "c/s": 0, "周/秒": 0, "周": 0,
    "khz": 3, "k": 3, "kilohertz": 3, "千赫": 3, "千赫兹": 3, "千": 3, "kc": 3, "kc/s": 3, "千周": 3,
    "mhz": 6, "M": 6, "megahertz": 6, "兆赫": 6, "兆赫兹": 6, "兆": 6, "Mc": 6, "mc/s": 6, "兆周": 6,
    "megs": 6, "meg": 6,
    "ghz": 9, "g": 9, "gigahertz": 9, "吉赫": 9, "吉赫兹": 9, "吉": 9, "千兆赫": 9, "千兆赫兹": 9,
    "千兆": 9, "gig": 9, "gc": 9, "gc/s": 9, "京赫": 9, "thz": 12, "太赫兹": 12, "太赫": 12,
}  # fmt: skip
_ANGULAR = {
    "rad/s": 0, "rad/sec": 0, "rads/s": 0, "rad/second": 0, "radians/s": 0, "radians/second": 0,
    "radianspersecond": 0, "radpersecond": 0, "radpersec": 0, "rads-1": 0, "rad*s-1": 0, "rad*s^-1": 0,
    "rads^-1": 0, "r/s": 0, "弧度/秒": 0, "弧度每秒": 0, "krad/s": 3, "krad/sec": 3, "千弧度/秒": 3,
    "mrad/s": 6, "mrad/sec": 6, "兆弧度/秒": 6, "grad/s": 9, "grad/sec": 9,
}  # fmt: skip
_ZERO = {"dc", "d.c.", "d.c", "直流", "zero", "零频", "零", "零赫兹"}
_ENDLESS = {
    "∞", "inf", "infinity", "infinite", "无穷", "无穷大", "无限", "daylight", "dc-to-daylight", "and above",
    "and up", "upwards", "beyond", "above", "up", "以上", "更高",
}  # fmt: skip
_MANY_GHZ = Decimal("1e12")
_ONE_COMMA = re.compile(r"^\d{1,3},\d{3}\s?[gG吉]")
INFINITE = Decimal("Infinity")


@lru_cache(maxsize=_CACHE)
def frequency(text: str) -> Frequency | None:
    """A frequency in Hz; "DC" is 0, "∞" infinite, a number without unit `bare`.

    Angular frequencies are divided by 2π; 2π×10000 rad/s is 10000 Hz exactly.
    """
    text = tidy(text)
    word = text.lower()
    if word in _ZERO:
        return Frequency(Decimal(0))
    if word in _ENDLESS:
        return Frequency(INFINITE)
    number = split_number(text)
    if number is None or not _within_reach(number.value):
        return None
    if not number.value and not number.rest:
        return Frequency(Decimal(0), number.sign)
    found = _with_unit(number)
    if found and found.value >= _MANY_GHZ and _ONE_COMMA.match(text):  # 2,450 GHz is 2.45 GHz
        return found._replace(value=found.value.scaleb(-3))
    return found


def _with_unit(number: Number) -> Frequency | None:
    unit = number.rest.replace(" ", "")
    if not unit and not number.pi:
        return Frequency(number.value, number.sign, bare=True, exponent=number.exponent)
    power = _HERTZ.get(unit, _HERTZ.get(unit.lower()) if unit != "m" else None)
    if power is not None:
        value = number.value.scaleb(power)
        return Frequency(value / 2 if number.pi else value, number.sign, exponent=number.exponent)
    power = _ANGULAR.get(unit.lower().replace("·", "*"), 0 if not unit else None)
    if power is None:
        return None
    value = number.value.scaleb(power) / 2
    return Frequency(value if number.pi else value / PI, number.sign, unit="rad/s")


def _within_reach(value: Decimal) -> bool:
    return not value or _LEAST <= value <= _MOST


# --- levels, impedances, ratios ----------------------------------------------------------------

_DECIBEL = {
    "", "db", "dbc", "分贝", "dbr", "decibel", "decibels", "dbpp", "dbp-p", "dbpk-pk", "dbptp", "db峰峰值",
    "db(p-p)", "dbpeak-to-peak", "dbs", "个db", "个分贝",
}  # fmt: skip
_HALF_POWER = re.compile(
    r"^-?\s*(?:half[- ]?power|半功率点?|1/√2|0?\.707\d*|70\.7\d*\s?%|1/sqrt\(?2\)?)$", re.IGNORECASE
)
HALF_POWER_DB = Decimal(
    "3.0102999566398119521373889472449302676818988146210854131042746112710818927"
)
_OHM = re.compile(
    r"^(?P<prefix>k|K|M|m|千|兆|kilo|Kilo|mega|Mega)?(?:ohms?|Ω|ω|r|欧姆?|oms?|欧母)?s?$",
    re.IGNORECASE,
)
_OHM_POWER = {"": 0, "k": 3, "千": 3, "kilo": 3, "m": -3, "M": 6, "兆": 6, "mega": 6}
_PERCENT = {"%", "percent", "percents", "pct", "pc", "个百分点", "per cent", "per-cent", "％"}


@lru_cache(maxsize=_CACHE)
def decibels(text: str) -> tuple[Decimal, str] | None:
    """A level in dB, without its sign, and the sign as written. No unit means dB."""
    text = tidy(text)
    if _HALF_POWER.match(text):
        return HALF_POWER_DB, ""
    number = split_number(text)
    if number is None or number.pi or not _within_reach(number.value):
        return None
    unit = number.rest.lower().replace(" ", "")
    return (number.value, number.sign) if unit in _DECIBEL else None


@lru_cache(maxsize=_CACHE)
def is_slope(text: str) -> bool:
    """Whether the text is a slope such as 40 dB/decade instead of a level."""
    return bool(re.search(r"(?:dB|分贝)\s*(?:/|per|每)", tidy(text), re.IGNORECASE)) or (
        "倍频程" in text and "dB" in text
    )


@lru_cache(maxsize=_CACHE)
def ohms(text: str) -> Decimal | None:
    """An impedance in ohm. No unit means ohm; 6k and 6K are kilohms."""
    text = tidy(text)
    number = split_number(text)
    if number is None or number.sign not in ("", "+") or number.pi:
        return None
    unit = number.rest.replace(" ", "")
    if pair := re.match(r"^/(\d+(?:\.\d+)?)(.*)$", unit):  # 50/50 Ω
        if Decimal(pair.group(1)) != number.value:
            return None
        unit = pair.group(2)
    match = _OHM.match(unit)
    if match is None or not _within_reach(number.value):
        return None
    prefix = match.group("prefix") or ""
    return number.value.scaleb(_OHM_POWER[prefix if prefix in ("M", "m") else prefix.lower()])


@lru_cache(maxsize=_CACHE)
def fraction(text: str) -> Decimal | None:
    """A plain ratio: 5 %, 0.05, 百分之五, 5 per cent, 1/20. Without a sign."""
    text = tidy(text)
    if match := re.fullmatch(r"(.{1,12})分之(.{1,12})", text):
        bottom, top = split_number(match.group(1)), split_number(match.group(2))
        if bottom is None or top is None or bottom.rest or top.rest or not bottom.value:
            return None
        return top.value / bottom.value
    number = split_number(text)
    if number is None or number.pi or not _within_reach(number.value):
        return None
    unit = number.rest.lower()
    if unit in _PERCENT:
        return number.value.scaleb(-2)
    if unit in ("‰", "per mille"):
        return number.value.scaleb(-3)
    return number.value if not unit else None


@lru_cache(maxsize=_CACHE)
def standing_wave_ratio(text: str) -> Decimal | None:
    """A VSWR: 1.5:1, 1:1.5, 1.5, 1.5比1."""
    number = split_number(tidy(text))
    if (
        number is None
        or number.sign not in ("", "+")
        or number.pi
        or not _within_reach(number.value)
    ):
        return None
    match = re.fullmatch(r"(?:(?::|比|to|/|∶)\s*(\S+))?", number.rest.strip())
    if match is None:
        return None
    if match.group(1) is None:
        return number.value
    other = split_number(match.group(1))
    if other is None or other.rest or not other.value or not number.value:
        return None
    return max(number.value / other.value, other.value / number.value)


_ORDER_WORDS = re.compile(
    r"(?:st|nd|rd|th)?[\s-]*(?:(?:order|poles?|sections?|elements?|resonators?|cavit(?:y|ies)|stages?|"
    r"tuned circuits?)|阶|级|节|个?腔体?|极点?|个?谐振器|个?谐振腔|个元件|元|个)?\s*",
    re.IGNORECASE,
)


@lru_cache(maxsize=_CACHE)
def whole_number(text: str) -> Decimal | None:
    """An order: 7, 7th, seven, 五, 第五, 5阶, 7-pole. The number may turn out not to be whole."""
    text = tidy(text).removeprefix("第").strip()
    number = split_number(text)
    if number is None or number.pi or not _within_reach(number.value):
        return None
    if not _ORDER_WORDS.fullmatch(number.rest):
        return None
    return -number.value if number.sign == "-" else number.value


class Multiple(NamedTuple):
    """A stop frequency as a multiple of the pass edge or centre; `octave` steps turn with the band."""

    factor: Decimal
    step: bool = False  # an octave or a decade: away from the pass band, whichever way that is


_REFERENCE = re.compile(
    r"^\s*(?:[*x]\s*)?(?:times|倍|x|the\s+(?:cut-?off|cent(?:er|re)|edge)|harmonics?|次?谐波|次|fold|-fold|st|nd|rd|th)?"
    r"\s*(?:频)?\s*(?:[*x]\s*)?(?:the\s+|of\s+|of the\s+)?(?:f[_ ]?[0-9a-z]{0,6}|ω_?[0-9a-z]{0,3}|w[cps0]|cut-?off(?:\s+frequency)?|"
    r"cent(?:er|re)(?:\s+frequency)?|corner(?:\s+frequency)?|截止频率|中心频率|通带边缘|谐波|harmonics?)?\s*$",
    re.IGNORECASE,
)
_MULTIPLE_WORDS = {
    "twice": "2", "double": "2", "doubled": "2", "two times": "2", "thrice": "3", "triple": "3",
    "one octave": None, "octave": None, "an octave": None, "一倍频程": None, "倍频程": None, "一个倍频程": None,
    "half": "0.5", "一半": "0.5", "二倍频": "2", "倍频": "2", "三倍频": "3", "fundamental": "1", "加倍": "2",
}  # fmt: skip
_DECADES = {"decade", "one decade", "a decade", "十倍频程", "一个十倍频程", "十倍频"}


@lru_cache(maxsize=_CACHE)
def multiple(text: str) -> Multiple | None:
    """1.5fc, 2, twice, 两倍, second harmonic, 二次谐波, one octave, fc/2."""
    text = tidy(text)
    lower = text.lower()
    for word in (
        lower,
        re.sub(r"\s+(?:the\s+)?(?:f\w*|cut-?off.*|cent.*|away|above|below|out)$", "", lower),
    ):
        if word in _DECADES:
            return Multiple(Decimal(10), step=True)
        if word in _MULTIPLE_WORDS:
            value = _MULTIPLE_WORDS[word]
            return Multiple(Decimal(value)) if value else Multiple(Decimal(2), step=True)
    if match := re.fullmatch(r"(?:f\w{0,6}|ω\w{0,3})\s*(/|\*)\s*(\d+(?:\.\d+)?)", lower):
        value = Decimal(match.group(2))
        if not value:
            return None
        return Multiple(value if match.group(1) == "*" else 1 / value)
    number = split_number(text.removeprefix("第").strip())
    if (
        number is None
        or number.sign not in ("", "+")
        or number.pi
        or not _within_reach(number.value)
    ):
        return None
    if number.rest.lower() in ("octaves", "octave", "个倍频程", "倍频程"):
        return Multiple(2**number.value, step=True)
    return Multiple(number.value) if _REFERENCE.match(number.rest) else None
