"""Yield: how many filters built from parts with a tolerance meet the specification."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.evaluation.checks import TOLERANCE_DB
from rf_design.ladder.network import Ladder
from rf_design.response.loss import losses_db
from rf_design.specification import FilterSpec, pass_band_grid

Floats = NDArray[np.float64]

_CHUNK = 500
_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Yield:
    """Of `samples` filters `passed` meet every line; the interval is Wilson's at 95 %.

    Percentiles, in dB, are of the largest pass-band loss (95th) and of the least margin at a stop
    point (5th; None without stop points).
    """

    tolerance: float
    samples: int
    seed: int
    passed: int
    pass_band_ok: int
    stop_band_ok: int
    pass_band_loss_95_db: float
    stop_margin_5_db: float | None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the yield."""
        return wilson_interval(self.passed, self.samples)

    def as_json(self) -> dict[str, Any]:
        """The object in design.json."""
        return {
            "tolerance": self.tolerance,
            "distribution": "uniform",
            "samples": self.samples,
            "seed": self.seed,
            "yield": self.passed / self.samples,
            "interval_95": list(self.interval),
            "pass_band_yield": self.pass_band_ok / self.samples,
            "stop_band_yield": self.stop_band_ok / self.samples,
            "pass_band_loss_95_db": self.pass_band_loss_95_db,
            "stop_margin_5_db": self.stop_margin_5_db,
        }


def monte_carlo(
    spec: FilterSpec,
    ladder: Ladder,
    *,
    flat_loss_db: float = 0.0,
    tolerance: float = 0.05,
    samples: int = 1000,
    seed: int = 0,
) -> Yield:
    """The yield with every part uniformly and independently within ±`tolerance` of its value.

    Sample i uses the factors in row i of `default_rng(seed).uniform(1 - t, 1 + t, (samples, M))`.
    """
    factors = np.random.default_rng(seed).uniform(
        1 - tolerance, 1 + tolerance, (samples, len(ladder.values))
    )
    worst, margin = _measure(spec, ladder, factors * np.array(ladder.values))
    worst -= flat_loss_db
    margin -= flat_loss_db
    pass_ok = worst <= spec.ripple_db + TOLERANCE_DB
    stop_ok = margin >= -TOLERANCE_DB
    return Yield(
        tolerance,
        samples,
        seed,
        int(np.count_nonzero(pass_ok & stop_ok)),
        int(np.count_nonzero(pass_ok)),
        int(np.count_nonzero(stop_ok)),
        float(np.percentile(worst, 95)),
        float(np.percentile(margin, 5)) if spec.stop_points else None,
    )


def _measure(spec: FilterSpec, ladder: Ladder, values: Floats) -> tuple[Floats, Floats]:
    """Largest pass-band loss and least margin at the stop points of each row of `values`."""
    grid = pass_band_grid(spec, len(ladder.structure), 16)
    frequencies = np.concatenate([grid, spec.stops_hz])
    ends = (ladder.source_ohm, ladder.load_ohm)
    worst, margin = np.empty(len(values)), np.full(len(values), np.inf)
    for start in range(0, len(values), _CHUNK):
        rows = slice(start, start + _CHUNK)
        loss = losses_db(ladder.structure, values[rows], frequencies, ends)
        worst[rows] = loss[:, : grid.size].max(axis=1)
        if spec.stop_points:
            margin[rows] = (loss[:, grid.size :] - spec.targets_db).min(axis=1)
    return worst, margin


def wilson_interval(passed: int, samples: int, z: float = _Z_95) -> tuple[float, float]:
    """Wilson's score interval of a share. Source: E. B. Wilson, JASA 22 (1927), pp. 209-212."""
    share = passed / samples
    scale = 1 + z * z / samples
    middle = (share + z * z / (2 * samples)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / samples + z * z / (4 * samples**2))
    return max(0.0, middle - half), min(1.0, middle + half)
