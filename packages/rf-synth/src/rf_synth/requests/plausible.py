"""Common parts of requests made from labels and clauses: frequencies, units, missing keys."""

import re
from collections.abc import Iterable, Set
from math import floor, log10

from rf_synth.requests.pass_bands import LADDERS
from rf_synth.specs.draws import Draws

FREQUENCIES = (
    (1e3, 1e5), (1e5, 3e7), (1e6, 3e8), (1e7, 1e9), (1e8, 5e9), (1e8, 5e9), (5e8, 3e9), (2e9, 2e10),
)  # fmt: skip
"""Ranges in Hz from which the frequency range of a request is drawn."""
NO_RIPPLE = re.compile(
    r"Bessel|Gauss|linear|Legendre|equidelay|inverse|reciprocal|(?:type|shev|Cheby)[ -](?:II|2)\b"
    r"|贝塞尔|高斯|[反逆]切比|切比雪夫(?:II|Ⅱ)|线性相位|升余弦|勒让德",
    re.IGNORECASE,
)
"""Families without ripple in the pass band."""
_STEPS = 8
"""Frequency ranges of requests per decade."""
_COAXIAL = re.compile(r"\b(?:SMA|BNC|N[ -](?:type|female))|N型|N头")
_SCALES = {"GHz": 1e9, "MHz": 1e6, "kHz": 1e3, "Hz": 1.0}


def words_in(text: str) -> int:
    """The number of words; four Chinese characters count as one."""
    return len(text.split()) + sum(character > "\u3000" for character in text) // 4


def draw_frequency(draws: Draws) -> tuple[float, float]:
    """A frequency range in Hz for a request, from a fixed grid.

    It is narrow, so that frequency-specific clauses (AM, mains, waveguide) are known to fit.
    """
    low, high = draws.pick(FREQUENCIES)
    place = floor(_STEPS * (log10(low) + log10(high / low) * draws.unit()))
    return 10 ** (place / _STEPS), 10 ** ((place + 1) / _STEPS)


def unit_of(frequency: tuple[float, float]) -> str:
    """The most suitable unit for a frequency range in Hz."""
    return next((unit for unit, scale in _SCALES.items() if frequency[1] >= 3 * scale), "Hz")


def impedances_of(texts: Iterable[str]) -> tuple[float, ...]:
    """The impedances in ohm of a request that names coaxial connectors; empty if it names none."""
    text = "\n".join(texts)
    if not _COAXIAL.search(text):
        return ()
    return (50.0, 75.0) if "{z_source" in text else (50.0,)


def missing_keys(band: str, gaps: Set[str]) -> tuple[str, ...]:
    """The published keys that are missing if `gaps` are left out."""
    ladder = band in LADDERS
    named = {
        "pass": ("fc",) if ladder else ("f_center", "bandwidth"),
        "center": ("f_center",),
        "width": ("bandwidth",),
        "ripple": ("ripple_db",),
        "stop": ("fs",) if ladder else ("fs_lower", "fs_upper"),
        "att": ("La_target",),
    }
    return tuple(key for gap, keys in named.items() if gap in gaps for key in keys)
