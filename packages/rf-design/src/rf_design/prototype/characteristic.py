"""Closed-form response of the prototype: attenuation, order, 3 dB bandwidth and poles.

    L(Ω) = 10·lg(1 + ε²·C(Ω)²) dB,   ε² = 10^(Lr/10) - 1

C is the Chebyshev polynomial T_N, or Ω^N for Butterworth; Ω = 1 at the ripple edge, where the loss
is Lr. Source: Matthaei, Young and Jones, Microwave Filters (1964), section 4.03.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LN10_10 = math.log(10.0) / 10.0
HALF_POWER_DB = 10 * math.log10(2.0)
"""The level of a "3 dB" point: half the power."""


def ripple_factor(ripple_db: float) -> float:
    """ε of the pass-band ripple."""
    return math.sqrt(math.expm1(ripple_db * LN10_10))


def attenuation_db(family: str, order: int, ripple_db: float, omega: Floats) -> Floats:
    """Loss in dB at normalised frequencies `omega` ≥ 0, an array of any shape."""
    omega = np.asarray(omega, dtype=float)
    if family == "butterworth":
        with np.errstate(divide="ignore"):
            log_c = order * np.log(omega)
        return _loss_db(ripple_db, log_c)
    inside = np.minimum(omega, 1.0)
    passing = 10 * np.log10(1 + (ripple_factor(ripple_db) * np.cos(order * np.arccos(inside))) ** 2)
    # ln cosh x, without overflow for large x
    x = order * np.arccosh(np.maximum(omega, 1.0))
    log_c = x + np.log1p(np.exp(-2 * x)) - math.log(2.0)
    return np.asarray(np.where(omega <= 1.0, passing, _loss_db(ripple_db, log_c)))


def _loss_db(ripple_db: float, log_c: Floats) -> Floats:
    """10·lg(1 + ε²C²) from ln C."""
    log_product = 2 * (math.log(ripple_factor(ripple_db)) + log_c)
    return np.asarray(np.logaddexp(0.0, log_product) * (10 / math.log(10.0)))


def real_order(family: str, ripple_db: float, stop_db: float, omega: float) -> float:
    """The real number whose ceiling is the minimum order, for one stop point."""
    gain = math.sqrt(math.expm1(stop_db * LN10_10)) / ripple_factor(ripple_db)
    if family == "butterworth":
        return math.log(gain) / math.log(omega)
    return math.acosh(gain) / math.acosh(omega)


def bandwidth_ratio(
    family: str, order: int, ripple_db: float, level_db: float | None = None
) -> float:
    """Ω where the loss is `level_db` (by default half power): f_level over f_ripple."""
    level = HALF_POWER_DB if level_db is None else level_db
    gain = math.sqrt(math.expm1(level * LN10_10)) / ripple_factor(ripple_db)
    if family == "butterworth":
        return math.exp(math.log(gain) / order)
    if gain < 1:
        return math.cos(math.acos(gain) / order)
    return math.cosh(math.acosh(gain) / order)


def poles(family: str, order: int, ripple_db: float) -> NDArray[np.complex128]:
    """The N poles of the prototype in the s-plane, shape (N,), Ω = 1 at the ripple edge.

    They lie on an ellipse for Chebyshev, on a circle for Butterworth. H(s) = K / Π(s - p).
    """
    angle = np.pi * (2 * np.arange(1, order + 1) - 1) / (2 * order)
    epsilon = ripple_factor(ripple_db)
    if family == "butterworth":
        radius = epsilon ** (-1 / order)
        return np.asarray(radius * (-np.sin(angle) + 1j * np.cos(angle)))
    growth = math.asinh(1 / epsilon) / order
    return np.asarray(-math.sinh(growth) * np.sin(angle) + 1j * math.cosh(growth) * np.cos(angle))


def transfer_function(family: str, order: int, ripple_db: float) -> dict[str, Any]:
    """Poles and gain K of H(s) = K/Π(s - p) with |H| = 1 at the least pass-band loss."""
    roots = poles(family, order, ripple_db)
    has_ripple_at_dc = family == "chebyshev" and order % 2 == 0
    at_zero = math.sqrt(1 + ripple_factor(ripple_db) ** 2) if has_ripple_at_dc else 1.0
    return {
        "normalised_to": "ripple edge at 1 rad/s",
        "gain": float(np.real(np.prod(-roots))) / at_zero,
        "poles": [[float(p.real), float(p.imag)] for p in roots],
    }
