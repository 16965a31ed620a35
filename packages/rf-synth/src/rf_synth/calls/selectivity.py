"""The frequency transformation to the low-pass prototype, where the stated pass edge is Ω = 1.

Low-pass f/f2, high-pass f1/f, band-pass |f² - f1·f2| / (f·(f2 - f1)), band-stop its inverse.
"""

from decimal import Decimal

from rf_synth.calls.bands import BANDPASS
from rf_synth.calls.passband import PassBand
from rf_synth.calls.quantities import INFINITE


def omega(band: str, passed: PassBand, f: Decimal) -> Decimal:
    """The exact Ω of frequency f in Hz; infinite at the centre of a band-stop."""
    f1, f2 = passed
    if f1 is None:
        assert f2 is not None
        return f / f2
    if f2 is None:
        return f1 / f
    distance, width = abs(f * f - f1 * f2), f * (f2 - f1)
    if band == BANDPASS:
        return distance / width
    return width / distance if distance else INFINITE
