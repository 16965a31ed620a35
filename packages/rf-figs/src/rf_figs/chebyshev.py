"""The closed-form response of a Chebyshev type I filter, for plotting it against its mask.

Source: G. Matthaei, L. Young, E. M. T. Jones, Microwave Filters, Impedance-Matching Networks,
and Coupling Structures (1964): eq. 4.03-4 to 4.03-6 for the prototype, section 8.04 for the
mapping of a band-pass filter. The conventions are those of the data sets: `fc` is the ripple
edge, a pass band extends from f_center - bandwidth/2 to f_center + bandwidth/2, and `order` is
that of the low-pass prototype.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spec = Mapping[str, Any]


def pass_band(spec: Spec) -> tuple[float, float]:
    """Lower and upper edge of the ripple band in Hz; 0 or infinity where there is no edge."""
    if spec["filter_band"] == "lowpass":
        return 0.0, float(spec["fc"])
    if spec["filter_band"] == "highpass":
        return float(spec["fc"]), np.inf
    center, half = float(spec["f_center"]), float(spec["bandwidth"]) / 2
    return center - half, center + half


def stop_edges(spec: Spec) -> tuple[float, float]:
    """Lower and upper stop-band edge in Hz; 0 or infinity where there is no such stop band."""
    if spec["filter_band"] == "lowpass":
        return 0.0, float(spec["fs"])
    if spec["filter_band"] == "highpass":
        return float(spec["fs"]), np.inf
    return float(spec["fs_lower"]), float(spec["fs_upper"])


def normalised(spec: Spec, frequency: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Maps frequencies > 0 in Hz to the low-pass prototype, whose ripple edge is at 1."""
    low, high = pass_band(spec)
    if spec["filter_band"] == "lowpass":
        return frequency / high
    if spec["filter_band"] == "highpass":
        return low / frequency
    return np.asarray(np.abs(frequency**2 - low * high) / (frequency * (high - low)))


def insertion_loss(
    spec: Spec, order: int, frequency: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """-|S21| in dB of the lossless filter of that order, at frequencies > 0 in Hz.

    Far into the stop band T_n would overflow; there ln T_n = n·acosh w - ln 2 is used.
    """
    omega = normalised(spec, frequency)
    epsilon2 = np.expm1(np.log(10) / 10 * float(spec["ripple_db"]))
    angle = order * np.arccosh(np.maximum(omega, 1.0))
    inside = np.cos(order * np.arccos(np.minimum(omega, 1.0)))
    near = np.where(omega <= 1, inside, np.cosh(np.minimum(angle, 300.0)))
    far = 20 / np.log(10) * (angle - np.log(2) + np.log(epsilon2) / 2)
    return np.asarray(np.where(angle > 300.0, far, 10 * np.log10(1 + epsilon2 * near**2)))


def worst_pass_loss(spec: Spec, asked: Spec, order: int) -> float:
    """The greatest loss in dB of the filter `spec` over the requested pass band of `asked`.

    Within the filter's own pass band that is the ripple; beyond it the loss grows towards the
    requested edges, of which a high-pass has only the lower.
    """
    edges = np.array([edge for edge in pass_band(asked) if 0 < edge < np.inf])
    return max(float(insertion_loss(spec, order, edges).max()), float(spec["ripple_db"]))


def worst_stop_loss(spec: Spec, order: int) -> float:
    """The least loss in dB over the stop bands, which is at their edges as it grows outwards."""
    edges = np.array([edge for edge in stop_edges(spec) if 0 < edge < np.inf])
    return float(insertion_loss(spec, order, edges).min())
