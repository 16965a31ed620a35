"""Reads printed numbers with units exactly: `"1,268.52 MHz"`, `"2π×10000 rad/s"`.

Values are `Decimal` in Hz, rad/s, dB or ohm, whatever the prefix, without rounding. What is not a
number gives None, never a guess.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

from rf_eval.reading.numerals import EN_NUMBER, ZH_NUMBER, chinese_number, english_number

MAX_LENGTH = 80
"""Longest text that is read, in characters; printed quantities are far shorter."""

PRECISION = 2 * MAX_LENGTH
"""Decimal precision: more digits than a text can contain, so that nothing is rounded."""

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MARKS = str.maketrans("−–—‐‑〜～∼·∙•⋅×✕’‘′", "-----~~~******'''")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")

_LEAD = re.compile(
    r"(?:[<>≤≥≦≧⩽⩾=≈~:,]+|(?:at least|at most|no less than|no more than|better than|more than"
    r"|less than|greater than|up to|about|around|min\.?|max\.?|at|above|below)(?![a-z])"
    r"|不小于|不少于|不低于|不大于|不超过|不高于|大于等于|小于等于|大于|小于|高于|低于|至少|至多|优于|约)\s*",
    re.IGNORECASE,
)
_SIGN = re.compile(r"(\+\s?/\s?-|\+-|±|正负|[+-])\s*")
_SIGNS = {"+-": "±", "+/-": "±", "正负": "±"}
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)"  # 1,268.52
    r"|\d{1,3}(?:\.\d{3})+,\d+"  # 1.268,52
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"  # 1.268.520
    r"|\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?(?!\d)"  # 2 400
    r"|\d+[.,]\d+|\d+\.?|[.,]\d+)"
)
_TEN_TO = r"10\s*(?:\^|\*\*)\s*(?P<{}>[+-]?\d{{1,3}})"
_NUMBER = re.compile(
    rf"(?:{_TEN_TO.format('alone')}"
    rf"|(?P<digits>{_DIGITS})(?:\s?e\s?(?P<exponent>[+-]?\d{{1,3}})"
    rf"|\s*[*x]\s*{_TEN_TO.format('power')})?)",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_FRACTION = re.compile(r"(\d{1,4})\s?/\s?(\d{1,4})(?!\d)")
_TURN = re.compile(r"\s*(?:[*x]\s*)?(?:π|pi(?![a-wyz]))\s*(?:[*x]\s*)?", re.IGNORECASE)
_AFTER_QIAN = ("赫", "欧", "兆", "弧")
_MYRIADS = (("百万", 6), ("千万", 7), ("十万", 5), ("万", 4), ("亿", 8))

_PREFIXES = {"": 0, "k": 3, "m": 6, "g": 9, "t": 12}
_ZH_PREFIXES = {"": 0, "千": 3, "兆": 6, "吉": 9, "千兆": 9, "太": 12}
_UNITS = [
    (re.compile(r"(k|m|g|t|)(?:hz|hertz|c/s)"), "Hz", _PREFIXES),
    (re.compile(r"(k|m|g)c"), "Hz", _PREFIXES),
    (re.compile(r"(kilo|mega)cycles?"), "Hz", {"kilo": 3, "mega": 6}),
    (re.compile(r"(千兆|千|兆|吉|太|)赫(?:兹)?"), "Hz", _ZH_PREFIXES),
    (re.compile(r"(k|m|g|)rad(?:ians?|s)?(?:/|per)s(?:ec(?:ond)?)?"), "rad/s", _PREFIXES),
    (re.compile(r"(千兆|千|兆|吉|)弧度(?:/|每)秒"), "rad/s", _ZH_PREFIXES),
    (re.compile(r"()(?:dbc?|decibels?|个?分贝)"), "dB", _PREFIXES),
    (re.compile(r"(k|m|)(?:ω|ohms?|r)"), "ohm", _PREFIXES),
    (re.compile(r"(千|兆|)欧(?:姆)?"), "ohm", _ZH_PREFIXES),
    (re.compile(r"()(?:%|percent|pct)"), "%", _PREFIXES),
    (re.compile(r"(k|m|g|t|)"), "", _PREFIXES),
    (re.compile(r"(千兆|千|兆|吉)"), "", _ZH_PREFIXES),
]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit and sign.

    `value` is in the base unit; `unit` is `Hz`, `rad/s`, `dB`, `ohm`, `%`, `` (a bare number, or
    one with only a prefix, as in `2.4G`) or the words after the number. `sign` is `+`, `-`, `±` or
    ``; the value itself is never negative.
    """

    value: Decimal
    unit: str
    sign: str = ""


def plain(text: str) -> str:
    """The text normalised (NFKC and further marks), without invisible characters."""
    if not text.isascii():
        text = _SUPERSCRIPT.sub(lambda m: "^" + m.group().translate(_SUPERSCRIPTS), text)
        text = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS)
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


