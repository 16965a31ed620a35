"""A request as plain text, and the language that it is written in."""

import unicodedata

MAX_CHARACTERS = 4000
"""Longer texts are no filter requests; a model would only be kept busy by them."""

_DROPPED = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DROPPED |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u200a\u202f\u205f\u3000"), " ")


# Full-width letters, digits and signs become plain ones; Chinese punctuation stays as it is
# usually typed, since that is what a model has seen.
_KEPT = "，：；（）！？～"
_PLAIN = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0xFF01, 0xFF5F), *range(0x3371, 0x33E0), 0x2126, 0x212B, 0x00B5, 0xFFE0)
    if chr(code) not in _KEPT
}


def normalised(text: str) -> str:
    """The text without invisible characters, with one kind of space and plain digits and units.

    Full-width digits, letters and signs and square units ("㎒") take the form that Unicode's NFKC
    gives them. All else is only composed (NFC): NFKC would turn 10² into 102 and ① into 1.
    Zero-width characters and marks of writing direction go; other control characters become spaces.
    """
    plain = unicodedata.normalize("NFC", text.translate(_DROPPED).translate(_SPACES))
    plain = plain.translate(_PLAIN)
    return "".join(" " if _is_control(c) else c for c in plain).strip()


def is_readable(plain: str) -> bool:
    """Whether a normalised text is worth a model's time."""
    return 0 < len(plain) <= MAX_CHARACTERS


def _is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def language_of(text: str) -> str:
    """`zh` where there is a Chinese character, else `en`."""
    return "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
