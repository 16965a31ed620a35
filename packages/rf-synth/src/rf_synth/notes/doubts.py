"""Finds values in an answer that the user did not state: a cheap guard against misread requests.

It knows how numbers and units are written, not phrasings. It finds values that are made up, left
out or impossible; swapped values it finds only if the result is impossible.
"""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from rf_synth.notes.summary import digits, frequency, specification

_NUMBER = re.compile(
    r"(?<![a-z0-9.])([0-9]{1,30}(?:\.[0-9]{1,30})?(?:e[0-9]{1,2})?|\.[0-9]{1,30})"
    r"(?: ?(ghz|mhz|khz|hz|g|m|k|吉赫|千兆赫|兆赫|dbc?|分贝|ohms?|ω|欧姆?|r)(?![a-z0-9]))?"
)
_HERTZ = {
    "ghz": 9, "g": 9, "吉赫": 9, "千兆赫": 9, "mhz": 6, "m": 6, "兆赫": 6,
    "khz": 3, "k": 3, "hz": 0,
}  # fmt: skip
_SCALES = (0, 3, 6, 9)
_BANDS = {
    "lowpass": re.compile("低通(?!原型)|lpf|(?<![a-z])low[- ]?pass(?! prototype)"),
    "highpass": re.compile("高通|hpf|(?<![a-z])high[- ]?pass"),
    "bandpass": re.compile("带通|bpf|(?<![a-z])band[- ]?pass"),
}
_KIND = {"ripple_db": "dB", "La_target": "dB", "R0": "Ω"}
_NAMES = {
    "fc": "pass-band edge", "fs": "stop-band edge", "f_center": "centre", "bandwidth": "bandwidth",
    "fs_lower": "lower stop-band edge", "fs_upper": "upper stop-band edge", "ripple_db": "ripple",
    "R0": "port impedance", "La_target": "attenuation",
}  # fmt: skip


class Quantity(NamedTuple):
    """A value in a text; `kind` is its unit Hz, dB or Ω, or empty without one."""

    value: Decimal
    kind: str


def unsupported_values(answer: str, said: Sequence[str]) -> list[str]:
    """Warnings, one per line, about values in `answer` that the messages in `said` do not support.

    There are none for an answer without a specification. Values that a later message may have
    changed may be missing from the answer. A ripple computed from a return loss or VSWR is
    reported, since the answer does not show whether it is correct.
    """
    found = specification(answer)
    if found is None:
        return []
    band, stated = str(found["filter_band"]), [set(quantities(text)) for text in said]
    values = {name: Decimal(value) for name, value in found.items() if name in _NAMES}
    everything = set().union(*stated)
    lines = [
        f"{_NAMES[name]} {_written(value, _KIND.get(name, 'Hz'))}: not in your words"
        for name, value in values.items()
        if not _is_stated(value, _KIND.get(name, "Hz"), everything)
    ]
    used = {Quantity(value, _KIND.get(name, "Hz")) for name, value in values.items()}
    lines += [
        f"{_written(*quantity)} in your words: not in the answer"
        for quantity in _left_over(stated, used)
    ]
    named = [name for name, words in _BANDS.items() if words.search(" ".join(said).lower())]
    if len(named) == 1 and named[0] != band:
        lines.append(f"{band}: you said {named[0]}")
    return lines + _impossible(band, values)


def quantities(text: str) -> list[Quantity]:
    """All numbers in a text, with their units."""
    # NFKC turns ④ into 4, which must not merge with the next number.
    apart = "".join(" " if unicodedata.category(c) == "No" else c for c in text)
    plain = unicodedata.normalize("NFKC", apart).lower()
    return [_quantity(number, unit) for number, unit in _NUMBER.findall(plain)]


def _quantity(number: str, unit: str) -> Quantity:
    value = Decimal(number)
    if unit in _HERTZ:
        return Quantity(value.scaleb(_HERTZ[unit]), "Hz")
    if unit:
        return Quantity(value, "dB" if unit[0] in "d分" else "Ω")
    return Quantity(value, "")


def _left_over(stated: list[set[Quantity]], used: set[Quantity]) -> list[Quantity]:
    """Quantities that the answer does not use, unless a later message has one of the same kind."""
    left: set[Quantity] = set()
    for place, quantities_there in enumerate(stated):
        later = {quantity.kind for message in stated[place + 1 :] for quantity in message}
        left |= {q for q in quantities_there - used if q.kind and q.kind not in later}
    return sorted(left)


def _is_stated(value: Decimal, kind: str, stated: set[Quantity]) -> bool:
    """Whether a value was stated; the unit of a frequency may be elsewhere (830 and 910 MHz)."""
    scales = _SCALES if kind == "Hz" else (0,)
    return Quantity(value, kind) in stated or any(
        Quantity(value.scaleb(-scale), "") in stated for scale in scales
    )


def _impossible(band: str, values: dict[str, Any]) -> list[str]:
    """Reasons why the filter is impossible."""
    if band == "bandpass":
        half = values["bandwidth"] / 2
        lower, upper = values["f_center"] - half, values["f_center"] + half
        apart = values["fs_lower"] < lower and upper < values["fs_upper"]
    else:
        apart = values["fc"] < values["fs"] if band == "lowpass" else values["fs"] < values["fc"]
    lines = [] if apart else ["a stop-band edge lies in the pass band"]
    if values["La_target"] <= values["ripple_db"]:
        lines.append("the attenuation is no more than the ripple")
    return lines


def _written(value: Decimal, kind: str) -> str:
    return frequency(value) if kind == "Hz" else f"{digits(value)} {kind}"