@lru_cache(maxsize=8192)
def read_quantity(text: str) -> Quantity | None:
    """The quantity that the whole of `text` states, or None if it is not a quantity."""
    if len(text) > MAX_LENGTH:
        return None
    with localcontext() as context:
        context.prec = PRECISION
        return _read(plain(text))


def _read(shown: str) -> Quantity | None:
    shown, sign = _without_lead(shown)
    if (percent := _percent_in_words(shown)) is not None:
        return Quantity(percent, "%", sign)
    found = _number(shown)
    if found is None:
        return None
    value, rest = found
    for word, power in _MYRIADS:
        if rest.startswith(word):
            value, rest = value.scaleb(power), rest.removeprefix(word)
            break
    unit = _unit(rest)
    if unit is None:
        return None
    name, power = unit
    if name in ("", "Hz") and _TURN.search(shown):
        name = "rad/s"  # a factor of 2π implies an angular frequency
    return Quantity(value.scaleb(power), name, sign)


def _without_lead(text: str) -> tuple[str, str]:
    """The text from its number on, and the sign before it."""
    sign = ""
    for _ in range(4):
        if match := _SIGN.match(text):
            stated = match[1].replace(" ", "")
            sign = _SIGNS.get(stated, stated)
        elif not (match := _LEAD.match(text)):
            break
        text = text[match.end() :]
    return text, sign


def _number(text: str) -> tuple[Decimal, str] | None:
    """The number at the start of a text, including factors of π, and the rest of the text."""
    if match := _FRACTION.match(text):
        bottom = Decimal(match[2])
        return (Decimal(match[1]) / bottom, text[match.end() :].strip()) if bottom else None
    if "π" in text or "pi" in text.lower():
        return _with_pi(text)
    if match := _NUMBER.match(text):
        return _decimal(match), text[match.end() :].strip()
    return _in_words(text)


def _with_pi(text: str) -> tuple[Decimal, str] | None:
    """A product with one factor π: `2π×10000`, `2*pi*10^4`, `0.2π`, `π/2`."""
    before, value = _NUMBER.match(text), PI
    turn = _TURN.match(text, before.end() if before else 0)
    if turn is None:
        return None
    value *= _decimal(before) if before else 1
    text = text[turn.end() :]
    if after := _NUMBER.match(text):
        value, text = value * _decimal(after), text[after.end() :]
    elif (divisor := re.match(r"\s*/\s*([1-9]\d{0,3})(?![\d.])", text)) is not None:
        value, text = value / Decimal(divisor[1]), text[divisor.end() :]
    return value, text.strip()


def _in_words(text: str) -> tuple[Decimal, str] | None:
    if match := EN_NUMBER.match(text):
        number, end = english_number(match.group()), match.end()
    elif match := ZH_NUMBER.match(text):
        spoken = match.group()
        if len(spoken) > 1 and spoken[-1] == "千" and text[match.end() :].startswith(_AFTER_QIAN):
            spoken = spoken[:-1]  # 十二千赫 is 12 kHz
        number, end = chinese_number(spoken), len(spoken)
    else:
        return None
    return None if number is None else (number, text[end:].strip())


def _decimal(match: re.Match[str]) -> Decimal:
    if match["alone"]:
        return Decimal(1).scaleb(int(match["alone"]))
    return _ungrouped(match["digits"]).scaleb(int(match["exponent"] or match["power"] or 0))


def _ungrouped(digits: str) -> Decimal:
    """The number without digit grouping. A comma before exactly three digits separates thousands,
    unless the number starts with zero. Of points and commas, the last one is the decimal point.
    """
    digits = re.sub("[ ']", "", digits)
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point >= 0 or digits.count(".") > 1:
        digits = digits.replace(".", "").replace(",", ".")
    elif comma >= 0:
        digits = digits.replace(",", "" if _THOUSANDS.fullmatch(digits) else ".")
    return Decimal(digits)


def _unit(text: str) -> tuple[str, int] | None:
    """(unit, power of ten) of the text after a number; None if it is not a unit."""
    text = text.strip(" .,;。")
    lower = text.lower().replace(" ", "")
    if text == "m":  # metres or milli, never mega
        return "m", 0
    for pattern, name, prefixes in _UNITS:
        if match := pattern.fullmatch(lower):
            prefix = match[1] or ""
            milli = name == "ohm" and prefix == "m" and text[0] == "m"
            return name, -3 if milli else prefixes[prefix]
    return None if re.match(r"[\d.,+±]|-[^a-z]", lower) else (lower, 0)


def _percent_in_words(text: str) -> Decimal | None:
    """`百分之十` as 10, `千分之五` as 0.5."""
    bottom, found, top = text.partition("分之")
    if not found:
        return None
    below, above = chinese_number(bottom), _number(top)
    if not below or above is None or above[1]:
        return None
    return above[0] / below * 100
