"""Analysis of a ladder of which only the parts are known: pass band, SWR, level frequencies."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rf_design.errors import DesignError
from rf_design.ladder.network import Ladder
from rf_design.prototype.characteristic import HALF_POWER_DB
from rf_design.response.loss import loss_db
from rf_design.response.scattering import scattering

Floats = NDArray[np.float64]

_SCAN = 20001
_FINE = 4001
_REACH = 300.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """The pass band of a ladder.

    `max_swr` is that of the highest reflection peak within the pass band, `edges_hz` are the
    outermost frequencies where the reflection does not exceed it (the ripple edges), both None if
    there is no such peak. `half_power_hz` are the 3 dB points. On a side where the pass band has
    no end, edge and 3 dB point are None.
    """

    ladder: Ladder
    best_hz: float
    max_swr: float | None
    max_loss_db: float | None
    edges_hz: tuple[float | None, float | None]
    half_power_hz: tuple[float | None, float | None]

    def level_hz(self, loss_above_best_db: float) -> tuple[float | None, float | None]:
        """The frequencies below and above the pass band where the loss has risen by this much."""
        return _level(self.ladder, self.best_hz, loss_above_best_db, self.half_power_hz)


def analyse(ladder: Ladder) -> Analysis:
    """The pass band around the frequency of least loss. Raises DesignError if nothing passes."""
    scan = _scan_grid(ladder)
    loss = loss_db(ladder, scan)
    if not np.isfinite(loss).any():
        raise DesignError("the ladder passes no frequency")
    best = float(scan[int(np.nanargmin(loss))])
    half_power = _level(ladder, best, HALF_POWER_DB, (None, None))
    low, high = half_power[0] or scan[0], half_power[1] or scan[-1]
    inside = np.linspace(low, high, _FINE) if high / low < 10 else np.geomspace(low, high, _SCAN)
    reflected = np.abs(scattering(ladder, inside).s11)
    peak = _highest_peak(ladder, inside, reflected)
    if peak is None:
        return Analysis(ladder, best, None, None, (None, None), half_power)
    edges = tuple(
        None if end is None else _reflection_edge(ladder, inside, reflected, peak, upper)
        for end, upper in zip(half_power, (False, True), strict=True)
    )
    swr = (1 + peak) / (1 - peak)
    loss_at_peak = -10 * math.log10(1 - peak**2)
    return Analysis(ladder, best, swr, loss_at_peak, (edges[0], edges[1]), half_power)


def _scan_grid(ladder: Ladder) -> Floats:
    """Frequencies that span those where the reactances equal the terminations, with margin."""
    corners = []
    ohm = math.sqrt(ladder.source_ohm * ladder.load_ohm)
    for part in ladder.elements():
        ratio = ohm / part.value if part.kind == "inductor" else 1 / (ohm * part.value)
        corners.append(ratio / (2 * math.pi))
    return np.geomspace(min(corners) / _REACH, max(corners) * _REACH, _SCAN)


def _highest_peak(ladder: Ladder, f_hz: Floats, reflected: Floats) -> float | None:
    """The largest local maximum of |S11| between the 3 dB points, refined; None if there is none.

    An end without roll-off (DC of a low-pass) counts as well.
    """
    middle = reflected[1:-1]
    tops = np.flatnonzero((middle > reflected[:-2]) & (middle >= reflected[2:])) + 1
    heights = [float(_refine(ladder, f_hz[i - 1], f_hz[i + 1])) for i in tops]
    for end, inner in ((0, 1), (-1, -2)):
        if reflected[inner] <= reflected[end] < 0.5:
            heights.append(float(reflected[end]))
    heights = [height for height in heights if height > 1e-9]
    return max(heights) if heights else None


def _refine(ladder: Ladder, low: float, high: float) -> float:
    peak = 0.0
    for _ in range(4):
        fine = np.linspace(low, high, 33)
        found = np.abs(scattering(ladder, fine).s11)
        top = int(found.argmax())
        peak = max(peak, float(found[top]))
        low, high = float(fine[max(top - 1, 0)]), float(fine[min(top + 1, 32)])
    return peak


def _reflection_edge(
    ladder: Ladder, f_hz: Floats, reflected: Floats, peak: float, upper: bool
) -> float:
    """The outermost frequency on one side where |S11| is still at most `peak`."""
    good = np.flatnonzero(reflected <= peak)
    index = int(good[-1] if upper else good[0])
    outer = f_hz[min(index + 1, f_hz.size - 1)] if upper else f_hz[max(index - 1, 0)]
    return _bisect(
        lambda f: bool(abs(scattering(ladder, np.array([f])).s11[0]) <= peak),
        float(f_hz[index]),
        float(outer),
    )[0]


def _level(
    ladder: Ladder, best: float, rise_db: float, inside: tuple[float | None, float | None]
) -> tuple[float | None, float | None]:
    """Where the loss first exceeds its minimum by `rise_db`, outwards on both sides."""
    least = float(loss_db(ladder, np.array([best]))[0])
    found: list[float | None] = []
    for start, factor in ((inside[0] or best, 1e-4), (inside[1] or best, 1e4)):
        steps = start * np.geomspace(1.0, factor, _SCAN)
        over = np.flatnonzero(loss_db(ladder, steps) - least > rise_db)
        if over.size == 0:
            found.append(None)
            continue
        index = int(over[0])
        ends = _bisect(
            lambda f: bool(loss_db(ladder, np.array([f]))[0] <= least + rise_db),
            float(steps[max(index - 1, 0)]),
            float(steps[index]),
        )
        found.append(sum(ends) / 2)
    return found[0], found[1]


def _bisect(holds: Callable[[float], bool], inside: float, outside: float) -> tuple[float, float]:
    """Narrows the interval from a frequency where a condition holds to one where it does not."""
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside, outside
