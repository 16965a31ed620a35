"""The specification of a filter: family, pass band, stop points and terminations, in SI units.

Pass-band edges are ripple edges: the outermost frequencies where the loss equals `ripple_db`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from rf_design.errors import DesignError
from rf_design.prototype.characteristic import bandwidth_ratio

Floats = NDArray[np.float64]
Band = Literal["lowpass", "highpass", "bandpass", "bandstop"]
Family = Literal["chebyshev", "butterworth"]
BANDS = ("lowpass", "highpass", "bandpass", "bandstop")
FAMILIES = ("chebyshev", "butterworth")
DEFAULT_OHM = 50.0


@dataclass(frozen=True, slots=True)
class StopPoint:
    """At `f_hz` the loss must be at least `attenuation_db`."""

    f_hz: float
    attenuation_db: float


@dataclass(frozen=True, slots=True)
class FilterSpec:
    """A complete specification.

    Attributes
    ----------
    edges_hz : ripple edges, one for low- and high-pass, (f1, f2) for band-pass and band-stop (for
        a band-stop the outer edges, where the two pass bands end)
    source_ohm, load_ohm : the stated terminations; a ladder may need another load
    edge_level_db : level at which the user stated the edges, if it is not the ripple; `edges_hz`
        are then right for one order only, see `spec_at_order`
    shown_hz : frequencies where the loss is reported, without a requirement
    """

    family: Family
    band: Band
    ripple_db: float
    edges_hz: tuple[float, ...]
    stop_points: tuple[StopPoint, ...] = ()
    source_ohm: float = DEFAULT_OHM
    load_ohm: float = DEFAULT_OHM
    edge_level_db: float | None = None
    shown_hz: tuple[float, ...] = ()

    @property
    def stops_hz(self) -> Floats:
        """Frequencies of the stop points."""
        return np.array([point.f_hz for point in self.stop_points])

    @property
    def targets_db(self) -> Floats:
        """Required attenuations of the stop points."""
        return np.array([point.attenuation_db for point in self.stop_points])

    @property
    def named_hz(self) -> list[float]:
        """All frequencies in the specification: edges, stop points, `shown_hz`."""
        return [*self.edges_hz, *(point.f_hz for point in self.stop_points), *self.shown_hz]

    @property
    def bandwidth_hz(self) -> float:
        """f2 - f1 of a band-pass or band-stop."""
        return self.edges_hz[1] - self.edges_hz[0]

    @property
    def geometric_center_hz(self) -> float:
        """sqrt(f1·f2) of a band-pass or band-stop, to which its resonators are tuned."""
        return float(np.sqrt(self.edges_hz[0] * self.edges_hz[1]))

    @property
    def arithmetic_center_hz(self) -> float:
        """(f1 + f2)/2 of a band-pass or band-stop, the centre that is usually stated."""
        return (self.edges_hz[0] + self.edges_hz[1]) / 2

    @property
    def fractional_bandwidth(self) -> float:
        """Ripple bandwidth over the geometric centre."""
        return self.bandwidth_hz / self.geometric_center_hz

    @property
    def has_two_edges(self) -> bool:
        """Whether the pass band, or the stop band, lies between two edges."""
        return self.band in ("bandpass", "bandstop")

    @property
    def reference_hz(self) -> float:
        """The frequency at which component Q is stated: the edge, or the geometric centre."""
        return self.geometric_center_hz if self.has_two_edges else self.edges_hz[0]


def spec_of_result(spec: Mapping[str, Any]) -> FilterSpec:
    """The complete specification in a solver's result (its key `spec`).

    Raises DesignError if something is missing, which never happens with status `designed`.
    """
    band, family = spec.get("filter_band"), spec.get("filter_type")
    if band not in BANDS or family not in FAMILIES:
        raise DesignError(f"a {family} {band} is not designed here")
    source = float(spec.get("R_source", spec.get("R0", DEFAULT_OHM)))
    ripple, level = _levels(spec)
    points = _stop_points(spec)
    return FilterSpec(
        cast(Family, family),
        cast(Band, band),
        ripple,
        _edges(spec, band),
        tuple(StopPoint(f, db) for f, db in points if db is not None),
        source,
        float(spec.get("R_load", source)),
        level,
        tuple(f for f, db in points if db is None),
    )


def _levels(spec: Mapping[str, Any]) -> tuple[float, float | None]:
    """(loss at the edges, level at which they were stated if it differs) in dB."""
    if "ripple_db" not in spec and spec["filter_type"] == "butterworth":
        return _number(spec, "edge_db"), None
    level = _number(spec, "edge_db") if "edge_db" in spec else None
    return _number(spec, "ripple_db"), level


def _number(spec: Mapping[str, Any], key: str) -> float:
    value = spec.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise DesignError(f"{key} is {value!r}, expected a number above 0")
    return float(value)


def _edges(spec: Mapping[str, Any], band: str) -> tuple[float, ...]:
    if band in ("lowpass", "highpass"):
        return (_number(spec, "fc"),)
    if "f1" in spec and "f2" in spec:
        return _number(spec, "f1"), _number(spec, "f2")
    center, half = _number(spec, "f_center"), _number(spec, "bandwidth") / 2
    if half >= center:
        raise DesignError(f"bandwidth {2 * half:g} Hz must be below 2·f_center = {2 * center:g} Hz")
    return center - half, center + half


def _stop_points(spec: Mapping[str, Any]) -> list[tuple[float, float | None]]:
    """Frequencies in Hz, each with its required attenuation in dB, or None if it has none."""
    target = spec.get("La_target")
    points = spec.get("stop_points")
    if points is None:
        points = [{"f": spec[key]} for key in ("fs", "fs_lower", "fs_upper") if key in spec]
    needs = [point.get("attenuation_db", target) for point in points]
    return [
        (float(point["f"]), None if need is None else float(need))
        for point, need in zip(points, needs, strict=True)
    ]


def spec_at_order(spec: FilterSpec, order: int, other: int) -> FilterSpec:
    """The specification for another order, which keeps the frequencies of `edge_level_db`.

    Without such a level it keeps the ripple edges and does not change.
    """
    if spec.edge_level_db is None or order == other or other < 1:
        return spec
    level = spec.edge_level_db
    now = bandwidth_ratio(spec.family, order, spec.ripple_db, level)
    then = bandwidth_ratio(spec.family, other, spec.ripple_db, level)
    return widened(spec, now / then)


def widened(spec: FilterSpec, factor: float) -> FilterSpec:
    """The specification with its pass band widened by `factor` in Ω about its geometric centre."""
    if spec.band == "lowpass":
        return replace(spec, edges_hz=(spec.edges_hz[0] * factor,))
    if spec.band == "highpass":
        return replace(spec, edges_hz=(spec.edges_hz[0] / factor,))
    scale = factor if spec.band == "bandpass" else 1 / factor
    half = spec.bandwidth_hz / 2 * scale
    upper = half + float(np.hypot(half, spec.geometric_center_hz))
    return replace(spec, edges_hz=(upper - 2 * half, upper))


def normalised_frequency(spec: FilterSpec, f_hz: Floats) -> Floats:
    """Ω of the low-pass prototype at frequencies in Hz: 1 at a ripple edge, larger beyond it.

    Source: Matthaei, Young and Jones, Microwave Filters (1964), sections 4.11 to 4.13.
    """
    with np.errstate(divide="ignore"):
        if spec.band == "lowpass":
            return np.asarray(f_hz / spec.edges_hz[0])
        if spec.band == "highpass":
            return np.asarray(spec.edges_hz[0] / f_hz)
        center_squared = spec.edges_hz[0] * spec.edges_hz[1]
        # (f - f0)(f + f0) instead of f² - f0² avoids cancellation close to the centre.
        center = np.sqrt(center_squared)
        omega = np.abs((f_hz - center) * (f_hz + center)) / (f_hz * spec.bandwidth_hz)
        return np.asarray(omega if spec.band == "bandpass" else 1 / omega)


def frequencies_at(spec: FilterSpec, omega: Floats) -> Floats:
    """Frequencies in Hz, ascending, where Ω has the given values, which must not be 0.

    One per value for low- and high-pass, two (below and above the centre) for the others.
    """
    if spec.band == "lowpass":
        return np.sort(spec.edges_hz[0] * omega)
    if spec.band == "highpass":
        return np.sort(spec.edges_hz[0] / omega)
    half = spec.bandwidth_hz / 2 * (omega if spec.band == "bandpass" else 1 / omega)
    center_squared = spec.edges_hz[0] * spec.edges_hz[1]
    upper = half + np.sqrt(half * half + center_squared)
    return np.sort(np.concatenate([center_squared / upper, upper]))


def pass_band_grid(spec: FilterSpec, order: int, density: int = 8) -> Floats:
    """Frequencies in Hz across the pass band, including every extremum of the exact response.

    Ω is cos θ with `density` steps between adjacent extrema, so that the ripple of an altered
    filter is sampled densely as well. The edges are included exactly.
    """
    steps = order * max(density // 2, 1)
    grid = frequencies_at(spec, _pass_band_omegas(steps))
    if spec.has_two_edges:
        at = (0, -1) if spec.band == "bandpass" else (steps, steps + 1)
        grid[list(at)] = spec.edges_hz
    return grid


@lru_cache(maxsize=512)
def _pass_band_omegas(steps: int) -> Floats:
    """Ω from 1 down to nearly 0 in `steps` steps of equal angle."""
    omega = np.cos(np.linspace(0, np.pi / 2, steps + 1))
    omega[-1] = min(1e-6, omega[-2] / 2)  # zero would be DC or infinite frequency
    return omega
