"""What an answer says that the user did not: the cheapest guard against a misread request.

Knows how numbers and units are written, nothing of phrasings. It finds what was made up, left out
or cannot be built; numbers that changed their places it finds only where no filter can be so.
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
    """A value as somebody wrote it, in Hz, dB or Ω; `kind` is empty where no unit stands there."""

    value: Decimal
    kind: str


def unsupported_values(answer: str, said: Sequence[str]) -> list[str]:
    """Lines about a specification in `answer` that the user's messages in `said` do not bear out.

    None for an answer that is no specification. What a later message may have changed is not
    missed in the answer. A ripple that follows from a return loss or VSWR is doubted: the answer
    alone does not show that it was computed right.
    """
    found = specification(answer)
    if found is None:
        return []
    band, told = str(found["filter_band"]), [set(quantities(text)) for text in said]
    values = {name: Decimal(value) for name, value in found.items() if name in _NAMES}
    everything = set().union(*told)
    lines = [
        f"{_NAMES[name]} {_written(value, _KIND.get(name, 'Hz'))}: not in your words"
        for name, value in values.items()
        if not _is_told(value, _KIND.get(name, "Hz"), everything)
    ]
    used = {Quantity(value, _KIND.get(name, "Hz")) for name, value in values.items()}
    lines += [
        f"{_written(*quantity)} in your words: not in the answer"
        for quantity in _left_over(told, used)
    ]
    named = [name for name, words in _BANDS.items() if words.search(" ".join(said).lower())]
    if len(named) == 1 and named[0] != band:
        lines.append(f"{band}: you said {named[0]}")
    return lines + _impossible(band, values)


def quantities(text: str) -> list[Quantity]:
    """Every number in a text, with the unit behind it."""
    # ④ becomes 4, which must not join the number behind it.
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


def _left_over(told: list[set[Quantity]], used: set[Quantity]) -> list[Quantity]:
    """Quantities that the answer does not use, unless a later message tells one of their kind."""
    left: set[Quantity] = set()
    for place, quantities_there in enumerate(told):
        later = {quantity.kind for message in told[place + 1 :] for quantity in message}
        left |= {q for q in quantities_there - used if q.kind and q.kind not in later}
    return sorted(left)


def _is_told(value: Decimal, kind: str, told: set[Quantity]) -> bool:
    """Whether it was told; a frequency may have its unit elsewhere (830 and 910 MHz)."""
    scales = _SCALES if kind == "Hz" else (0,)
    return Quantity(value, kind) in told or any(
        Quantity(value.scaleb(-scale), "") in told for scale in scales
    )


def _impossible(band: str, values: dict[str, Any]) -> list[str]:
    """Why no filter can be so."""
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
