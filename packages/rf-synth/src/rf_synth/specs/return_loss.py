"""Ripple from the return loss or VSWR of a lossless filter at its ripple peaks.

    ripple = -10·lg(1 - |Γ|²),   |Γ| = 10^(-RL/20) = (VSWR - 1)/(VSWR + 1)

Source: D. M. Pozar, "Microwave Engineering", 4th ed., chapters 2.3 and 4.3. Results are rounded to
four significant digits.
"""

from math import log10

RETURN_LOSSES = (10, 12, 14, 15, 16, 18, 20, 22, 25, 26)
"""Common values in dB."""
VSWRS = (1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.8, 2)


def ripple_from_return_loss(return_loss_db: float) -> float:
    """Ripple in dB of a filter with this minimum return loss in the pass band."""
    return _four_digits(-10 * log10(1 - 10 ** (-return_loss_db / 10)))


def ripple_from_vswr(vswr: float) -> float:
    """Ripple in dB of a filter with this maximum VSWR in the pass band."""
    gamma = (vswr - 1) / (vswr + 1)
    return _four_digits(-10 * log10(1 - gamma * gamma))


def _four_digits(ripple_db: float) -> float:
    return float(f"{ripple_db:.4g}")


RIPPLES: dict[str, dict[float, float]] = {
    "return_loss": {ripple_from_return_loss(value): value for value in RETURN_LOSSES},
    "vswr": {ripple_from_vswr(value): value for value in VSWRS},
}
"""Values to print instead of a ripple, by quantity and ripple in dB."""
