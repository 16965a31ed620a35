"""Parses slotted texts: `"通带 {f1!MHz}-{f2!MHz} MHz，回损 {return_loss}"`.

A slot is one of

- `{key}`: a number with its unit, in the request's style of numbers;
- `{key+UNIT}`: a number followed by exactly `UNIT` (which may begin with a space or be empty);
- `{key!UNIT}`: a number without its unit, which the text states elsewhere (a range, a label); if
  it follows immediately (`{f2!MHz} MHz`), the same as `{key+ MHz}`;
- `{key:words}`: words that the call copies;
- `{#low..high}`: noise, a number that does not belong to the call, with the decimals of its limits.

A star after the key (`{att*}`, in a later turn) marks a new value that corrects the earlier one. A
sign directly before a slot belongs to its value (`±{offset1}`, `-{att}`), and so does 2π
(`2π×{edge+ rad/s}`).
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from rf_synth.calls.arguments import FREQUENCY_KEYS, KEYS, WORD_KEYS
from rf_synth.calls.request import MAX_POINTS

_NUMBERED = "".join(str(i) for i in range(1, MAX_POINTS + 1))
DECIBEL_KEYS = frozenset(
    ["ripple", "return_loss", "att", "edge_db"] + [f"att{i}" for i in _NUMBERED]
)
IMPEDANCE_KEYS = frozenset(["z0", "z_source", "z_load"])
_RANK = {key: place for place, key in enumerate(KEYS)}
PLUS_MINUS = ("±", "+/-", "+-")
_SIGNED = ("offset", "att", "edge_db", "ripple", "return_loss", "width")
SLOT = re.compile(r"(\+/?-|[±+\-−–]|2π ?[×·*]? ?|2\*pi\*)?\{((?:#|[a-z])[^{}]*)\}")
_BESIDE = re.compile(r"\{([a-z_]+[0-6]?\*?)!([^{} ][^{}]*)\}( ?)\2(?![A-Za-z0-9_/])")
"""A number directly followed by its unit."""
_BROKEN = re.compile(r"\{[#a-z]")
"""An unterminated slot; other braces (JSON, code) are plain text."""
_NOISE = re.compile(r"#(-?[0-9.]+?)\.\.(-?[0-9.]+)")
_NAMED = re.compile(r"([a-z_]+[0-6]?)(\*?)(?:([+!:])(.*))?", re.S)

Kind = Literal["text", "auto", "unit", "apart", "words", "noise"]
_KINDS: dict[str | None, Kind] = {None: "auto", "+": "unit", "!": "apart", ":": "words"}


class SlotError(ValueError):
    """A slotted text that cannot be parsed; the message quotes the slot."""


class Slot(NamedTuple):
    """A slot or a piece of plain text.

    Attributes
    ----------
    kind : "text" (plain text), "auto", "unit" (`+`), "apart" (`!`), "words" (`:`) or "noise" (`#`)
    argument : the plain text, the unit, the words or the limits of the noise
    sign : the sign before the slot that belongs to its value
    corrected : whether the value corrects an earlier one
    """

    kind: Kind
    key: str = ""
    argument: str = ""
    sign: str = ""
    corrected: bool = False


def parse(text: str) -> tuple[Slot, ...]:
    """The pieces of a slotted text, in order. Raises SlotError."""
    pieces: list[Slot] = []
    if "!" in text:
        text = _BESIDE.sub(r"{\1+\3\2}", text)
    plain, *found = SLOT.split(text)
    for at in range(0, len(found), 3):
        sign, inside, after = found[at : at + 3]
        slot = _slot(sign or "", inside)
        if sign and not slot.sign:  # a dash between two values
            plain += sign
        if plain:
            pieces.append(_plain(plain))
        pieces.append(slot)
        plain = after
    if plain:
        pieces.append(_plain(plain))
    return tuple(pieces)


def in_lines(turn: tuple[Slot, ...]) -> bool:
    """Whether the plain text of a turn has several lines."""
    return any("\n" in slot.argument for slot in turn if slot.kind == "text")


def ends_with(turn: tuple[Slot, ...], marks: tuple[str, ...]) -> bool:
    """Whether a turn ends in plain text, with one of these punctuation marks."""
    last = turn[-1]
    return last.kind == "text" and last.argument.rstrip().endswith(marks)


def in_call_order(arguments: dict[str, str]) -> dict[str, str]:
    """The arguments in the order of `KEYS`."""
    return dict(sorted(arguments.items(), key=lambda item: _RANK[item[0]]))


def _plain(text: str) -> Slot:
    if "{" in text and _BROKEN.search(text):
        raise SlotError(f"a broken slot in {text!r}")
    return Slot("text", "", text)


@lru_cache(maxsize=1 << 16)  # the data has a few thousand different slots
def _slot(sign: str, inside: str) -> Slot:
    noise = _NOISE.fullmatch(inside)
    if noise:
        return Slot("noise", argument=f"{noise[1]} {noise[2]}")
    match = _NAMED.fullmatch(inside)
    if match is None or match[1] not in _RANK:
        raise SlotError(f"{{{inside}}} is not a slot")
    key, star, mark, argument = match[1], match[2], match[3], match[4] or ""
    kind = _KINDS[mark]
    if kind == "words" and not argument.strip():
        raise SlotError(f"{{{inside}}} has no words")
    if kind != "words" and (key in WORD_KEYS or key == "edge_db"):
        raise SlotError(f"{{{inside}}} needs its words: {{{key}:…}}")
    if kind == "apart" and not argument:
        raise SlotError(f"{{{inside}}} needs the unit that the text states")
    return Slot(kind, key, argument, sign if _owns(key, sign) else "", bool(star))


def _owns(key: str, sign: str) -> bool:
    """Whether a sign before the slot is part of its value, not a dash between two values."""
    if sign.startswith("2"):
        return key in FREQUENCY_KEYS
    if key == "width":
        return sign in PLUS_MINUS
    return key.rstrip(_NUMBERED) in _SIGNED and sign != "–"
