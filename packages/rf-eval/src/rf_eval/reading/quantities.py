"""Numbers with units as people print them, read exactly: `"1,268.52 MHz"`, `"2π×10000 rad/s"`.

Values are `Decimal` in Hz, rad/s, dB or ohm, whatever the prefix; nothing is rounded. What is no
number is None, never a guess.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext
from functools import lru_cache

MAX_LENGTH = 80
"""Characters of the longest text that is read; a printed quantity is far shorter."""

PRECISION = 2 * MAX_LENGTH
"""Digits that are carried: more than a text can state, so that nothing is rounded."""

PI = Decimal("3.1415926535897932384626433832795028841971693993751")

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MARKS = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "’": "'", "∼": "~"})
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")

_SIGN = r"(?P<sign>±|\+/-|\+-|[+-])?\s*"
_TURN = r"(?P<turns>\d*\.?\d*)\s*(?:π|pi)\s*(?:[×x*·⋅]\s*)?"
_DIGITS = (
    r"(?:\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?|\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?"
    r"|\d{1,3},\d{3}\.\d+|\d+(?:[.,]\d*)?|[.,]\d+)"
)
_POWER = r"(?:\s*e\s*(?P<exponent>[+-]?\d{1,4})|\s*[×x*·⋅]\s*10\s*\^\s*(?P<power>[+-]?\d{1,4}))?"
_NUMBER = re.compile(
    rf"{_SIGN}(?:{_TURN})?(?P<digits>{_DIGITS})?{_POWER}\s*(?P<unit>.*)", re.IGNORECASE | re.DOTALL
)

_PREFIXES = {"": 0, "k": 3, "m": 6, "g": 9, "t": 12}
_CHINESE_PREFIXES = {"": 0, "千": 3, "兆": 6, "吉": 9, "千兆": 9, "太": 12}
_ZH_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_ZH_SCALES = {"十": 10, "百": 100, "千": 1000}
_ZH_NUMBER = re.compile("[零〇一二两兩三四五六七八九十百千万亿点半]+")
_WORDS = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_TENS = {
    w: 10 * n for n, w in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), 3)
}
_ENGLISH = re.compile(rf"({'|'.join([*_TENS, *_WORDS])})(?:[- ]({'|'.join(_WORDS)}))?\b")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and what it counts.

    `value` is in the base unit; `unit` is `Hz`, `rad/s`, `dB`, `ohm`, `%`, `:1`, `` (a bare
    number, or one with nothing but a prefix, as in `2.4G`) or the words that follow it. `sign`
    is `+`, `-`, `±` or ``; the value itself is never negative.
    """

    value: Decimal
    unit: str
    sign: str = ""


def plain(text: str) -> str:
    """The text in one Unicode form (NFKC and what that misses), without invisible characters."""
    text = _SUPERSCRIPT.sub(lambda m: "^" + m.group().translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text).translate(_MARKS)
    return " ".join(_INVISIBLE.sub("", text).split())


@lru_cache(maxsize=8192)
def read_quantity(text: str) -> Quantity | None:
    """The quantity that the whole of `text` states, or None where it states none."""
    if len(text) > MAX_LENGTH:
        return None
    with localcontext() as context:
        context.prec = PRECISION
        return _read(plain(text).strip(" ~≈约"))


def _read(shown: str) -> Quantity | None:
    if percent := _percent_in_words(shown):
        return percent
    match = _NUMBER.fullmatch(shown)
    if match is None or not (match["digits"] or match["turns"] is not None):
        return _in_words(shown)
    value = _decimal(match)
    unit = _unit(match["unit"])
    if value is None or unit is None:
        return None
    name, shift = unit
    return Quantity(value.scaleb(shift), name, _sign(match["sign"]))


def _decimal(match: re.Match[str]) -> Decimal | None:
    try:
        value = Decimal(_ungrouped(match["digits"])) if match["digits"] else Decimal(1)
        if match["turns"] is not None:
            value *= PI * Decimal(match["turns"] or 1)
        return value.scaleb(int(match["exponent"] or match["power"] or 0))
    except InvalidOperation:
        return None


def _ungrouped(digits: str) -> str:
    """Digits with a point: spaces and apostrophes group, a comma groups or marks the fraction.

    A single comma groups where three digits follow a number that does not start with 0, as in
    `1,268`; else it is a decimal comma, as in `0,5`, `0,125` and `12,50`.
    """
    digits = re.sub("[ ']", "", digits)
    if "." in digits or digits.count(",") > 1:
        return digits.replace(",", "")
    whole, comma, rest = digits.partition(",")
    if comma and len(rest) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0":
        return whole + rest
    return f"{whole or '0'}.{rest or '0'}" if comma else digits


