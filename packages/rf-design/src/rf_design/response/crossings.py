"""The 3 dB points of a ladder, computed from its listed parts."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rf_design.ladder.network import Ladder
from rf_design.prototype.characteristic import HALF_POWER_DB
from rf_design.response.loss import loss_db
from rf_design.specification import FilterSpec, frequencies_at, pass_band_grid

Floats = NDArray[np.float64]

_POINTS = 65
_FARTHEST_OMEGA = 1e3


def half_power_points(spec: FilterSpec, ladder: Ladder) -> tuple[float, ...] | None:
    """Frequencies in Hz where the loss exceeds the least pass-band loss by HALF_POWER_DB.

    One for low- and high-pass, two for band-pass and band-stop; None if the loss stays below that
    level up to Ω = 1000.
    """
    least = float(np.min(loss_db(ladder, pass_band_grid(spec, len(ladder.structure)))))

    def excess(f_hz: Floats) -> Floats:
        return loss_db(ladder, f_hz) - least - HALF_POWER_DB

    sides = (0, 1) if spec.has_two_edges else (0,)
    found = [_outermost(spec, excess, side) for side in sides]
    return None if None in found else tuple(f for f in found if f is not None)


def _outermost(spec: FilterSpec, excess: Callable[[Floats], Floats], side: int) -> float | None:
    """The frequency on one side beyond which the loss stays above the level."""

    def at(omega: Floats) -> Floats:
        pairs = np.sort(frequencies_at(spec, omega))
        if not spec.has_two_edges:
            return pairs if spec.band == "lowpass" else pairs[::-1]
        half = pairs[: omega.size], pairs[omega.size :]
        outward = spec.band == "bandpass"
        chosen = half[side]
        return chosen[::-1] if (side == 0) == outward else chosen

    low, high = 0.5, _FARTHEST_OMEGA
    for _ in range(12):
        grid = np.geomspace(low, high, _POINTS)
        below = np.flatnonzero(excess(at(grid)) <= 0)
        if below.size == 0 or below[-1] == _POINTS - 1:
            return None
        low, high = float(grid[below[-1]]), float(grid[below[-1] + 1])
        if high - low <= 1e-14 * high:
            break
    return float(at(np.array([(low + high) / 2]))[0])
