"""The specification of a result, in Hz, dB and ohm, with the published keys where possible."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS
from rf_synth.calls.draft import Draft
from rf_synth.calls.orders import Response, edge_ratio
from rf_synth.calls.passband import PassBand
from rf_synth.calls.request import Request
from rf_synth.calls.stopband import StopPoint
from rf_synth.specs.minimum_order import spec_keys

R0 = 50
"""The assumed impedance in ohm if none is stated."""
_WHOLE_DOUBLES = 2.0**53
Spec = dict[str, Any]


def number(value: Decimal | float) -> int | float:
    """An int if the value is integral, else the nearest float; floats are rounded to 12 digits."""
    nearest = float(value)
    if nearest.is_integer() and abs(nearest) < _WHOLE_DOUBLES:
        return int(nearest)
    if type(value) is float:
        return float(f"{value:.12g}")
    return int(value) if abs(nearest) >= _WHOLE_DOUBLES and value == int(value) else nearest


def spec_of(
    draft: Draft,
    response: Response | None,
    edges: PassBand | None,
    points: Sequence[StopPoint],
) -> Spec:
    """All that is known; `edges` are those of the ripple band. No family if it is undecided."""
    request, band = draft.request, draft.band
    spec: Spec = {}
    if not request.family_undecided:
        spec["filter_type"] = request.family
    if band is not None:
        spec["filter_band"] = band
    if response is not None:
        _add_levels(request, response, spec)
    if edges is not None:
        _add_edges(edges, spec)
    elif band in (BANDPASS, BANDSTOP):
        _add_partial_edges(request, spec)
    if points:
        stops = [_point_of(p) for p in points]
        _add_stop_edges(band, edges, [stop["f"] for stop in stops], spec)
        spec["stop_points"] = stops
    _add_target(draft, spec)
    _add_impedances(request, spec)
    return spec


def _point_of(point: StopPoint) -> Spec:
    if point.attenuation_db is None:
        return {"f": number(point.f)}
    return {"f": number(point.f), "attenuation_db": number(point.attenuation_db)}


def _add_levels(request: Request, response: Response, spec: Spec) -> None:
    if response.family == "chebyshev":
        spec["ripple_db"] = number(response.ripple_db)
        if not response.at_ripple:
            spec["edge_db"] = number(response.edge_db)
    elif request.edge_db is None and request.ripples:
        spec["ripple_db"] = number(response.edge_db)
    else:
        spec["edge_db"] = number(response.edge_db)


def _add_edges(edges: PassBand, spec: Spec) -> None:
    f1, f2 = edges
    if f1 is not None and f2 is not None:
        spec["f_center"], spec["bandwidth"] = number((f1 + f2) / 2), number(f2 - f1)
        spec["f1"], spec["f2"] = number(f1), number(f2)
    else:
        spec["fc"] = number(edges.edge)


def _add_partial_edges(request: Request, spec: Spec) -> None:
    values = {"f_center": request.center, "bandwidth": request.width}
    values |= {"f1": request.f1, "f2": request.f2}
    for key, value in values.items():
        if value is not None and value.is_finite():
            spec[key] = number(value)


def _add_stop_edges(
    band: str | None, edges: PassBand | None, stops: list[float], spec: Spec
) -> None:
    """The stop edges nearest to the pass band."""
    if band == LOWPASS:
        spec["fs"] = min(stops)
    elif band == HIGHPASS:
        spec["fs"] = max(stops)
    elif band == BANDSTOP:
        spec["fs_lower"], spec["fs_upper"] = min(stops), max(stops)
    elif band == BANDPASS and edges is not None:
        middle = edges.center
        below, above = [f for f in stops if f < middle], [f for f in stops if f > middle]
        if below:
            spec["fs_lower"] = max(below)
        if above:
            spec["fs_upper"] = min(above)


def _add_target(draft: Draft, spec: Spec) -> None:
    """The attenuation, if all points have the same."""
    levels = [point.get("attenuation_db") for point in spec.get("stop_points", ())]
    stated = [o.attenuation_db for o in draft.stops.open]
    levels += [None if level is None else number(level) for level in stated]
    if levels and levels[0] is not None and levels.count(levels[0]) == len(levels):
        spec["La_target"] = levels[0]


def _add_impedances(request: Request, spec: Spec) -> None:
    source = request.z0 if request.z_source is None else request.z_source
    load = request.z0 if request.z_load is None else request.z_load
    source, load = (load, load) if source is None else (source, source if load is None else load)
    if source is None or load is None:
        return
    if source == load:
        spec["R0"] = number(source)
    else:
        spec["R_source"], spec["R_load"] = number(source), number(load)


def ripple_edges(band: str, response: Response, edges: PassBand, order: int) -> PassBand:
    """Edges of the ripple band, from edges at their stated level.

    With f0 = sqrt(f1·f2) unchanged, the width of a band-pass is divided by the edge ratio and that
    of a band-stop multiplied by it.
    """
    if response.at_ripple:
        return edges
    ratio = Decimal(edge_ratio(response, order))
    f1, f2 = edges
    if f1 is None:
        assert f2 is not None
        return PassBand(None, _rounded(f2 / ratio))
    if f2 is None:
        return PassBand(_rounded(f1 * ratio), None)
    width = (f2 - f1) / ratio if band == BANDPASS else (f2 - f1) * ratio
    upper = width / 2 + (width * width / 4 + f1 * f2).sqrt()
    return PassBand(_rounded(upper - width), _rounded(upper))


def _rounded(value: Decimal) -> Decimal:
    return Decimal(f"{value:.12g}")


def published_answer(spec: Spec, order: int) -> Spec | None:
    """The published keys with the order; None if they cannot express this filter."""
    if spec["filter_type"] != "chebyshev" or spec["filter_band"] == BANDSTOP:
        return None
    if "La_target" not in spec or "R0" not in spec:
        return None
    keys = spec_keys(spec["filter_band"])
    return {**{key: spec[key] for key in keys if key in spec}, "order": order}
