"""Ω: a stop frequency in the low-pass prototype, 1 at the stated edge of the pass band.

Low-pass f/f2, high-pass f1/f, band-pass |f² - f1·f2| / (f·(f2 - f1)), band-stop its inverse.
"""

from decimal import Decimal

from rf_synth.calls.bands import BANDPASS
from rf_synth.calls.passband import PassBand

_INFINITE = Decimal("Infinity")


def omega(band: str, passed: PassBand, f: Decimal) -> Decimal:
    """Ω of the frequency f in Hz, exact; infinite at the centre of a band-stop."""
    f1, f2 = passed
    if f1 is None:
        assert f2 is not None
        return f / f2
    if f2 is None:
        return f1 / f
    distance, width = abs(f * f - f1 * f2), f * (f2 - f1)
    if band == BANDPASS:
        return distance / width
    return width / distance if distance else _INFINITE
