"""Values of an E series that meet the specification, found by a search that judges the response.

The nearest value of every part is rarely the best choice: the exact design uses the whole ripple,
so that any change violates the limit. The search therefore starts from several designs that meet
the specification with margin (less ripple, a wider pass band, as far as the stop points allow),
rounds each one, and moves to better neighbours until there is none; the best results are perturbed
at random and improved again. The random numbers are fixed: results are reproducible.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.evaluation.checks import Check, all_pass, check_ladder
from rf_design.evaluation.judge import Judge
from rf_design.evaluation.series import nearest, values_at
from rf_design.evaluation.starts import starting_values
from rf_design.evaluation.walk import Walk
from rf_design.ladder.network import Ladder
from rf_design.prototype.characteristic import bandwidth_ratio
from rf_design.prototype.g_values import Prototype
from rf_design.specification import FilterSpec, StopPoint, frequencies_at, pass_band_grid

Integers = NDArray[np.int64]

_SEARCH_DENSITY = 8
_KICKED_ENDS = 4
_GUARD_DB = 20.0
"""Attenuation required, without stop points, where the exact design has 6 dB more."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """The ladder of series values and its checks; also those of the nearest values."""

    series: int
    ladder: Ladder
    checks: tuple[Check, ...]
    nearest_checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every line of the specification is still met."""
        return all_pass(self.checks)

    def as_json(self, exact: Ladder) -> dict[str, Any]:
        """The object in design.json, with each part's deviation from the exact value."""
        parts = zip(self.ladder.elements(), exact.values, strict=True)
        return {
            "series": f"E{self.series}",
            "elements": [
                {**part.as_json(), "deviation": part.value / wanted - 1} for part, wanted in parts
            ],
            "checks": [check.as_json() for check in self.checks],
            "pass": self.passed,
            "nearest_values_pass": all_pass(self.nearest_checks),
        }


def round_to_series(spec: FilterSpec, ladder: Ladder, shape: Prototype, series: int) -> Rounded:
    """The best values of series E12, E24 or E96 that the search finds."""
    judge = _judge(spec, ladder, shape)
    starts = starting_values(spec, ladder, shape)
    places = nearest(series, starts)
    nearest_ladder = _with_series_values(ladder, series, places[0])
    walk = Walk(judge, series, places[0].copy())
    places = walk.promising(places)
    scores = walk.descend(places)
    kicked = walk.promising(walk.kicked(places[np.argsort(scores)[:_KICKED_ENDS]]))
    scores = np.concatenate([scores, walk.descend(kicked)])
    best = np.concatenate([places, kicked])[int(scores.argmin())]
    found = _with_series_values(ladder, series, best)
    flat = shape.flat_loss_db
    return Rounded(
        series,
        found,
        check_ladder(spec, found, flat_loss_db=flat, altered=True),
        check_ladder(spec, nearest_ladder, flat_loss_db=flat, altered=True),
    )


def _judge(spec: FilterSpec, ladder: Ladder, shape: Prototype) -> Judge:
    if not spec.stop_points:
        spec = _guarded(spec, shape.order)
    grid = np.concatenate([pass_band_grid(spec, shape.order, _SEARCH_DENSITY), spec.stops_hz])
    return Judge(spec, ladder, shape.flat_loss_db, grid, spec.targets_db)


def _guarded(spec: FilterSpec, order: int) -> FilterSpec:
    """The specification with artificial stop points, so that the search keeps the band edges."""
    omega = bandwidth_ratio(spec.family, order, spec.ripple_db, _GUARD_DB + 6)
    hertz = frequencies_at(spec, np.array([omega])).tolist()
    return replace(spec, stop_points=tuple(StopPoint(f, _GUARD_DB) for f in hertz))


def _with_series_values(ladder: Ladder, series: int, places: Integers) -> Ladder:
    """The ladder with these values, each rounded to its three decimal digits."""
    return ladder.with_values([float(f"{value:.2e}") for value in values_at(series, places)])
