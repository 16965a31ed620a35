"""The closed-form response of a Chebyshev type I filter, for drawing it against its mask.

Source: G. Matthaei, L. Young, E. M. T. Jones, Microwave Filters, Impedance-Matching Networks,
and Coupling Structures (1964): eq. 4.03-4 to 4.03-6 for the prototype, section 8.04 for the
mapping of a band-pass filter. The conventions are those of the data sets: `fc` is the ripple
edge, a pass band reaches from f_center - bandwidth/2 to f_center + bandwidth/2, and `order` is
that of the low-pass prototype.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spec = Mapping[str, Any]


def pass_band(spec: Spec) -> tuple[float, float]:
    """Lower and upper edge of the ripple band in Hz; 0 and infinity where there is none."""
    if spec["filter_band"] == "lowpass":
        return 0.0, float(spec["fc"])
    if spec["filter_band"] == "highpass":
        return float(spec["fc"]), np.inf
    center, half = float(spec["f_center"]), float(spec["bandwidth"]) / 2
    return center - half, center + half


def stop_edges(spec: Spec) -> tuple[float, float]:
    """Where the stop bands begin, in Hz: below and above; 0 or infinity where there is none."""
    if spec["filter_band"] == "lowpass":
        return 0.0, float(spec["fs"])
    if spec["filter_band"] == "highpass":
        return float(spec["fs"]), np.inf
    return float(spec["fs_lower"]), float(spec["fs_upper"])


def normalised(spec: Spec, frequency: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """The low-pass prototype's frequency, 1 at the ripple edge, of frequencies > 0 in Hz."""
    low, high = pass_band(spec)
    if spec["filter_band"] == "lowpass":
        return frequency / high
    if spec["filter_band"] == "highpass":
        return low / frequency
    return np.asarray(np.abs(frequency**2 - low * high) / (frequency * (high - low)))


def insertion_loss(
    spec: Spec, order: int, frequency: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """-|S21| in dB of the filter of that order, lossless, at frequencies > 0 in Hz.

    Far in the stop band ln T_n = n·acosh w - ln 2 stands for T_n, which would overflow.
    """
    omega = normalised(spec, frequency)
    epsilon2 = np.expm1(np.log(10) / 10 * float(spec["ripple_db"]))
    angle = order * np.arccosh(np.maximum(omega, 1.0))
    inside = np.cos(order * np.arccos(np.minimum(omega, 1.0)))
    near = np.where(omega <= 1, inside, np.cosh(np.minimum(angle, 300.0)))
    far = 20 / np.log(10) * (angle - np.log(2) + np.log(epsilon2) / 2)
    return np.asarray(np.where(angle > 300.0, far, 10 * np.log10(1 + epsilon2 * near**2)))


def worst_pass_loss(spec: Spec, asked: Spec, order: int) -> float:
    """The greatest loss in dB that the filter `spec` has over the pass band that was asked for.

    Over its own pass band that is the ripple; outside of it the loss grows towards the far edge,
    which for a high-pass is the lower edge alone.
    """
    edges = np.array([edge for edge in pass_band(asked) if 0 < edge < np.inf])
    return max(float(insertion_loss(spec, order, edges).max()), float(spec["ripple_db"]))


def worst_stop_loss(spec: Spec, order: int) -> float:
    """The least loss in dB over the stop bands: that at their edges, since it grows outwards."""
    edges = np.array([edge for edge in stop_edges(spec) if 0 < edge < np.inf])
    return float(insertion_loss(spec, order, edges).min())
