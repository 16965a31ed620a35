"""Designs with margin, from which the search for series values starts."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rf_design.ladder.network import Ladder
from rf_design.ladder.synthesis import Topology, denormalise
from rf_design.prototype.characteristic import attenuation_db
from rf_design.prototype.g_values import Prototype, prototype
from rf_design.specification import FilterSpec, normalised_frequency, widened

Floats = NDArray[np.float64]

_RIPPLE_SHARES = (1.0, 0.8, 0.6, 0.45, 0.3)
_STRETCHES = (0.0, 0.33, 0.67)
"""By how much of the room up to the stop points the pass band is widened, on a log scale."""


def starting_values(spec: FilterSpec, ladder: Ladder, shape: Prototype) -> Floats:
    """Values of shape (S, M): the exact design, then designs with less ripple, wider, or both."""
    rows = [ladder.values]
    topology: Topology = "pi" if ladder.structure[0].orientation == "shunt" else "tee"
    for share in _RIPPLE_SHARES:
        ripple = spec.ripple_db * share
        room = _room(spec, shape.order, ripple)
        if room <= 1:
            continue
        matched = shape if share == 1.0 else _same_load(shape, ripple)
        for stretch in _STRETCHES:
            wider = widened(replace(spec, ripple_db=ripple), room**stretch)
            rows.append(denormalise(wider, matched, topology).values)
    return np.array(rows)


def _same_load(shape: Prototype, ripple_db: float) -> Prototype:
    """A prototype with less ripple; the search compensates for a slightly different load."""
    ratio = None if shape.flat_loss_db == 0 else shape.g_load
    if ratio is not None and shape.order % 2 == 0 and shape.family == "chebyshev":
        return shape  # less ripple would require other terminations
    return prototype(shape.family, shape.order, ripple_db, ratio)


def _room(spec: FilterSpec, order: int, ripple_db: float) -> float:
    """The factor by which Ω may be divided before a stop point is missed; 0 if one already is."""
    if not spec.stop_points:
        return 1.02
    omega = normalised_frequency(spec, spec.stops_hz)
    factors = np.geomspace(1.0, 2.0, 200)
    reached = attenuation_db(spec.family, order, ripple_db, omega / factors[:, None])
    met = np.all(reached >= spec.targets_db, axis=1)
    return float(factors[met][-1]) if met.any() else 0.0
