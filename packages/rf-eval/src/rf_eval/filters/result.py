"""The result of a solved call as a filter design that can be simulated."""

from collections.abc import Mapping
from typing import Any

from rf_eval.filters.design import MAX_ORDER, Design, number, whole

FAMILIES = ("chebyshev", "butterworth")
SINGLE_EDGED = ("lowpass", "highpass")
HALF_POWER_DB = 3.010299956639812
DOUBLE_EDGED = ("bandpass", "bandstop")


def read_result(result: Mapping[str, Any]) -> Design | str:
    """The design that a result describes (`spec` and `order`), or one line why it is not one.

    Edges are ripple edges in Hz. A design may have no stop points if its order was given.
    """
    if result.get("status") != "designed":
        return f"status is {result.get('status')}"
    spec = result.get("spec")
    if not isinstance(spec, Mapping):
        return "spec is missing"
    try:
        return _design(spec, result)
    except ValueError as error:
        return str(error)


def _design(spec: Mapping[str, Any], result: Mapping[str, Any]) -> Design:
    """Raises ValueError with the reason if the numbers are not a design."""
    family, band = spec.get("filter_type"), spec.get("filter_band")
    if family not in FAMILIES or band not in SINGLE_EDGED + DOUBLE_EDGED:
        raise ValueError(f"no ladder for {family} {band}")
    order = whole(result.get("order"))
    if order is None or not 1 <= order <= MAX_ORDER:
        raise ValueError(f"order is not an integer from 1 to {MAX_ORDER}")
    points = _stop_points(spec.get("stop_points") or [])
    levels = tuple(level for _, level in points)
    return Design(
        band,
        edge_level(spec),
        tuple(_positive(spec, key) for key in (("fc",) if band in SINGLE_EDGED else ("f1", "f2"))),
        tuple(hertz for hertz, _ in points),
        _positive(spec, "R0" if "R0" in spec or "R_source" not in spec else "R_source"),
        max(levels, default=0.0),
        order,
        family,
        levels,
    )


def edge_level(spec: Mapping[str, Any]) -> float:
    """The loss in dB at the pass edges of a specification: its ripple, or for a Butterworth filter
    without ripple the level of its edge, by default half power. Raises ValueError.
    """
    if spec.get("filter_type") == "butterworth" and "ripple_db" not in spec:
        return _positive(spec, "edge_db") if "edge_db" in spec else HALF_POWER_DB
    return _positive(spec, "ripple_db")


def _stop_points(stated: object) -> list[tuple[float, float]]:
    """(frequency in Hz, attenuation in dB) of each stop point. Raises ValueError."""
    if not isinstance(stated, list) or not all(isinstance(point, Mapping) for point in stated):
        raise ValueError("stop_points are no list of objects")
    return [(_positive(point, "f"), _positive(point, "attenuation_db")) for point in stated]


def _positive(numbers: Mapping[str, Any], key: str) -> float:
    value = number(numbers.get(key))
    if value is None or value <= 0:
        raise ValueError(f"{key} is {numbers.get(key)!r}, expected a positive number")
    return value
