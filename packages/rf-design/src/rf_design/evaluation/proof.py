"""Proof of the order: the attenuation of N-1, N and N+1 at every stop point."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.evaluation.checks import finite
from rf_design.prototype.characteristic import attenuation_db, real_order
from rf_design.specification import FilterSpec, normalised_frequency, spec_at_order

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One stop point: the real-valued order it needs and the attenuation in dB of N-1, N and N+1.

    `required_db` and `n_exact` are None at a frequency where only the loss is of interest.
    """

    f_hz: float
    required_db: float | None
    omega: float
    n_exact: float | None
    at_order_minus_1: float
    at_order: float
    at_order_plus_1: float
    decides: bool

    @property
    def margin_db(self) -> float | None:
        """By how much the attenuation exceeds the required one."""
        return None if self.required_db is None else self.at_order - self.required_db

    def as_json(self) -> dict[str, Any]:
        """The object in design.json."""
        return {
            "f": self.f_hz,
            "attenuation_db": self.required_db,
            "omega": finite(self.omega),
            "n": self.n_exact,
            "at_order_minus_1": finite(self.at_order_minus_1),
            "at_order": finite(self.at_order),
            "at_order_plus_1": finite(self.at_order_plus_1),
            "margin_db": finite(self.margin_db),
            "decides": self.decides,
        }


def prove(spec: FilterSpec, order: int) -> tuple[ProofLine, ...]:
    """One line per stop point, of which the hardest decides, then one per frequency of interest."""
    required = [(point.f_hz, point.attenuation_db) for point in spec.stop_points]
    points: list[tuple[float, float | None]] = [*required, *((f, None) for f in spec.shown_hz)]
    if not points:
        return ()
    hertz = np.array([f for f, _ in points])
    omegas = normalised_frequency(spec, hertz).tolist()
    needed = [
        real_order(spec.family, spec.ripple_db, need, omega)
        for (_, need), omega in zip(required, omegas, strict=False)
    ]
    below, at, above = (_attenuation(spec, order, n, hertz) for n in (order - 1, order, order + 1))
    hardest = needed.index(max(needed)) if needed else -1
    return tuple(
        ProofLine(f, need, omegas[i], needed[i] if i < len(needed) else None,
                  below[i], at[i], above[i], i == hardest)
        for i, (f, need) in enumerate(points)
    )  # fmt: skip


def _attenuation(spec: FilterSpec, order: int, other: int, f_hz: Floats) -> list[float]:
    """Attenuation in dB at each frequency with another order; order 0 is a through connection."""
    if other == 0:
        return [0.0] * f_hz.size
    omega = normalised_frequency(spec_at_order(spec, order, other), f_hz)
    found: list[float] = attenuation_db(spec.family, other, spec.ripple_db, omega).tolist()
    return found
