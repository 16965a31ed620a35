"""Values from a series that keep the specification, found by judging the response.

The nearest value of every part is rarely the best choice: the exact design already uses up the
whole ripple, so any change breaks it. The search therefore starts from several designs that meet
the specification with something to spare (less ripple, a wider pass band, as far as the stop points
allow), rounds each, and then walks to better neighbours until there is none; the best ends are
shaken a few times and walk again. The same specification always gives the same parts.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.evaluation.checks import Check, all_pass, check_ladder
from rf_design.evaluation.series import nearest, values_at
from rf_design.evaluation.starts import starting_values
from rf_design.ladder.network import Ladder, Structure
from rf_design.prototype.characteristic import bandwidth_ratio
from rf_design.prototype.g_values import Prototype
from rf_design.response.loss import losses_db
from rf_design.specification import FilterSpec, StopPoint, frequencies_at, pass_band_grid

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SEARCH_DENSITY = 8
_MOST_STEPS = 40
_KICKED_ENDS = 4
_KICKS = 24
_BUDGET = 20_000_000
_USUAL_STEPS = 12
"""Branches times frequencies times filters that a search may compute, and steps of a walk."""

_REACH_DECADES = 0.15
"""How far a part may move from its exact value, either way: 41 %, two steps of E12."""

_GUARD_DB = 20.0
"""Kept where the exact design has 6 dB more."""
_STOP_SCALE_DB = 3.0
"""A stop point missed by this much counts like a pass band that has twice its ripple."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """The ladder of series values and how it meets the specification."""

    series: int
    ladder: Ladder
    checks: tuple[Check, ...]
    nearest_checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every line of the specification is still met."""
        return all_pass(self.checks)

    def as_json(self, exact: Ladder) -> dict[str, Any]:
        """The object that stands in design.json, with each part's distance from the exact one."""
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


@dataclass(frozen=True, slots=True)
class _Judge:
    """Scores many sets of values at once; 0 or less means that the specification is met."""

    spec: FilterSpec
    ladder: Ladder
    flat_loss_db: float
    grid: Floats
    targets: Floats

    def __call__(self, values: Floats) -> Floats:
        loss = losses_db(
            self.ladder.structure,
            values,
            self.grid,
            (self.ladder.source_ohm, self.ladder.load_ohm),
        )
        loss -= self.flat_loss_db
        split = self.grid.size - self.targets.size
        score = loss[:, :split].max(axis=1) / self.spec.ripple_db - 1
        if self.targets.size:
            short = (self.targets - loss[:, split:]).max(axis=1) / _STOP_SCALE_DB
            score = np.maximum(score, short)
        return np.asarray(np.nan_to_num(score, nan=np.inf))


def round_to_series(spec: FilterSpec, ladder: Ladder, shape: Prototype, series: int) -> Rounded:
    """The best set of values of the series E12, E24 or E96 that the search finds."""
    judge = _judge(spec, ladder, shape)
    starts = starting_values(spec, ladder, shape)
    places = nearest(series, starts)
    as_they_are = _with_series_values(ladder, series, places[0])
    walk = _Walk(judge, series, _moves(ladder.structure), places[0].copy())
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
        check_ladder(spec, as_they_are, flat_loss_db=flat, altered=True),
    )


def _judge(spec: FilterSpec, ladder: Ladder, shape: Prototype) -> _Judge:
    if not spec.stop_points:
        spec = _guarded(spec, shape.order)
    stops = np.array([point.f_hz for point in spec.stop_points])
    targets = np.array([point.attenuation_db for point in spec.stop_points])
    grid = np.concatenate([pass_band_grid(spec, shape.order, _SEARCH_DENSITY), stops])
    return _Judge(spec, ladder, shape.flat_loss_db, grid, targets)


