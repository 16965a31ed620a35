"""From the arguments of a call to its result: designed, incomplete or outside."""

from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from typing import Any

from rf_synth.calls import bandstop, result
from rf_synth.calls.arguments import stated_texts
from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS
from rf_synth.calls.gaps import stop_gaps
from rf_synth.calls.hertz import db
from rf_synth.calls.orders import Orders, Requirement, Response, least_order
from rf_synth.calls.passband import PassBand, infer_band, pass_band
from rf_synth.calls.quantities import HALF_POWER_DB
from rf_synth.calls.read import read_request
from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import Request, RippleStatement
from rf_synth.calls.ripple import ripple_db
from rf_synth.calls.stopband import StopBand, StopPoint, stop_band

MAX_ORDER = 1000
"""Orders above it are called impossible: nobody builds them."""
MAX_DB = 1000
_EXACT = Context(prec=60)
Result = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """A request on its way to a filter: what is known so far, and the published keys that are not."""

    request: Request
    band: str | None = None
    passed: PassBand | None = None
    response: Response | None = None
    stops: StopBand = field(default_factory=StopBand)
    missing: set[str] = field(default_factory=set)


def solve_call(arguments: object, *, strict: bool = False) -> Result:
    """The filter that the arguments of a call ask for, the question to ask, or the reason why not.

    Parameters
    ----------
    arguments
        The arguments of `design_filter`, texts as in call.schema.json. Anything else is answered too.
    strict
        Ask for the impedance where none is stated, instead of assuming 50 ohm.

    Returns
    -------
    dict
        As in result.schema.json; never raises for anything that JSON can hold.
    """
    with localcontext(_EXACT):
        try:
            request = read_request(stated_texts(arguments))
        except Declined as declined:
            return result.outside(declined, {})
        draft = Draft(request)
        try:
            _fill(draft, strict)
        except Declined as declined:
            return result.outside(request.problem or declined, result.partial_spec(draft))
        if request.problem:
            return result.outside(request.problem, result.partial_spec(draft))
        if draft.missing:
            return result.incomplete(draft)
        try:
            return _designed(draft)
        except Declined as declined:
            return result.outside(declined, result.partial_spec(draft))


def _fill(draft: Draft, strict: bool) -> None:
    """Everything that needs no order. Raises Declined for contradictions."""
    request = draft.request
    draft.response = _response(draft)
    draft.band = request.band or infer_band(request)
    if draft.band is None:
        draft.missing.add("filter_band")
    if request.family_undecided:
        draft.missing.add("filter_type")
    _fill_pass_band(draft)
    draft.stops = stop_band(request, draft.band, draft.passed)
    _check_levels(draft)
    if request.order is None:
        draft.missing |= stop_gaps(draft.band, draft.passed, draft.stops)
    elif draft.stops.waiting and not draft.missing:
        draft.missing.add("fc")
    if strict and request.z0 is None and request.z_source is None and request.z_load is None:
        draft.missing.add("R0")


def _fill_pass_band(draft: Draft) -> None:
    request = draft.request
    if draft.band is None:
        stated = (request.edge, request.f1, request.f2, request.center, request.width)
        if all(value is None for value in stated):
            draft.missing.add("fc")
        return
    found = pass_band(request, draft.band)
    if isinstance(found, PassBand):
        draft.passed = found
    else:
        draft.missing |= set(found)


def _response(draft: Draft) -> Response | None:
    """The attenuation law; None where the ripple is missing."""
    request = draft.request
    statements = [(ripple_db(s), s) for s in request.ripples]
    level = request.edge_db
    if level is not None and not level:
        raise Declined(
            "impossible",
            "Edges at 0 dB are no edges; a level above 0 dB is needed.",
            "0 dB 处没有边缘，电平必须大于 0 dB。",
        )
    edge = RippleStatement("ripple", level) if level is not None else None
    if request.family == "butterworth":
        return _butterworth(request, statements, edge)
    if edge is not None and (edge.value < 3 or any(edge.value < db for db, _ in statements)):
        statements.append((float(edge.value), edge))  # the edges of a ripple bandwidth
    if not statements:
        draft.missing.add("ripple_db")
        return None
    ripple, statement = min(statements, key=lambda pair: pair[0])
    if edge is None or float(edge.value) <= ripple:
        return Response("chebyshev", ripple, ripple, statement, statement)
    return Response("chebyshev", float(edge.value), ripple, edge, statement)


