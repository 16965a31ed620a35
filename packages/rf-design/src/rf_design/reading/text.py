"""A request as plain text, and the language that it is written in."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from rf_jsonl import plain_text

MAX_CHARACTERS = 4000
"""Longer texts are no filter requests; a model would only be kept busy by them."""

_TERMINAL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_SPLIT_UNIT = re.compile(r"(?<=\d)(\s{0,3}(?:d(?= B\b)|[GMk](?= Hz\b))) (B|Hz)\b")


def normalised(text: str) -> str:
    """The text in plain characters (`rf_jsonl.plain_text`), control characters as spaces.

    So are whole sequences that colour a terminal: their digits are no quantities. A unit whose
    letters stand apart ("35 d B", "70 M Hz") is written together.
    """
    plain = plain_text(_TERMINAL_SEQUENCE.sub(" ", text))
    plain = _SPLIT_UNIT.sub(r"\1\2", plain)
    return "".join(" " if _is_control(c) else c for c in plain).strip()


def user_words(messages: Sequence[Mapping[str, str]]) -> str:
    """What the user said in a dialogue, its turns one after another."""
    return "\n".join(m["content"] for m in messages if m["role"] == "user")


def everywhere(
    pattern: str, said: str, speaks_of: Callable[[re.Match[str]], re.Match[str] | None]
) -> bool:
    """Whether something is printed, and the words around say the same of it in all places."""
    places = list(re.finditer(pattern, said))
    return bool(places) and all(speaks_of(place) for place in places)


def is_readable(plain: str) -> bool:
    """Whether a normalised text is worth a model's time."""
    return 0 < len(plain) <= MAX_CHARACTERS


def _is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def language_of(text: str) -> str:
    """`zh` where there is a Chinese character, else `en`."""
    return "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
