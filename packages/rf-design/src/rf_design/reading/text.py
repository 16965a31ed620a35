"""A request as plain text, and the language that it is written in."""

import unicodedata

from rf_jsonl import plain_text

MAX_CHARACTERS = 4000
"""Longer texts are no filter requests; a model would only be kept busy by them."""


def normalised(text: str) -> str:
    """The text in plain characters (`rf_jsonl.plain_text`), control characters as spaces."""
    return "".join(" " if _is_control(c) else c for c in plain_text(text)).strip()


def is_readable(plain: str) -> bool:
    """Whether a normalised text is worth a model's time."""
    return 0 < len(plain) <= MAX_CHARACTERS


def _is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def language_of(text: str) -> str:
    """`zh` where there is a Chinese character, else `en`."""
    return "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
