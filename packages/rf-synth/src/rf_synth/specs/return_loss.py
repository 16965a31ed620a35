"""Ripple by another name: the return loss or VSWR of a lossless filter at its ripple peaks.

    ripple = -10·lg(1 - |Γ|²),   |Γ| = 10^(-RL/20) = (VSWR - 1)/(VSWR + 1)

Source: D. M. Pozar, "Microwave Engineering", 4th ed., chapters 2.3 and 4.3. The answer's ripple_db
has four significant digits.
"""

from math import log10

RETURN_LOSSES = (10, 12, 14, 15, 16, 18, 20, 22, 25, 26)
"""dB, as engineers ask for them."""
VSWRS = (1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.8, 2)


def ripple_from_return_loss(return_loss_db: float) -> float:
    """Ripple in dB of a filter whose pass-band return loss touches `return_loss_db`."""
    return _four_digits(-10 * log10(1 - 10 ** (-return_loss_db / 10)))


def ripple_from_vswr(vswr: float) -> float:
    """Ripple in dB of a filter whose pass-band VSWR touches `vswr`."""
    gamma = (vswr - 1) / (vswr + 1)
    return _four_digits(-10 * log10(1 - gamma * gamma))


def _four_digits(ripple_db: float) -> float:
    return float(f"{ripple_db:.4g}")


RIPPLES: dict[str, dict[float, float]] = {
    "return_loss": {ripple_from_return_loss(value): value for value in RETURN_LOSSES},
    "vswr": {ripple_from_vswr(value): value for value in VSWRS},
}
"""Name of the quantity → ripple in dB → value that is printed instead."""