def _sign(found: str | None) -> str:
    return {"+/-": "±", "+-": "±"}.get(found or "", found or "")


def _unit(text: str) -> tuple[str, int] | None:
    """(unit, power of ten) of what follows a number; None for what is no unit."""
    text = text.strip(" .,;")
    lower = text.lower().replace(" ", "")
    for pattern, name, prefixes in _UNITS:
        if match := pattern.fullmatch(lower):
            return name, prefixes[match.group(1) or ""]
    return None if re.match(r"[\d.,+\-±]", lower) else (lower, 0)


_UNITS = [
    (re.compile(r"(k|m|g|t|)(?:hz|hertz)"), "Hz", _PREFIXES),
    (re.compile(r"(千兆|千|兆|吉|太|)赫(?:兹)?"), "Hz", _CHINESE_PREFIXES),
    (re.compile(r"(k|m|g|t|)rad(?:ians?)?(?:/|per)s(?:ec(?:ond)?)?"), "rad/s", _PREFIXES),
    (re.compile(r"(千兆|千|兆|吉|太|)弧度(?:/|每)秒"), "rad/s", _CHINESE_PREFIXES),
    (re.compile(r"()(?:dbc?|decibels?|分贝)"), "dB", _PREFIXES),
    (re.compile(r"(k|m|)(?:ω|ohms?|r)"), "ohm", _PREFIXES),
    (re.compile(r"(千|兆|)欧(?:姆)?"), "ohm", _CHINESE_PREFIXES),
    (re.compile(r"()(?:%|percent)"), "%", _PREFIXES),
    (re.compile(r"()(?::1|比1|to1)"), ":1", _PREFIXES),
    (re.compile(r"(k|m|g|t|)"), "", _PREFIXES),
    (re.compile(r"(千兆|千|兆|吉|太)"), "", _CHINESE_PREFIXES),
]


def _percent_in_words(text: str) -> Quantity | None:
    """`百分之十` or `百分之 5` as per cent."""
    if not text.startswith("百分之"):
        return None
    found = read_quantity(text.removeprefix("百分之").strip())
    return Quantity(found.value, "%") if found and found.unit == "" else None


def _in_words(text: str) -> Quantity | None:
    """A number in words and its unit: `seven`, `twenty-one`, `五`, `十二 分贝`, `一百二十兆赫`."""
    if match := _ENGLISH.match(text.lower()):
        tens, ones = match.groups()
        value = Decimal(_TENS[tens] if tens in _TENS else _WORDS[tens]) + _WORDS.get(ones or "", 0)
        rest = text[match.end() :]
    elif match := _ZH_NUMBER.match(text):
        spoken = match.group()
        rest = text[match.end() :]
        if spoken.endswith("千") and rest.startswith(("赫", "欧", "弧")):
            spoken, rest = spoken[:-1], "千" + rest
        number = chinese_number(spoken)
        if number is None:
            return None
        value = number
    else:
        return None
    unit = _unit(rest)
    return None if unit is None else Quantity(value.scaleb(unit[1]), unit[0])


def chinese_number(text: str) -> Decimal | None:
    """`五` 5, `十二` 12, `一百二十` 120, `两千四百` 2400, `一点五` 1.5, `三万` 30000; else None."""
    whole, point, rest = text.partition("点")
    if point and not (rest and all(c in _ZH_DIGITS for c in rest)):
        return None
    if len(whole) > 1 and all(c in _ZH_DIGITS for c in whole):  # digit by digit: 二四零零
        value = Decimal("".join(str(_ZH_DIGITS[c]) for c in whole))
    else:
        total = section = digit = 0
        for c in whole:
            if c in _ZH_DIGITS:
                digit = _ZH_DIGITS[c]
            elif c in _ZH_SCALES:
                section, digit = section + (digit or 1) * _ZH_SCALES[c], 0
            elif c in "万亿":
                total = (total + section + digit) * (10**4 if c == "万" else 10**8)
                section = digit = 0
            else:
                return Decimal("0.5") if text == "半" else None
        value = Decimal(total + section + digit)
    if not whole:
        return None
    return value + Decimal("0." + "".join(str(_ZH_DIGITS[c]) for c in rest)) if rest else value
