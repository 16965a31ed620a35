"""A request as plain text, and its language."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from rf_jsonl import plain_text

MAX_CHARACTERS = 4000
"""Longer texts are not filter requests and would only keep the model busy."""

NUMBER = r"(?:\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?|(?<![.\d])\.\d+)"
"""Pattern of a printed number, without its sign."""
_TERMINAL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_FACTOR_OF_VECTOR = re.compile(
    rf"(?P<factor>2\s?\*?\s?(?:pi|π)\s?\*\s?)\[\s*(?P<low>{NUMBER})[\s,]+(?P<high>{NUMBER})\s*\]",
    re.IGNORECASE,
)
"""`2*pi*[88e3 112e3]`, as typed in MATLAB."""
_DEFINED = re.compile(
    r"(?P<name>\b[A-Za-z]\w{0,4}\s?=\s?)"
    r"(?=\S*[A-Za-z])[A-Za-z(][A-Za-z0-9_]{0,5}(?:\s?[-+*/()]\s?[A-Za-z]?\w{0,4}){1,5}\s?="
    r"(?=\s?[\d.])"
)
"""`Q = f0/BW =` in front of its value."""
_SPLIT_UNIT = re.compile(r"(?<=\d)(\s{0,3}(?:d(?= B\b)|[GMk](?= Hz\b))) (B|Hz)\b")


def normalised(text: str) -> str:
    """The text in plain characters (`rf_jsonl.plain_text`), with spaces for control characters.

    Terminal control sequences become spaces as a whole, since their digits are not quantities.
    Separated letters of a unit ("35 d B", "70 M Hz") are joined, and both elements of a vector get
    the factor in front of it, since values are copied one by one. `Q = f0/BW = 14` loses the
    definition.
    """
    plain = plain_text(_TERMINAL_SEQUENCE.sub(" ", text))
    plain = _SPLIT_UNIT.sub(r"\1\2", plain)
    plain = _DEFINED.sub(r"\g<name>", plain)
    plain = _FACTOR_OF_VECTOR.sub(r"[\g<factor>\g<low>, \g<factor>\g<high>]", plain)
    return "".join(" " if _is_control(c) else c for c in plain).strip()


def user_words(messages: Sequence[Mapping[str, str]]) -> str:
    """The user's turns of a dialogue, joined."""
    return "\n".join(m["content"] for m in messages if m["role"] == "user")


def everywhere(
    pattern: str, said: str, condition: Callable[[re.Match[str]], re.Match[str] | None]
) -> bool:
    """Whether a pattern occurs in a text, and a condition holds at every occurrence."""
    places = list(re.finditer(pattern, said))
    return bool(places) and all(condition(place) for place in places)


def number_alone(text: str) -> str:
    """A pattern of a printed number that is not part of a longer one."""
    return rf"(?<![\d.]){re.escape(text)}(?![\d.])"


def prints(text: str, said: str) -> bool:
    """Whether a text contains a value, its number in another form, or its unit without a number."""
    number, unit = re.search(NUMBER, text), re.search(r"[A-Za-z]+$", text)
    if text in said or (number and re.search(number_alone(number[0]), said)):
        return True
    return unit is not None and unit[0] in said and not re.search(r"\d", said)


def compact(text: str) -> str:
    """The text in lower case without spaces, to compare texts however they are set."""
    return re.sub(r"\s+", "", text).lower()


def is_readable(plain: str) -> bool:
    """Whether a normalised text is short enough, and not empty, to be read by the model."""
    return 0 < len(plain) <= MAX_CHARACTERS


def _is_control(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def language_of(text: str) -> str:
    """`zh` if there is a Chinese character, else `en`."""
    return "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"


def language_of_call(call: Mapping[str, object]) -> str:
    """The language of the texts in a call."""
    return language_of("\n".join(value for value in call.values() if isinstance(value, str)))
