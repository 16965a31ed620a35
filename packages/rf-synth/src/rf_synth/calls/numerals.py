"""Parses numbers written as words: 二点四, 百分之十, twenty-five, point five, one and a half."""

import re
from decimal import Decimal

_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "幺": 1}
_DIGIT |= {c: i for i, c in enumerate("壹贰叁肆伍陆柒捌玖", start=1)}
_PLACE = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIAD = {"万": 10**4, "亿": 10**8}
HAN_NUMERAL = re.compile("[" + "".join(_DIGIT) + "".join(_PLACE) + "".join(_MYRIAD) + "半点]{1,20}")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).split()
_WORDS = {word: i for i, word in enumerate(_UNITS)}
_WORDS |= {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_WORDS |= {word: i for i, word in enumerate(_ORDINALS)} | {"fourty": 40, "a": 1, "an": 1}
_SPOKEN = _WORDS | {"oh": 0}
_SCALE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted([*_SPOKEN, *_SCALE, "point", "and", "half", "quarter"], key=len)[::-1])
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_PARTS |= {"twentieth": 20, "hundredth": 100, "thousandth": 1000}
_PART = re.compile(
    rf"(?:({'|'.join(_UNITS[1:10])}|an?)[\s-]+)?({'|'.join(_PARTS)})s?"
    r"(?:[\s-]+of)?(?:[\s-]+an?)(?![a-z])[\s-]*",
    re.IGNORECASE,
)
"""Fractions of a unit: half a dB, a tenth of a dB, two tenths of a dB."""
ENGLISH_NUMERAL = re.compile(
    rf"{_PART.pattern}|(?:(?:{_WORD})(?![a-z])[\s-]*){{1,12}}", re.IGNORECASE
)


def han_number(text: str) -> Decimal | None:
    """The value of a Chinese numeral such as 一千五百, 二点四 or 二四〇〇; None for other texts."""
    if text == "半":
        return Decimal("0.5")
    if text.endswith("半") and (half := han_number(text[:-1])) is not None:
        return half + Decimal("0.5")
    whole_text, point, fraction = text.partition("点")
    whole = _han_integer(whole_text)
    if whole is None:
        return None
    if not point:
        return Decimal(whole)
    scale, digits = 1, fraction
    if digits and digits[-1] in _MYRIAD:  # 一点五亿
        scale, digits = _MYRIAD[digits[-1]], digits[:-1]
    if not digits or any(c not in _DIGIT for c in digits):
        return None
    return Decimal(f"{whole}." + "".join(str(_DIGIT[c]) for c in digits)) * scale


def _han_integer(text: str) -> int | None:
    """一千五百 by place value, 二四〇〇 digit by digit."""
    if not text:
        return None
    if all(c in _DIGIT for c in text):
        return int("".join(str(_DIGIT[c]) for c in text))
    total, section, digit = 0, 0, None
    for char in text:
        if char in _DIGIT:
            digit = _DIGIT[char]
        elif char in _PLACE:
            if digit is None and section:  # 五百千: the 千 belongs to what follows
                return None
            section += (1 if digit is None else digit) * _PLACE[char]
            digit = None
        elif char in _MYRIAD:
            total = (total + section + (digit or 0)) * _MYRIAD[char]
            section, digit = 0, None
        else:
            return None
    return total + section + (digit or 0)


def english_number(text: str) -> Decimal | None:
    """The value of an English numeral such as "twenty-five" or "two point four", or None."""
    if part := _PART.fullmatch(text):
        return Decimal(_WORDS[(part[1] or "a").lower()]) / _PARTS[part[2].lower()]
    words = text.lower().replace("-", " ").split()
    if not words:
        return None
    if words[-1] in ("half", "quarter") and words[:-1] in ([], ["a"], ["one"]):
        return Decimal(1) / _PARTS[words[-1]]
    if words[-3:] == ["and", "a", "half"]:
        whole = english_number(" ".join(words[:-3]))
        return None if whole is None else whole + Decimal("0.5")
    if "point" in words:
        return _english_decimal(words)
    return _english_integer(words)


def _english_decimal(words: list[str]) -> Decimal | None:
    at = words.index("point")
    whole = _english_integer(words[:at]) if at else Decimal(0)
    digits = [_WORDS.get(word, 10) for word in words[at + 1 :]]
    if whole is None or not digits or max(digits) > 9:
        return None
    return Decimal(f"{whole}." + "".join(map(str, digits)))


def _english_integer(words: list[str]) -> Decimal | None:
    """Numerals by place value or pair by pair: one fifty, twenty four fifty, one oh five."""
    total, section, last = 0, 0, ""
    for word in words:
        if word == "and":
            continue
        if word in _SPOKEN:
            value = _SPOKEN[word]
            section, last = _appended(section, last, value), _kind(value)
        elif word == "hundred":
            section, last = (section or 1) * 100, "scale"
        elif word in _SCALE:
            total, section, last = total + (section or 1) * _SCALE[word], 0, "scale"
        else:
            return None
    return Decimal(total + section) if last else None


def _kind(value: int) -> str:
    return "digit" if value < 10 else "tens" if value % 10 == 0 and value > 10 else "teen"


def _appended(section: int, last: str, value: int) -> int:
    """A group of up to three digits, continued by the next number word."""
    if not section or last == "scale":
        return section + value
    if value < 10 and last == "tens":
        return section + value
    return section * (10 if value < 10 else 100) + value
