"""Losses due to finite Q: at mid-band, at the edges and at the stop points."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rf_design.evaluation.couplings import combined_q, mid_band_loss_db
from rf_design.ladder.network import Ladder
from rf_design.prototype.g_values import Prototype
from rf_design.response.chain import Quality
from rf_design.response.loss import loss_db
from rf_design.specification import FilterSpec


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses in dB of a ladder with given Q, by frequency in Hz; `mid_hz` is mid-band."""

    quality: Quality
    mid_hz: float
    mid_band_db: float
    edges: tuple[tuple[float, float], ...]
    stops: tuple[tuple[float, float], ...]
    estimate_db: float | None

    def as_json(self) -> dict[str, Any]:
        """The object in design.json."""
        return {
            "q_l": self.quality.inductor,
            "q_c": self.quality.capacitor,
            "q_at_f": self.quality.f_hz,
            "mid_band": {"f": self.mid_hz, "loss_db": self.mid_band_db},
            "edges": [{"f": f, "loss_db": loss} for f, loss in self.edges],
            "stop_points": [{"f": f, "loss_db": loss} for f, loss in self.stops],
            "mid_band_estimate_db": self.estimate_db,
        }


def losses_of(spec: FilterSpec, ladder: Ladder, shape: Prototype, quality: Quality) -> Losses:
    """Losses of the ladder with a resistor for each lossy part (see `Quality`)."""
    mid = mid_band_hz(spec)
    stops = [point.f_hz for point in spec.stop_points]
    at = np.array([mid, *spec.edges_hz, *stops])
    loss = loss_db(ladder, at, quality).tolist()
    last_edge = 1 + len(spec.edges_hz)
    q = combined_q(quality.inductor, quality.capacitor)
    estimate = None
    if q is not None and spec.band == "bandpass":
        estimate = mid_band_loss_db(sum(shape.g), spec.fractional_bandwidth, q)
    return Losses(
        quality,
        mid,
        loss[0],
        tuple(zip(spec.edges_hz, loss[1:last_edge], strict=True)),
        tuple(zip(stops, loss[last_edge:], strict=True)),
        estimate,
    )


def mid_band_hz(spec: FilterSpec) -> float:
    """A frequency well inside the pass band: the centre of a band-pass, else Ω = 0.1."""
    if spec.band == "bandpass":
        return spec.geometric_center_hz
    if spec.band == "highpass":
        return spec.edges_hz[0] * 10
    return spec.edges_hz[0] / 10
