"""Checks of every line of the specification against the response of the listed parts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.ladder.network import Ladder
from rf_design.ladder.prefixes import without_zeros
from rf_design.prototype.characteristic import LN10_10
from rf_design.response.loss import loss_db
from rf_design.response.scattering import scattering
from rf_design.specification import FilterSpec, pass_band_grid

Floats = NDArray[np.float64]

TOLERANCE_DB = 1e-6
"""Far above the rounding error of the chain matrix, far below what can be measured."""

EXACT_DENSITY = 2
"""Grid steps between extrema for the exact ladder, whose extrema are on the grid."""

ALTERED_DENSITY = 64
"""The same for rounded or lossy parts, whose extrema have moved; the worst one is refined."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the specification: `quantity` at `f_hz`, or over the pass band if that is None.

    `margin` is the distance of `value` from `limit`, positive if the line is met; all in dB.
    """

    quantity: str
    value: float
    limit: float
    margin: float
    f_hz: float | None = None

    @property
    def passed(self) -> bool:
        """Whether the line is met, to within TOLERANCE_DB."""
        return self.margin >= -TOLERANCE_DB

    @property
    def line(self) -> str:
        """The line in words."""
        if self.quantity == "pass_band_loss_db":
            return f"loss in the pass band at most {self.limit:.4g} dB"
        if self.quantity == "return_loss_db":
            return f"return loss in the pass band at least {self.limit:.4g} dB"
        at = "" if self.f_hz is None else f" at {without_zeros(self.f_hz, 'Hz')}"
        return f"loss{at} at least {self.limit:.4g} dB"

    def as_json(self, *, in_words: bool = True) -> dict[str, Any]:
        """The object in design.json; without `line` if not `in_words`, as in a batch."""
        where = {} if self.f_hz is None else {"f": self.f_hz}
        words = {"line": self.line} if in_words else {}
        return {
            **words,
            "quantity": self.quantity,
            **where,
            "value": finite(self.value),
            "limit": self.limit,
            "margin": finite(self.margin),
            "pass": self.passed,
        }


def finite(value: float | None) -> float | None:
    """The value, or None for an infinite loss, which JSON cannot represent."""
    return value if value is not None and math.isfinite(value) else None


def check_ladder(
    spec: FilterSpec, ladder: Ladder, *, flat_loss_db: float = 0.0, altered: bool = False
) -> tuple[Check, ...]:
    """Checks the pass band and every stop point of `spec`, from the parts of `ladder`.

    Parameters
    ----------
    spec : the specification
    ladder : the parts between their terminations
    flat_loss_db : reference level of all losses, which unequal terminations impose
    altered : the parts are not those of the exact design, so the worst frequency is searched for
    """
    density = ALTERED_DENSITY if altered else EXACT_DENSITY
    grid = pass_band_grid(spec, len(ladder.structure), density)
    loss = loss_db(ladder, np.concatenate([grid, spec.stops_hz])) - flat_loss_db
    passing, stopping = loss[: grid.size], loss[grid.size :]
    worst = float(passing.max())
    if altered:
        worst = _refined_peak(spec, ladder, grid, passing + flat_loss_db) - flat_loss_db
    checks = [Check("pass_band_loss_db", worst, spec.ripple_db, spec.ripple_db - worst)]
    for point, value in zip(spec.stop_points, stopping.tolist(), strict=True):
        margin = value - point.attenuation_db
        checks.append(Check("stop_attenuation_db", value, point.attenuation_db, margin, point.f_hz))
    return tuple(checks)


def _refined_peak(spec: FilterSpec, ladder: Ladder, grid: Floats, loss: Floats) -> float:
    """The largest pass-band loss in dB, also between grid points."""
    top = int(loss.argmax())
    low, high = grid[max(top - 1, 0)], grid[min(top + 1, grid.size - 1)]
    if spec.band == "bandstop":  # neighbours on the grid may lie across the stop band
        low, high = (
            (low, min(high, spec.edges_hz[0]))
            if grid[top] <= spec.edges_hz[0]
            else (max(low, spec.edges_hz[1]), high)
        )
    worst = float(loss[top])
    for _ in range(3):
        fine = np.linspace(low, high, 33)
        found = loss_db(ladder, fine)
        top = int(found.argmax())
        low, high = fine[max(top - 1, 0)], fine[min(top + 1, fine.size - 1)]
        worst = max(worst, float(found[top]))
    return worst


def check_return_loss(spec: FilterSpec, ladder: Ladder) -> Check:
    """The least return loss in the pass band between the ladder's own terminations.

    Its limit corresponds to the ripple: |S11|² = 1 - 10^(-ripple/10).
    """
    limit_db = -10 * math.log10(-math.expm1(-spec.ripple_db * LN10_10))
    grid = pass_band_grid(spec, len(ladder.structure), ALTERED_DENSITY)
    reflected = float(np.max(np.abs(scattering(ladder, grid).s11)))
    value = -20 * float(np.log10(max(reflected, 1e-15)))
    return Check("return_loss_db", value, limit_db, value - limit_db)


def all_pass(checks: Sequence[Check]) -> bool:
    """Whether every line is met."""
    return all(check.passed for check in checks)
