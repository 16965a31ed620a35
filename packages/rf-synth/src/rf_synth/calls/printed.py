"""Parses printed numbers: signs, separators, powers of ten, π, full-width digits, words.

`split_number` splits a text into the number at its start and the unit.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from rf_synth.calls.characters import simplified
from rf_synth.calls.numerals import ENGLISH_NUMERAL, HAN_NUMERAL, english_number, han_number

CACHE = 16384
"""Size of the cache of each parser."""
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
MIN_VALUE, MAX_VALUE = Decimal("1e-12"), Decimal("1e18")

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
_MINUS, _WAVE, _TIMES, _TICK = "−–—‒﹣－", "〜～∼⁓", "·∙•⋅×✕＊﹡", "’‘´′"
_ALIKE = (
    dict.fromkeys(map(ord, _MINUS), "-")
    | dict.fromkeys(map(ord, _WAVE), "~")
    | dict.fromkeys(map(ord, _TIMES), "*")
    | dict.fromkeys(map(ord, _TICK), "'")
)
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_FROM_SUPERSCRIPT = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")

_COMPARATORS = (
    "at least|at most|no less than|no more than|not less than|better than|more than|less than|"
    "greater than|up to|about|around|approx(?:imately|\\.)?|min(?:imum|\\.)?|max(?:imum|\\.)?|"
    "at|above|below|over|under"
)
_COMPARATORS_ZH = (
    "不小于|不少于|不低于|不大于|不超过|不高于|大于等于|小于等于|大于|小于|高于|低于|至少|至多|最大|最小|"
    "优于|约为?|大约|大概|左右"
)
# Text around a value that may have been copied with it.
_LEAD = re.compile(
    rf"^(?:[<>≤≥≦≧⩽⩾=≈~@:,;]+|[A-Za-z][A-Za-z0-9_]{{0,11}}\s*[=:]"
    r"|f[_ ]?[0-9a-z]{0,3}\s*(?=[±+-])"
    rf"|(?:{_COMPARATORS})(?![a-z])|{_COMPARATORS_ZH})\s*",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:\s*(?:\([^()]{0,24}\)|,?\s*(?:min(?:imum|\.)?|max(?:imum|\.)?|typ(?:ical|\.)?|nominal"
    r"|or (?:more|less|better|higher|lower|above|below)|及?以上|及?以下|以内|以外|左右"
    r"|[.。,;])))+$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"^(\+\s?/\s?-|\+-|±|正负|[+-]|负|正)\s*")
_SIGNS = {"±": "±", "正负": "±", "+-": "±", "+/-": "±"} | {"-": "-", "负": "-", "+": "+", "正": "+"}
_MANTISSA = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)"  # 1,268.52
    r"|\d{1,3}(?:\.\d{3})+,\d+"  # 1.268,52
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"  # 1.268.520
    r"|\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?(?!\d)"  # 2 400
    r"|\d+[.,]\d+|\d+\.?|[.,]\d+)"
)
_TEN_TO_THE = r"10\s*(?:\^|\*\*)\s*"
_EXPONENT = rf"(?:\s?[eE]\s?[+-]?\d{{1,3}}|\s*[*xX]\s*{_TEN_TO_THE}[+-]?\d{{1,2}})?"
_NUMBER = re.compile(rf"(?:{_TEN_TO_THE}[+-]?\d{{1,2}}|{_MANTISSA}{_EXPONENT})")
_POWER_OF_TEN = re.compile(rf"(?:^|\s*[*xX]\s*){_TEN_TO_THE}")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_FRACTION = re.compile(r"(\d{1,4})\s?/\s?(\d{1,4})(?!\d)")
_DIVISOR = re.compile(r"\s*/\s*(\d{1,4})(?![\d.])")
_MYRIADS = {"万": 4, "亿": 8, "百万": 6, "千万": 7, "十万": 5}
_PI_WORD = re.compile(r"\s*(?:π|pi(?![a-z]))\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[*xX]?\s*")
_MAX_MANTISSA = 50


class Number(NamedTuple):
    """A number at the start of a text.

    Attributes
    ----------
    sign
        As written: "", "+", "-" or "±"; not applied to `value`.
    pi
        Whether the number has a factor π, not applied to `value`.
    rest
        The stripped text after the number: the unit.
    exponent
        Whether it is written with a power of ten.
    """

    sign: str
    value: Decimal
    pi: bool
    rest: str
    exponent: bool


_Found = tuple[Decimal, bool, str, bool]


@lru_cache(maxsize=CACHE)
def tidy(text: str) -> str:
    """The text in plain characters: NFKC, no invisible ones, one minus sign, × as *, x² as x^2.

    Chinese characters are simplified.
    """
    if text.isascii():
        return text.strip()
    text = _SUPERSCRIPT.sub(lambda m: "^" + m.group().translate(_FROM_SUPERSCRIPT), text)
    text = text.translate(_ALIKE).translate(_INVISIBLE)
    return simplified(unicodedata.normalize("NFKC", text).translate(_ALIKE).strip())


def split_number(text: str) -> Number | None:
    """The number at the start of a tidied text; None without one or for absurd values."""
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
    if value and not MIN_VALUE <= value <= MAX_VALUE:
        return None
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


def _split_plain(text: str) -> _Found | None:
    if match := _FRACTION.match(text):
        bottom = Decimal(match.group(2))
        value = Decimal(match.group(1)) / bottom if bottom else Decimal("NaN")
        return None if value.is_nan() else (value, False, text[match.end() :], False)
    if match := _NUMBER.match(text):
        number = _decimal(match.group())
        return None if number is None else (number, False, text[match.end() :], _has_power(match))
    if match := HAN_NUMERAL.match(text):
        return _split_han(text, match.group())
    if (match := ENGLISH_NUMERAL.match(text)) and (
        words := english_number(match.group())
    ) is not None:
        return words, False, text[match.end() :], False
    return None


def _has_power(match: re.Match[str]) -> bool:
    return any(mark in match.group() for mark in ("e", "E", "^", "**"))


def _split_han(text: str, numeral: str) -> _Found | None:
    """The longest Chinese numeral, without the 千 of a unit as in 五百千赫, 十二千赫."""
    whole = len(numeral)
    if numeral[-1] == "千" and whole > 1 and text[whole:].startswith(("赫", "欧", "兆", "弧")):
        whole -= 1
    for length in range(whole, 0, -1):
        value = han_number(numeral[:length])
        if value is not None:
            return value, False, text[length:], False
    return None


def _decimal(printed: str) -> Decimal | None:
    """The value of a number with separators and powers of ten; None for absurdly many digits.

    A comma before exactly three digits separates thousands, except after a single zero.
    """
    power = 0
    if match := _POWER_OF_TEN.search(printed):
        power = int(printed[match.end() :])
        printed = printed[: match.start()] or "1"
    compact = printed.replace("E", "e").replace(" ", "").replace("'", "")
    mantissa, _, exponent = compact.partition("e")
    if len(mantissa) > _MAX_MANTISSA:
        return None
    comma, point = mantissa.rfind(","), mantissa.rfind(".")
    if comma > point >= 0 or mantissa.count(".") > 1:
        mantissa = mantissa.replace(".", "").replace(",", ".")
    elif comma >= 0:
        mantissa = mantissa.replace(",", "" if _THOUSANDS.fullmatch(mantissa) else ".")
    return Decimal(mantissa).scaleb(power + int(exponent or 0))


def _split_pi(text: str) -> _Found | None:
    """A product with one factor π: 2π×10000, 2*pi*10^4, 0.2π, 2 pi 10e3, π/2."""
    value, pi, seen, exponent = Decimal(1), False, False, False
    while True:
        if match := _PI_WORD.match(text):
            if pi:
                return None
            pi, text = True, text[match.end() :]
        elif (match := _NUMBER.match(text)) and (factor := _decimal(match.group())) is not None:
            exponent = exponent or _has_power(match)
            value, seen, text = value * factor, True, text[match.end() :]
        else:
            break
        between = _BETWEEN.match(text)
        following = text[between.end() :] if between else text
        if not (_NUMBER.match(following) or _PI_WORD.match(following)):
            break
        text = following
    if (match := _DIVISOR.match(text)) and (bottom := Decimal(match.group(1))):
        value, seen, text = value / bottom, True, text[match.end() :]
    return (value, pi, text, exponent) if pi or seen else None
