"""Scores of how well sets of part values meet a specification, vectorised."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rf_design.ladder.network import Ladder
from rf_design.response.loss import losses_db
from rf_design.specification import FilterSpec

Floats = NDArray[np.float64]

_STOP_SCALE_DB = 3.0
"""A stop point missed by this much counts like a pass band with twice its ripple."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Scores many sets of values at once; 0 or less means that the specification is met.

    `grid_hz` holds the frequencies of the pass band, then those of the stop points, whose required
    attenuation in dB is `targets_db`. Losses are relative to `flat_loss_db`.
    """

    spec: FilterSpec
    ladder: Ladder
    flat_loss_db: float
    grid_hz: Floats
    targets_db: Floats

    @property
    def terminations(self) -> tuple[float, float]:
        """Source and load in ohm."""
        return self.ladder.source_ohm, self.ladder.load_ohm

    def __call__(self, values: Floats) -> Floats:
        """The scores, shape (B,), of values of shape (B, M), from the chain matrix."""
        loss = losses_db(self.ladder.structure, values, self.grid_hz, self.terminations)
        loss -= self.flat_loss_db
        split = self.grid_hz.size - self.targets_db.size
        return self._score(loss[:, :split].max(axis=1), loss[:, split:])

    def of_powers(self, powers: Floats) -> Floats:
        """The scores, shape (B,), of |A·Z2 + B + C·Z1·Z2 + D·Z1|² of shape (B, F)."""
        source, load = self.terminations
        split = self.grid_hz.size - self.targets_db.size
        few = np.concatenate([powers[:, :split].max(axis=1)[:, None], powers[:, split:]], axis=1)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            loss = 10 * np.log10(few / (4 * source * load)) - self.flat_loss_db
        return self._score(loss[:, 0], loss[:, 1:])

    def _score(self, passing_db: Floats, stopping_db: Floats) -> Floats:
        score = passing_db / self.spec.ripple_db - 1
        if self.targets_db.size:
            short = (self.targets_db - stopping_db).max(axis=1) / _STOP_SCALE_DB
            score = np.maximum(score, short)
        return np.asarray(np.nan_to_num(score, nan=np.inf))
