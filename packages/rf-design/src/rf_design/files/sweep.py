"""The frequencies in files and plots, and the titles that describe a filter in them."""

import numpy as np
from numpy.typing import NDArray

from rf_design.core import Filter
from rf_design.ladder.prefixes import without_zeros
from rf_design.specification import FilterSpec

Floats = NDArray[np.float64]

POINTS = 1001


def sweep_range(spec: FilterSpec) -> tuple[float, float]:
    """From well below to well above all frequencies in the specification, in Hz."""
    low, high = min(spec.named_hz), max(spec.named_hz)
    if spec.band == "lowpass":
        return spec.edges_hz[0] / 100, max(2.5 * spec.edges_hz[0], 1.4 * high)
    if spec.band == "highpass":
        return min(spec.edges_hz[0] / 10, low / 1.4), max(3 * spec.edges_hz[0], 1.2 * high)
    reach = 2 if spec.band == "bandpass" else 1.5
    below = min(low, spec.geometric_center_hz - reach * spec.bandwidth_hz)
    above = max(high, spec.geometric_center_hz + reach * spec.bandwidth_hz)
    margin = 0.15 * (above - max(below, 0))
    return max(below - margin, spec.edges_hz[0] / 20), above + margin


def sweep(spec: FilterSpec, points: int = POINTS) -> Floats:
    """Evenly spaced frequencies in Hz that include exactly those in the specification."""
    low, high = sweep_range(spec)
    return np.unique(np.concatenate([np.linspace(low, high, points), np.array(spec.named_hz)]))


def title(built: Filter) -> str:
    """One ASCII line that describes the filter."""
    spec = built.spec
    edges = " to ".join(without_zeros(edge, "Hz", 7) for edge in spec.edges_hz)
    return (
        f"{spec.family.capitalize()} {spec.band} of order {built.order}, "
        f"{spec.ripple_db:.6g} dB at {edges}"
    )


def parts_note(built: Filter) -> str:
    """One ASCII line that describes the part values and their Q."""
    values = f"values of E{built.rounded.series}" if built.rounded else "exact values"
    quality = built.quality
    if quality.lossless:
        return f"{values}, lossless parts"
    stated = [
        f"Q of {name} {value:g}"
        for name, value in (("inductors", quality.inductor), ("capacitors", quality.capacitor))
        if value is not None
    ]
    return f"{values}, {', '.join(stated)} at {without_zeros(quality.f_hz, 'Hz', 7)}"
