"""Data of the page's chart: S21, S11, group delay, and the specification as areas."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_design.core import Filter
from rf_design.files.sweep import sweep_range
from rf_design.page.bodies import View
from rf_design.response.loss import loss_db
from rf_design.response.mask import pass_areas, pass_range, stop_areas
from rf_design.response.scattering import group_delay_s, scattering
from rf_design.specification import FilterSpec

Floats = NDArray[np.float64]
POINTS = 801
DEEPEST_DB = -400.0
_ROOM = 0.18
"""Relative margin of the view "transition" beyond the specified frequencies."""


def curves(built: Filter, view: View) -> dict[str, Any]:
    """Everything the chart needs for one view; markers are computed, not interpolated.

    Levels are in dB, at least DEEPEST_DB; delay is in seconds, None where it is undefined.
    """
    spec = built.spec
    low, high = view.range_hz or ranges(spec)[view.preset]
    logarithmic = view.logarithmic
    if logarithmic is None:
        logarithmic = not spec.has_two_edges and view.preset != "pass"
    f = grid(spec, low, high, logarithmic)
    return {
        "view": {"low": low, "high": high, "log": logarithmic, "preset": view.preset},
        "f": f.tolist(),
        **_traces(built, f),
        "exact_s21": _levels(-loss_db(built.ladder, f)) if built.altered else None,
        "mask": _mask(built, (low, high)),
        "markers": _markers(built, view.markers_hz),
    }


def ranges(spec: FilterSpec) -> dict[str, tuple[float, float]]:
    """The named ranges in Hz: all, the transition, the pass band."""
    named = named_frequencies(spec)
    low, high = min(named), max(named)
    margin = _ROOM * ((high - low) or high)
    whole = _whole(spec, low, high)
    near = (max(low - margin, whole[0]), min(high + margin, whole[1]))
    return {"all": whole, "transition": near, "pass": pass_range(spec)}


def _whole(spec: FilterSpec, low: float, high: float) -> tuple[float, float]:
    """The whole range of interest in Hz, wide enough for a logarithmic scale in low-/high-pass."""
    if spec.band == "lowpass":
        return spec.edges_hz[0] / 20, max(3 * spec.edges_hz[0], 1.8 * high)
    if spec.band == "highpass":
        return min(spec.edges_hz[0] / 3, low / 1.8), 20 * spec.edges_hz[0]
    return sweep_range(spec)


def named_frequencies(spec: FilterSpec) -> dict[float, str]:
    """Every frequency above 0 in the specification, in Hz, with its kind."""
    named = [
        *((f, "edge") for f in spec.edges_hz),
        *((point.f_hz, "stop") for point in spec.stop_points),
        *((f, "shown") for f in spec.shown_hz),
    ]
    return {f: kind for f, kind in named if f > 0}


def grid(spec: FilterSpec, low_hz: float, high_hz: float, logarithmic: bool) -> Floats:
    """Frequencies in Hz across a range, including exactly those of the specification within it."""
    spaced = np.geomspace if logarithmic else np.linspace
    named = np.array(list(named_frequencies(spec)))
    shown = named[(named >= low_hz) & (named <= high_hz)]
    return np.unique(np.concatenate([spaced(low_hz, high_hz, POINTS), shown]))


def _traces(built: Filter, f: Floats) -> dict[str, Any]:
    with np.errstate(all="ignore"):  # at the notch of an ideal trap nothing is transmitted
        s = scattering(built.built, f, built.quality)
        delay = group_delay_s(built.built, f, built.quality)
        s21, s11 = 20 * np.log10(np.abs(s.s21)), 20 * np.log10(np.abs(s.s11))
    return {
        "s21": _levels(s21),
        "s11": _levels(s11),
        "delay": [float(f"{d:.6g}") if np.isfinite(d) else None for d in delay.tolist()],
    }


def _markers(built: Filter, pins_hz: tuple[float, ...]) -> list[dict[str, Any]]:
    """The traces at the frequencies of the specification, then at the user's markers."""
    places = [*named_frequencies(built.spec).items(), *((f, "pin") for f in pins_hz)]
    traces = _traces(built, np.array([f for f, _ in places]))
    return [
        {"f": f, "kind": kind, **{key: values[i] for key, values in traces.items()}}
        for i, (f, kind) in enumerate(places)
    ]


def _mask(built: Filter, limits: tuple[float, float]) -> dict[str, Any]:
    """Forbidden areas of the response, as (from, to) in Hz and the limit in dB."""
    spec, floor = built.spec, built.shape.flat_loss_db + built.spec.ripple_db
    return {
        "stop": [list(area) for area in stop_areas(spec, limits)],
        "pass": [[low, high, floor] for low, high in pass_areas(spec, limits)],
    }


def _levels(db: Floats) -> list[float]:
    """Bounded levels with four decimals, finer than can be drawn, in a third of the bytes."""
    bounded = np.nan_to_num(db, nan=DEEPEST_DB, neginf=DEEPEST_DB, posinf=0.0)
    return [round(level, 4) for level in np.maximum(bounded, DEEPEST_DB).tolist()]
