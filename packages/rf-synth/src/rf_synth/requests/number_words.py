"""Numbers in words, in Chinese and English: 一百五十, 零点二, one hundred and fifty, point one."""

SPOKEN_UNITS = {
    "en": {"G": "gigahertz", "M": "megahertz", "k": "kilohertz", "": "hertz"},
    "zh": {"G": "吉赫", "M": "兆赫", "k": "千赫", "": "赫兹"},
}
SPOKEN_PARTS = {0.5: "half", 0.25: "a quarter of", 0.1: "a tenth of", 0.2: "two tenths of"}
"""Fractions of a unit, as said before it."""
_HAN = "零一二三四五六七八九"
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_LONGEST = 5


def spoken_number(digits: str, lang: str) -> str | None:
    """A printed number (`"150"`, `"0.25"`) in words; None if it is too long for speech."""
    whole, _, fraction = digits.partition(".")
    if not whole.isdigit() or len(whole) + len(fraction) > _LONGEST:
        return None
    return (_han if lang == "zh" else _english)(int(whole), fraction)


def _han(whole: int, fraction: str) -> str:
    text, rest, skipped = "", whole, False
    for place, name in ((10000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, rest = divmod(rest, place)
        if digit:
            text += ("零" if skipped else "") + _HAN[digit] + name
        skipped = not digit and (skipped or bool(text))
        text = text.removeprefix("一") if text.startswith("一十") else text
    return (text or "零") + ("点" + "".join(_HAN[int(c)] for c in fraction) if fraction else "")


def _english(whole: int, fraction: str) -> str:
    point = ["point", *(_ONES[int(c)] for c in fraction)] if fraction else []
    words = [] if not whole and fraction else [_english_whole(whole)]
    return " ".join([*words, *point])


def _english_whole(whole: int) -> str:
    thousands, rest = divmod(whole, 1000)
    hundreds, ones = divmod(rest, 100)
    words = [_below_hundred(thousands), "thousand"] if thousands else []
    if thousands and thousands >= 100:
        words = [_english_whole(thousands), "thousand"]
    if hundreds:
        words += [_ONES[hundreds], "hundred"]
    if ones or not words:
        words += (["and"] if words else []) + [_below_hundred(ones)]
    return " ".join(words)


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f" {_ONES[ones]}" if ones else "")
