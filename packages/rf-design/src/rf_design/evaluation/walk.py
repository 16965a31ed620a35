"""Local search among sets of series values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rf_design.evaluation.judge import Judge
from rf_design.evaluation.neighbours import Neighbours
from rf_design.evaluation.series import values_at
from rf_design.ladder.network import Structure

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_STEPS = 40
_KICKS = 24
_BUDGET = 20_000_000
"""Branches times frequencies times filters that a search may compute."""

_USUAL_STEPS = 12
"""Typical number of steps from a start to its end."""

_REACH_DECADES = 0.15
"""How far a part may move from its exact value, up or down: 41 %, two steps of E12."""

_FEW = 5000
"""Branches times frequencies times filters below which chain matrices are faster."""

_NEAR = 1e-6
"""Neighbours whose scores differ by less are compared by their chain matrices."""


@dataclass(frozen=True)
class Walk:
    """Steps between places of a series, within reach of those nearest to the exact design."""

    judge: Judge
    series: int
    center: Integers

    @cached_property
    def moves(self) -> Integers:
        """The moves tried from a set of places, shape (K, M)."""
        return moves_of(self.judge.ladder.structure)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Scores the neighbours of a set of places."""
        return Neighbours(self.judge, self.moves)

    @cached_property
    def reach(self) -> int:
        """By how many places a part may move, up or down."""
        return max(2, round(self.series * _REACH_DECADES))

    @cached_property
    def _table(self) -> tuple[int, Floats]:
        """The first place within reach, and the values from there on."""
        first = int(self.center.min()) - self.reach
        last = int(self.center.max()) + self.reach
        return first, values_at(self.series, np.arange(first, last + 1))

    def values(self, places: Integers) -> Floats:
        """The values at places within reach."""
        first, values = self._table
        return np.asarray(values[places - first])

    def promising(self, places: Integers) -> Integers:
        """The best rows, as many as the budget allows, at least one."""
        cost = len(self.moves) * self.judge.grid_hz.size * len(self.judge.ladder.structure)
        most = max(1, _BUDGET // (_USUAL_STEPS * cost))
        if len(places) <= most:
            return places
        scores = self.judge(values_at(self.series, places))
        return np.asarray(places[np.argsort(scores, kind="stable")[:most]])

    def within_reach(self, places: Integers) -> Integers:
        """The places, limited to those within reach of the exact design."""
        return np.asarray(np.clip(places, self.center - self.reach, self.center + self.reach))

    def kicked(self, places: Integers) -> Integers:
        """Every row several times, with most parts moved by one or two random steps."""
        kicks = np.random.default_rng(0).integers(-2, 3, (_KICKS, *places.shape))
        return self.within_reach((places + kicks).reshape(-1, places.shape[1]))

    def descend(self, places: Integers) -> Floats:
        """Improves every row of `places` until none of its neighbours is better.

        Changes `places` in place and returns the scores.
        """
        scores = self.judge(values_at(self.series, places))
        joined = _Joined()
        active = joined.first_there(places, np.arange(len(places)))
        for _ in range(_MOST_STEPS):
            if active.size == 0:
                break
            better, reached, lowest = self._step(places[active], scores[active])
            active = active[better]
            places[active], scores[active] = reached[better], lowest[better]
            active = joined.first_there(places, active)
        ends = joined.ends(len(places))
        places[:] = places[ends]
        return scores[ends]

    def _step(self, places: Integers, scores: Floats) -> tuple[NDArray[np.bool_], Integers, Floats]:
        """Per row: whether a neighbour is better, the best neighbour, and its score."""
        tried = self.within_reach(places[:, None, :] + self.moves[None, :, :])
        values = self.values(tried)
        close = self._close(places, scores, values)
        found = np.full(close.shape, np.inf)
        found[close] = self.judge(values[close])
        chosen = found.argmin(axis=1)
        row = np.arange(len(places))
        lowest = found[row, chosen]
        return lowest < scores - 1e-9, tried[row, chosen], lowest

    def _close(self, places: Integers, scores: Floats, values: Floats) -> NDArray[np.bool_]:
        """Which neighbours (R, K) may be the best of a row; their chain matrices decide.

        The scores of mirror images differ only in the last bits, which the shortcut rounds.
        """
        work = len(places) * self.judge.grid_hz.size * len(self.judge.ladder.structure)
        if work < _FEW:
            return np.ones(values.shape[:2], dtype=bool)
        found = self.neighbours.scores(self.values(places), values)
        limit = np.minimum(found.min(axis=1), scores) + _NEAR
        return np.asarray(~(found > limit[:, None]))


class _Joined:
    """Walks that reach places visited by an earlier one, from where both would coincide."""

    def __init__(self) -> None:
        self._visitor: dict[bytes, int] = {}
        self._follows: dict[int, int] = {}

    def first_there(self, places: Integers, rows: Integers) -> Integers:
        """The rows whose places are new; the others follow the row that was there before."""
        for row in rows.tolist():
            first = self._visitor.setdefault(places[row].tobytes(), row)
            if first != row:
                self._follows[row] = first
        return np.array([row for row in rows.tolist() if row not in self._follows], dtype=np.int64)

    def ends(self, count: int) -> list[int]:
        """For each row, the row whose end it shares."""
        found = list(range(count))
        for row in found:
            while found[row] in self._follows:
                found[row] = self._follows[found[row]]
        return found


def moves_of(structure: Structure) -> Integers:
    """The moves tried from a set of places, shape (K, M).

    Each part up or down; the two parts of a resonator in opposite directions, which keeps it
    tuned; each part with its mirror image, which keeps a symmetric ladder symmetric.
    """
    counts = [len(branch.kinds) for branch in structure]
    ends = np.cumsum(counts)
    size = int(ends[-1])
    moves = []
    for i in range(size):
        moves.append(_step_of(size, {i: 1}))
        mirror = _mirror(counts, i)
        if mirror > i:
            moves.append(_step_of(size, {i: 1, mirror: 1}))
    for count, end in zip(counts, ends.tolist(), strict=True):
        if count == 2:
            moves.append(_step_of(size, {end - 2: 1, end - 1: -1}))
    both_ways = np.array(moves)
    return np.concatenate([both_ways, -both_ways])


def _mirror(counts: list[int], part: int) -> int:
    """The corresponding part of the branch at the same distance from the other end."""
    per_branch = counts[0]
    branch, place = divmod(part, per_branch)
    return (len(counts) - 1 - branch) * per_branch + place


def _step_of(size: int, changes: dict[int, int]) -> Integers:
    step = np.zeros(size, dtype=np.int64)
    for place, change in changes.items():
        step[place] = change
    return step
