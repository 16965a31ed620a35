"""The grid of sampled values, which requests and answers print exactly.

A frequency is an integer number of kHz with at most four significant digits (five at the stop edges
of narrow band-pass filters). Ripple has at most two significant digits, attenuation is a multiple
of 0.5 dB.
"""

from math import floor, log10

from rf_synth.specs.draws import Draws

_STEPS = 4096
_FOUR = [round(1000 * 10 ** (step / _STEPS)) for step in range(_STEPS)]
"""Mantissas from 1000 to 9994, logarithmically spaced."""
_MANTISSAS = (
    _FOUR,
    _FOUR,
    [round(m / 10) * 10 for m in _FOUR],
    [round(m / 10) * 10 for m in _FOUR],
    [round(m / 100) * 100 for m in _FOUR],
)
"""Rounded to four, three or two digits in 40, 40 and 20 % of the draws."""

_USUAL_RIPPLES = (
    0.01, 0.02, 0.03, 0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.25, 0.3, 0.4, 0.5, 0.5, 0.5, 0.8,
    1, 1, 1.5, 2, 3,
)  # fmt: skip


class FrequencyGrid:
    """Frequencies in [low, high] Hz, log-uniform, with two to four significant digits."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high
        self._first = floor(log10(low) * _STEPS)
        self._count = floor(log10(high) * _STEPS) - self._first + 1

    def draw(self, draws: Draws) -> int:
        """A frequency in Hz."""
        while True:
            decade, place = divmod(self._first + draws.below(self._count), _STEPS)
            value: int = draws.pick(_MANTISSAS)[place] * 10 ** (decade - 3)
            if self._low <= value <= self._high:
                return value


def round_to(value: float, digits: int) -> int:
    """`value` (at least 1e6) rounded to an integer with `digits` significant digits."""
    unit: int = 10 ** (len(str(int(value))) - digits)
    return round(value / unit) * unit


def ripple_values(low: float, high: float) -> list[float]:
    """Ripples in dB within [low, high]: all with two digits, common ones repeated."""
    fine = [n / 1000 for n in range(1, 100)] + [n / 100 for n in range(10, 100)]
    every = fine + [n / 10 for n in range(10, 31)] + [float(v) for v in _USUAL_RIPPLES] * 12
    return sorted(value for value in every if low <= value <= high)


def int_if_integral(value: float) -> float | int:
    """An int if the value is integral: 40.0 dB is written 40."""
    return int(value) if value == int(value) else value
