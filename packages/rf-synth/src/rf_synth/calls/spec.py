"""The specification of a result: everything in Hz, dB and ohm, under the published keys where they can say it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS
from rf_synth.calls.orders import Response, edge_ratio
from rf_synth.calls.passband import PassBand
from rf_synth.calls.request import Request
from rf_synth.calls.stopband import StopPoint

if TYPE_CHECKING:
    from rf_synth.calls.solve import Draft

R0 = 50
"""Ohms assumed where no impedance is stated."""
_LADDER = ("filter_type", "filter_band", "ripple_db", "fc", "fs", "R0", "La_target")
_BANDPASS = (
    *("filter_type", "filter_band", "ripple_db", "f_center", "bandwidth"),
    *("fs_lower", "fs_upper", "R0", "La_target"),
)
Spec = dict[str, Any]


def number(value: Decimal | float) -> int | float:
    """An int where the value is whole, else the nearest float."""
    if isinstance(value, float):
        value = Decimal(f"{value:.12g}")
    return int(value) if value == value.to_integral_value() else float(value)


def spec_of(
    draft: "Draft",
    response: Response | None,
    edges: PassBand | None,
    points: Sequence[StopPoint],
) -> Spec:
    """All that is known, `edges` being those of the ripple band."""
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
    _add_stops(band, edges, points, spec)
    _add_impedances(request, spec)
    return spec


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
    for key, value in (
        ("f_center", request.center),
        ("bandwidth", request.width),
        ("f1", request.f1),
        ("f2", request.f2),
    ):
        if value is not None and value.is_finite():
            spec[key] = number(value)


def _add_stops(
    band: str | None, edges: PassBand | None, points: Sequence[StopPoint], spec: Spec
) -> None:
    if not points:
        return
    _add_stop_edges(band, edges, [p.f for p in points], spec)
    levels = {p.attenuation_db for p in points}
    if len(levels) == 1 and (level := levels.pop()) is not None:
        spec["La_target"] = number(level)
    spec["stop_points"] = [
        {"f": number(p.f)}
        if p.attenuation_db is None
        else {"f": number(p.f), "attenuation_db": number(p.attenuation_db)}
        for p in points
    ]


def _add_stop_edges(
    band: str | None, edges: PassBand | None, stops: list[Decimal], spec: Spec
) -> None:
    """The stop edges nearest to the pass band."""
    if band == LOWPASS:
        spec["fs"] = number(min(stops))
    elif band == HIGHPASS:
        spec["fs"] = number(max(stops))
    elif band == BANDSTOP:
        spec["fs_lower"], spec["fs_upper"] = number(min(stops)), number(max(stops))
    elif band == BANDPASS and edges is not None:
        below = [f for f in stops if f < edges.f1]  # type: ignore[operator]
        above = [f for f in stops if f > edges.f2]  # type: ignore[operator]
        if below:
            spec["fs_lower"] = number(max(below))
        if above:
            spec["fs_upper"] = number(min(above))


def _add_impedances(request: Request, spec: Spec) -> None:
    source = request.z_source if request.z_source is not None else request.z0
    load = request.z_load if request.z_load is not None else request.z0
    if source is None and load is None:
        return
    source = source if source is not None else load
    load = load if load is not None else source
    if source == load:
        spec["R0"] = number(source)  # type: ignore[arg-type]
    else:
        spec["R_source"], spec["R_load"] = number(source), number(load)  # type: ignore[arg-type]


def ripple_edges(band: str, response: Response, edges: PassBand, order: int) -> PassBand:
    """Edges of the ripple band, from edges at the level at which they are stated.

    A band-pass keeps its centre f0 = sqrt(f1·f2), its width shrinks by Ω of the stated edge; a band-stop's
    grows by it.
    """
    ratio = Decimal(edge_ratio(response, order))
    if ratio == 1:
        return edges
    f1, f2 = edges
    if f1 is None:
        return PassBand(None, f2 / ratio)  # type: ignore[operator]
    if f2 is None:
        return PassBand(f1 * ratio, None)
    width = (f2 - f1) / ratio if band == BANDPASS else (f2 - f1) * ratio
    half = width / 2
    upper = half + (half * half + f1 * f2).sqrt()
    return PassBand(_rounded(upper - width), _rounded(upper))


def _rounded(value: Decimal) -> Decimal:
    return Decimal(f"{value:.12g}")


def published_answer(spec: Spec, order: int) -> Spec | None:
    """The published keys with the order; None where they cannot say this filter."""
    if spec["filter_type"] != "chebyshev" or spec["filter_band"] == BANDSTOP:
        return None
    if "La_target" not in spec or "R0" not in spec:
        return None
    keys = _BANDPASS if spec["filter_band"] == BANDPASS else _LADDER
    return {**{key: spec[key] for key in keys if key in spec}, "order": order}