def _guarded(spec: FilterSpec, order: int) -> FilterSpec:
    """Stop points of our own where none are stated, so that the search keeps the band's edges."""
    omega = bandwidth_ratio(spec.family, order, spec.ripple_db, _GUARD_DB + 6)
    hertz = frequencies_at(spec, np.array([omega])).tolist()
    return replace(spec, stop_points=tuple(StopPoint(f, _GUARD_DB) for f in hertz))


def _moves(structure: Structure) -> Integers:
    """The steps tried from a set of places, shape (K, M).

    Each part up or down; the two parts of a resonator against each other, which keeps it tuned;
    each part together with its mirror image, which keeps a symmetric ladder symmetric.
    """
    counts = [len(branch.kinds) for branch in structure]
    ends = np.cumsum(counts)
    size = int(ends[-1])
    moves = []
    for i in range(size):
        moves.append(_step(size, {i: 1}))
        mirror = _mirror(counts, i)
        if mirror > i:
            moves.append(_step(size, {i: 1, mirror: 1}))
    for count, end in zip(counts, ends.tolist(), strict=True):
        if count == 2:
            moves.append(_step(size, {end - 2: 1, end - 1: -1}))
    both_ways = np.array(moves)
    return np.concatenate([both_ways, -both_ways])


def _mirror(counts: list[int], part: int) -> int:
    """The part in the same place of the branch as far from the other end."""
    per_branch = counts[0]
    branch, place = divmod(part, per_branch)
    return (len(counts) - 1 - branch) * per_branch + place


def _step(size: int, changes: dict[int, int]) -> Integers:
    step = np.zeros(size, dtype=np.int64)
    for place, change in changes.items():
        step[place] = change
    return step


@dataclass(frozen=True, slots=True)
class _Walk:
    """Steps between places of a series, never far from those nearest to the exact design."""

    judge: _Judge
    series: int
    moves: Integers
    center: Integers

    def promising(self, places: Integers) -> Integers:
        """As many of the best rows as can walk in reasonable time, always one at least."""
        cost = len(self.moves) * self.judge.grid.size * len(self.judge.ladder.structure)
        most = max(1, _BUDGET // (_USUAL_STEPS * cost))
        if len(places) <= most:
            return places
        scores = self.judge(values_at(self.series, places))
        return np.asarray(places[np.argsort(scores, kind="stable")[:most]])

    def within_reach(self, places: Integers) -> Integers:
        """The places moved back to where a part still resembles the exact one."""
        reach = max(2, round(self.series * _REACH_DECADES))
        return np.asarray(np.clip(places, self.center - reach, self.center + reach))

    def kicked(self, places: Integers) -> Integers:
        """Every row several times, most parts moved a step or two at random."""
        kicks = np.random.default_rng(0).integers(-2, 3, (_KICKS, *places.shape))
        return self.within_reach((places + kicks).reshape(-1, places.shape[1]))

    def descend(self, places: Integers) -> Floats:
        """Walks every start (rows of `places`, changed in place) downhill; their scores."""
        scores = self.judge(values_at(self.series, places))
        active = np.ones(len(places), dtype=bool)
        for _ in range(_MOST_STEPS):
            rows = np.flatnonzero(active)
            if rows.size == 0:
                break
            tried = self.within_reach(places[rows, None, :] + self.moves[None, :, :])
            flat = tried.reshape(-1, places.shape[1])
            found = self.judge(values_at(self.series, flat)).reshape(rows.size, -1)
            chosen = found.argmin(axis=1)
            lowest = found[np.arange(rows.size), chosen]
            better = lowest < scores[rows] - 1e-9
            moved = rows[better]
            places[moved] = tried[better, chosen[better]]
            scores[moved] = lowest[better]
            active[rows[~better]] = False
        return scores


def _with_series_values(ladder: Ladder, series: int, places: Integers) -> Ladder:
    """The ladder of these values, each exactly as its three digits read."""
    return ladder.with_values([float(f"{value:.2e}") for value in values_at(series, places)])