def _butterworth(
    request: Request, statements: list[tuple[float, RippleStatement]], edge: RippleStatement | None
) -> Response:
    """The loss at a Butterworth's edge: as stated, else the ripple, else half power."""
    if edge is None and statements:
        edge = min(statements, key=lambda pair: pair[0])[1]
    elif edge is None:
        request.assumed.append("edge_db")
        edge = RippleStatement("ripple", HALF_POWER_DB)
    level = ripple_db(edge)
    return Response("butterworth", level, level, edge, edge)


def _check_levels(draft: Draft) -> None:
    """Every attenuation must exceed the ripple, or what is lost at a Butterworth's edge."""
    levels = [p.attenuation_db for p in draft.stops.points] + [
        o.attenuation_db for o in draft.stops.open
    ]
    floor = draft.response.ripple_db if draft.response else 0.0
    for level in levels:
        if level is None:
            continue
        if level > MAX_DB:
            raise Declined(
                "impossible",
                f"No filter attenuates by {db(level)}.",
                f"没有滤波器能衰减 {db(level)}。",
            )
        if float(level) <= floor:
            raise _too_little(level, floor)


def _too_little(level: Decimal, floor: float) -> Declined:
    if not floor:
        return Declined(
            "impossible",
            f"A stop-band attenuation of {db(level)} is no attenuation; it must be above 0.",
            f"阻带衰减 {db(level)} 没有意义，必须大于 0。",
        )
    return Declined(
        "impossible",
        f"The stop-band attenuation of {db(level)} must exceed the {db(floor)} that the pass band may lose already.",
        f"阻带衰减 {db(level)} 必须大于通带内允许的 {db(floor)}。",
    )


# --- design ------------------------------------------------------------------------------------


def _designed(draft: Draft) -> Result:
    """The result of a complete request."""
    response, passed = draft.response, draft.passed
    assert response is not None and passed is not None and draft.band is not None
    points = [p for p in draft.stops.points if p.attenuation_db is not None]
    if not points:
        return result.given_order_only(draft, response)
    f1, f2 = passed
    if draft.band == BANDSTOP:
        assert f1 is not None and f2 is not None
        found = bandstop.least_bandstop(response, points, f1, f2)
        orders, f1, f2 = found
    else:
        orders = least_order(response, [_requirement(draft.band, passed, p) for p in points])
    if orders.order > MAX_ORDER:
        raise _too_many(orders)
    return result.designed(draft, response, orders, PassBand(f1, f2), points)


def _requirement(band: str, passed: PassBand, point: StopPoint) -> Requirement:
    assert point.attenuation_db is not None
    return Requirement(normalised(band, passed, point.f), point.attenuation_db)


def normalised(band: str, passed: PassBand, f: Decimal) -> Decimal:
    """Ω of a stop frequency, 1 at the stated edge of the pass band."""
    f1, f2 = passed
    if band == LOWPASS:
        return f / f2  # type: ignore[operator]
    if band == HIGHPASS:
        return f1 / f  # type: ignore[operator]
    assert f1 is not None and f2 is not None
    if band == BANDPASS:
        return abs(f * f - f1 * f2) / (f * (f2 - f1))
    return bandstop.omega(f, f1, f2)


def _too_many(orders: Orders) -> Declined:
    n = f"{orders.n:,.0f}"
    return Declined(
        "impossible",
        f"An order of about {n} would be needed, which cannot be built: stop and pass band are too close.",
        f"需要约 {n} 阶，无法实现：阻带离通带太近。",
    )
