"""Pass bands and normalised frequencies, for drawing plausible stop points. Frequencies in Hz."""

from dataclasses import dataclass
from math import sqrt

LADDERS = ("lowpass", "highpass")
"""Bands with one pass edge."""


@dataclass(frozen=True, slots=True)
class PassBand:
    """The pass band `f1` to `f2` in Hz of a filter of `kind`.

    For a band-stop these are the inner edges of its two pass bands; for a low-pass or high-pass
    both are its edge.
    """

    kind: str
    f1: float
    f2: float

    @property
    def is_ladder(self) -> bool:
        """Whether there is only one edge."""
        return self.kind in LADDERS

    @property
    def center(self) -> float:
        """The arithmetic centre."""
        return (self.f1 + self.f2) / 2

    @property
    def width(self) -> float:
        """f2 - f1."""
        return self.f2 - self.f1

    @property
    def reference(self) -> float:
        """The reference of multiples and offsets: the centre, or the only edge."""
        return self.f2 if self.kind == "lowpass" else self.f1 if self.is_ladder else self.center

    def edge_at(self, omega: float, *, upper: bool) -> float:
        """The frequency with the normalised frequency `omega`, above or below the pass band.

        A width of more than twice the centre puts `f1` below 0 Hz: no filter, but a request that
        has to be declined. Inside such a band not every `omega` occurs; the closest one is used.
        """
        if self.kind == "lowpass":
            return self.f2 * omega
        if self.kind == "highpass":
            return self.f1 / omega
        half = (omega if self.kind == "bandpass" else 1 / omega) * self.width / 2
        root = sqrt(max(0.0, half * half + self.f1 * self.f2))
        return root + half if upper else root - half

    def omega(self, frequency: float) -> float:
        """The normalised frequency of a stop frequency; limited to 1000 for a band-stop."""
        if self.kind == "lowpass":
            return frequency / self.f2
        if self.kind == "highpass":
            return self.f1 / frequency
        if not frequency:  # below a pass band that was rounded to begin at 0 Hz
            return 1e3 if self.kind == "bandpass" else 1e-3
        shifted = abs(frequency * frequency - self.f1 * self.f2) / (frequency * self.width)
        return shifted if self.kind == "bandpass" else 1 / max(shifted, 1e-3)


def rounded(value: float, digits: int) -> float:
    """`value` rounded to `digits` significant digits."""
    return float(f"{value:.{max(1, digits)}g}")
