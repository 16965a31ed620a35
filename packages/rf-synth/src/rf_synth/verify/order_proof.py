"""Verifies a minimum order independently of the code that computed it.

The attenuation of a Chebyshev filter of order N is 10·lg(1 + ε²·T_N(Ω)²), with the polynomials by
their recurrence T_0 = 1, T_1 = Ω, T_(k+1) = 2Ω·T_k - T_(k-1): no acosh, no ceiling. N is the
minimum order if N reaches the attenuation and N - 1 does not.

Source: G. C. Temes, J. W. LaPatra, "Introduction to Circuit Synthesis and Design" (1977), ch. 12.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from math import expm1, log, log10, sqrt
from typing import Any

from rf_synth.specs.minimum_order import LN10_10, Spec

TOLERANCE_DB = 1e-6
"""Rounding error that is tolerated in an attenuation that meets its target."""
_MAX_ORDER = 10_000


def stop_frequency(spec: Mapping[str, Any]) -> float:
    """Ω of the harder stop edge, from the geometric mirror image of each edge."""
    band = spec["filter_band"]
    if band == "lowpass":
        return float(spec["fs"]) / float(spec["fc"])
    if band == "highpass":
        return float(spec["fc"]) / float(spec["fs"])
    center, width = float(spec["f_center"]), float(spec["bandwidth"])
    product = (center - width / 2) * (center + width / 2)
    return float(
        min(abs(edge - product / edge) / width for edge in (spec["fs_lower"], spec["fs_upper"]))
    )


def attenuation_db(spec: Mapping[str, Any], order: int) -> float:
    """The attenuation in dB of a filter of this order at the harder stop edge."""
    return _attenuations(spec, order, stop_frequency(spec))[1]


def _attenuations(spec: Mapping[str, Any], order: int, omega: float) -> tuple[float, float]:
    """The attenuations in dB of order - 1 and order at Ω."""
    before, value = 1.0, omega
    for _ in range(min(order, _MAX_ORDER) - 1):
        before, value = value, 2 * omega * value - before
        if value > 1e150:
            break
    ripple_power = expm1(spec["ripple_db"] * LN10_10)
    return (
        10 * log10(1 + ripple_power * before * before),
        10 * log10(1 + ripple_power * value * value),
    )


def meets(spec: Mapping[str, Any], order: int, tolerance_db: float = TOLERANCE_DB) -> bool:
    """Whether a filter of this order reaches the specified attenuation."""
    return bool(attenuation_db(spec, order) >= spec["La_target"] - tolerance_db)


def is_minimum(spec: Spec, order: int, omega: float | None = None) -> bool:
    """Whether `order` (at least 1) meets `spec` and order - 1 does not; `omega` if it is known.

    Close cases are decided with 50 digits. Order 0, a through connection, has only the ripple.
    """
    least, most = _attenuations(spec, order, omega or stop_frequency(spec))
    target = spec["La_target"]
    if abs(most - target) > TOLERANCE_DB < abs(least - target):
        return bool(most > target > least)
    return _gap_in_50_digits(spec, order) >= 0 > _gap_in_50_digits(spec, order - 1)


def _gap_in_50_digits(spec: Spec, order: int) -> Decimal:
    """ε²·T_N² - (10^(La/10) - 1), which is not negative if order N meets the target."""
    with localcontext() as context:
        context.prec = 50
        value = {k: Decimal(str(v)) for k, v in spec.items() if not isinstance(v, str)}
        omega = _stop_frequency_in_50_digits(spec["filter_band"], value)
        before, now = Decimal(1), omega
        for _ in range(order - 1):
            before, now = now, 2 * omega * now - before
        gain = now if order else Decimal(1)
        ripple = Decimal(10) ** (value["ripple_db"] / 10) - 1
        return ripple * gain * gain - (Decimal(10) ** (value["La_target"] / 10) - 1)


def _stop_frequency_in_50_digits(band: str, value: Mapping[str, Decimal]) -> Decimal:
    if band == "lowpass":
        return value["fs"] / value["fc"]
    if band == "highpass":
        return value["fc"] / value["fs"]
    center, width = value["f_center"], value["bandwidth"]
    product = (center - width / 2) * (center + width / 2)
    return min(
        abs(edge - product / edge) / width for edge in (value["fs_lower"], value["fs_upper"])
    )


def exact_n(spec: Spec, omega: float | None = None) -> float:
    """n with ln(x + sqrt(x² - 1)) in place of acosh."""
    omega = omega or stop_frequency(spec)
    power = expm1(spec["La_target"] * LN10_10) / expm1(spec["ripple_db"] * LN10_10)
    return log(sqrt(power) + sqrt(power - 1)) / log(omega + sqrt(omega * omega - 1))
