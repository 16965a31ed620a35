"""A band-pass as coupled resonators: coupling coefficients, external Q, unloaded Q and loss.

Source: Matthaei, Young and Jones, Microwave Filters (1964), section 8.02; S. B. Cohn,
"Dissipation loss in multiple-coupled-resonator filters", Proc. IRE 47 (1959), pp. 1342-1348.
"""

import math
from dataclasses import dataclass
from typing import Any

from rf_design.prototype.characteristic import bandwidth_ratio
from rf_design.prototype.g_values import Prototype
from rf_design.specification import FilterSpec

_NEPER_DB = 20 / math.log(10.0) / 2
"""4.343 dB: half a neper, since a resonator's loss is one of power."""


@dataclass(frozen=True, slots=True)
class Couplings:
    """k between neighbours and the external Q at both ends, for a fractional bandwidth."""

    k: tuple[float, ...]
    q_source: float
    q_load: float
    fractional_bandwidth: float
    of_bandwidth: str

    def as_json(self) -> dict[str, Any]:
        """The object in design.json."""
        return {
            "k": list(self.k),
            "q_e": self.q_source,
            "q_e_load": self.q_load,
            "fractional_bandwidth": self.fractional_bandwidth,
            "of_bandwidth": self.of_bandwidth,
        }


def couplings(
    shape: Prototype, fractional_bandwidth: float, of_bandwidth: str = "ripple"
) -> Couplings:
    """k and Q_e for a fractional bandwidth between the "ripple" edges or the "3 dB" points.

    k(i,i+1) = FBW/sqrt(g(i)·g(i+1)), Q_e = g(0)·g(1)/FBW with FBW of the ripple bandwidth.
    """
    if of_bandwidth not in ("ripple", "3 dB"):
        raise ValueError(f"of_bandwidth is {of_bandwidth!r}, expected 'ripple' or '3 dB'")
    ripple_bandwidth = fractional_bandwidth
    if of_bandwidth == "3 dB":
        ripple_bandwidth /= bandwidth_ratio(shape.family, shape.order, shape.ripple_db)
    k = tuple(
        ripple_bandwidth / math.sqrt(left * right)
        for left, right in zip(shape.g, shape.g[1:], strict=False)
    )
    return Couplings(
        k,
        shape.g[0] / ripple_bandwidth,
        shape.g[-1] * shape.g_load / ripple_bandwidth,
        fractional_bandwidth,
        of_bandwidth,
    )


def couplings_of(spec: FilterSpec, shape: Prototype) -> Couplings | None:
    """The couplings of a band-pass; None for other bands."""
    return couplings(shape, spec.fractional_bandwidth) if spec.band == "bandpass" else None


def mid_band_loss_db(sum_g: float, fractional_bandwidth: float, unloaded_q: float) -> float:
    """Loss at the centre of a band-pass: 4.343·Σg/(FBW·Q_u) dB, for small losses."""
    return _NEPER_DB * sum_g / (fractional_bandwidth * unloaded_q)


def unloaded_q_needed(sum_g: float, fractional_bandwidth: float, loss_db: float) -> float:
    """The unloaded Q that keeps the mid-band loss at `loss_db`."""
    return _NEPER_DB * sum_g / (fractional_bandwidth * loss_db)


def combined_q(inductor: float | None, capacitor: float | None) -> float | None:
    """1/Q = 1/Q_L + 1/Q_C of a resonator; None if neither part has losses."""
    losses = [1 / q for q in (inductor, capacitor) if q is not None]
    return 1 / sum(losses) if losses else None
