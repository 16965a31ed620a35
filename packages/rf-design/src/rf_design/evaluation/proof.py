"""Why this order and not the next smaller one: the attenuation of both at every stop point."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.prototype.characteristic import attenuation_db, real_order
from rf_design.specification import FilterSpec, normalised_frequency, spec_at_order

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One stop point: the real order it needs and the attenuation in dB of N-1, N and N+1."""

    f_hz: float
    required_db: float
    omega: float
    n_exact: float
    at_order_minus_1: float
    at_order: float
    at_order_plus_1: float
    decides: bool

    def as_json(self) -> dict[str, Any]:
        """The object that stands in design.json."""
        return {
            "f": self.f_hz,
            "attenuation_db": self.required_db,
            "omega": self.omega,
            "n": self.n_exact,
            "at_order_minus_1": self.at_order_minus_1,
            "at_order": self.at_order,
            "at_order_plus_1": self.at_order_plus_1,
            "margin_db": self.at_order - self.required_db,
            "decides": self.decides,
        }


def prove(spec: FilterSpec, order: int) -> tuple[ProofLine, ...]:
    """A line for each stop point with a finite, positive frequency; the hardest one decides."""
    points = [point for point in spec.stop_points if point.f_hz > 0]
    if not points:
        return ()
    omegas = normalised_frequency(spec, np.array([point.f_hz for point in points]))
    needed = [
        real_order(spec.family, spec.ripple_db, point.attenuation_db, float(omega))
        for point, omega in zip(points, omegas, strict=True)
    ]
    hertz = np.array([point.f_hz for point in points])
    below, at, above = (_attenuation(spec, order, n, hertz) for n in (order - 1, order, order + 1))
    hardest = max(needed)
    return tuple(
        ProofLine(p.f_hz, p.attenuation_db, float(omegas[i]), needed[i],
                  below[i], at[i], above[i], needed[i] == hardest)
        for i, p in enumerate(points)
    )  # fmt: skip


def _attenuation(spec: FilterSpec, order: int, other: int, f_hz: Floats) -> list[float]:
    """In dB at each frequency with another order; an order of 0 is a piece of wire."""
    if other == 0:
        return [0.0] * f_hz.size
    omega = normalised_frequency(spec_at_order(spec, order, other), f_hz)
    found: list[float] = attenuation_db(spec.family, other, spec.ripple_db, omega).tolist()
    return found
