"""Numbers in words: `seven`, `twenty-one`, `two point four`, `五`, `十二`, `一点五`, `两千四百`."""

import re
from decimal import Decimal

_ZH_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_ZH_SCALES = {"十": 10, "百": 100, "千": 1000}
_ZH_MYRIADS = {"万": 10**4, "亿": 10**8}
ZH_NUMBER = re.compile("[零〇一二两兩三四五六七八九十百千万亿点半]+")

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).split()
_WORDS = {word: n for n, word in enumerate(_ONES)} | {word: n for n, word in enumerate(_ORDINALS)}
_WORDS |= {word: 10 * n for n, word in enumerate(_TENS, 2)} | {"a": 1, "an": 1}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6}
_WORD = "|".join(sorted([*_WORDS, *_SCALES, "point", "and", "half"], key=len, reverse=True))
EN_NUMBER = re.compile(rf"(?:(?:{_WORD})(?![a-z])[\s-]*)+", re.IGNORECASE)


def english_number(text: str) -> Decimal | None:
    """The value of English number words, or None."""
    words = text.lower().replace("-", " ").split()
    if words in (["half"], ["a", "half"], ["one", "half"]):
        return Decimal("0.5")
    if words[-3:] == ["and", "a", "half"]:
        whole = _english_integer(words[:-3])
        return None if whole is None else whole + Decimal("0.5")
    if "point" not in words:
        return _english_integer(words)
    place = words.index("point")
    whole = _english_integer(words[:place]) if place else Decimal(0)
    digits = [_WORDS.get(word, 10) for word in words[place + 1 :]]
    if whole is None or not digits or max(digits) > 9:
        return None
    return whole + Decimal("0." + "".join(map(str, digits)))


def _english_integer(words: list[str]) -> Decimal | None:
    total = section = 0
    for word in words:
        if word == "hundred":
            section = (section or 1) * 100
        elif word in _SCALES:
            total, section = total + (section or 1) * _SCALES[word], 0
        elif word != "and":
            if word not in _WORDS:
                return None
            section += _WORDS[word]
    return Decimal(total + section) if words and words != ["and"] else None


def chinese_number(text: str) -> Decimal | None:
    """The value of a Chinese numeral, by places or digit by digit, or None."""
    if text == "半":
        return Decimal("0.5")
    if text.endswith("半"):
        whole = chinese_number(text[:-1])
        return None if whole is None else whole + Decimal("0.5")
    whole_text, point, rest = text.partition("点")
    number = _chinese_integer(whole_text)
    if number is None or not point:
        return None if number is None else Decimal(number)
    scale = _ZH_MYRIADS.get(rest[-1:], 1)  # 一点五亿
    digits = rest[:-1] if scale > 1 else rest
    if not digits or any(c not in _ZH_DIGITS for c in digits):
        return None
    return Decimal(f"{number}." + "".join(str(_ZH_DIGITS[c]) for c in digits)) * scale


def _chinese_integer(text: str) -> int | None:
    if text and all(c in _ZH_DIGITS for c in text):
        return int("".join(str(_ZH_DIGITS[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in _ZH_DIGITS:
            digit = _ZH_DIGITS[c]
        elif c in _ZH_SCALES:
            section, digit = section + (digit or 1) * _ZH_SCALES[c], 0
        elif c in _ZH_MYRIADS:
            total = (total + section + digit) * _ZH_MYRIADS[c]
            section = digit = 0
        else:
            return None
    return total + section + digit if text else None
