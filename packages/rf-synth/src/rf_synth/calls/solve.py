"""Solves a call of design_filter: its result is designed, incomplete or outside."""

from decimal import Context, Decimal, localcontext

from rf_synth.calls import result
from rf_synth.calls.arguments import stated_texts
from rf_synth.calls.bands import BANDSTOP
from rf_synth.calls.bandstop import least_bandstop
from rf_synth.calls.draft import Draft
from rf_synth.calls.gaps import stop_gaps
from rf_synth.calls.hertz import db
from rf_synth.calls.orders import Orders, Requirement, Response, least_order
from rf_synth.calls.passband import PassBand, infer_band, pass_band
from rf_synth.calls.quantities import HALF_POWER_DB
from rf_synth.calls.read import read_request
from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import Request, RippleStatement
from rf_synth.calls.result import Result
from rf_synth.calls.ripple import MAX_DB, MIN_DB, ripple_db
from rf_synth.calls.selectivity import omega
from rf_synth.calls.stopband import stop_band
from rf_synth.specs.minimum_order import MAX_ORDER

_RIPPLE_BELOW_DB = 3
"""Without a stated ripple, edges at a lower level than this are edges of the ripple band."""
_EXACT = Context(prec=60)


def solve_call(arguments: object, *, strict: bool = False) -> Result:
    """Solves a call: the filter, a question for what is missing, or the reason to decline.

    Parameters
    ----------
    arguments
        The arguments of `design_filter` as in call.schema.json; anything else is declined.
    strict
        Ask for a missing impedance instead of assuming 50 ohm.

    Returns
    -------
    dict
        A result as in result.schema.json, for every JSON value.
    """
    with localcontext(_EXACT):
        try:
            request = read_request(stated_texts(arguments))
        except Declined as declined:
            return result.outside(declined)
        draft = Draft(request)
        try:
            _fill(draft, strict)
            if request.problem is not None:
                return result.outside(request.problem, draft)
            return result.incomplete(draft) if draft.missing else _design(draft)
        except Declined as declined:
            return result.outside(request.problem or declined, draft)


def _fill(draft: Draft, strict: bool) -> None:
    """Fills in everything but the order, then raises the first contradiction found."""
    request = draft.request
    contradiction: Declined | None = None
    for step in (_fill_response, _fill_pass_band, _fill_stop_band, _check_levels):
        try:
            step(draft)
        except Declined as declined:
            contradiction = contradiction or declined
    if contradiction is not None:
        raise contradiction
    if request.family_undecided:
        draft.missing.add("filter_type")
    gaps = stop_gaps(draft.band, draft.passed, draft.stops)
    if request.order is None:
        draft.missing |= gaps
    elif not draft.stops.empty:  # without a level, the answer is what the given order reaches
        draft.missing |= gaps - {"La_target"}
    if draft.band is None and _determines_band(draft.missing):
        draft.missing.discard("filter_band")
    if request.unitless and not draft.missing:
        draft.missing.add("fs")
    if strict and request.z0 is request.z_source is request.z_load is None:
        draft.missing.add("R0")


def _determines_band(missing: set[str]) -> bool:
    """Whether asking for what is missing also settles low-pass or high-pass.

    Pass edge and stop edge together determine it, so asking for one of them is enough if the
    other is known.
    """
    return len(missing & {"fc", "fs"}) == 1


def _fill_pass_band(draft: Draft) -> None:
    request = draft.request
    draft.band = request.band or infer_band(request)
    if draft.band is None:
        draft.missing.add("filter_band")
        if request.edge is request.f1 is request.f2 is None:
            draft.missing.add("fc")
        return
    found = pass_band(request, draft.band)
    if isinstance(found, PassBand):
        draft.passed = found
    else:
        draft.missing |= set(found)


def _fill_stop_band(draft: Draft) -> None:
    draft.stops = stop_band(draft.request, draft.band, draft.passed)


# --- levels ------------------------------------------------------------------------------------


def _fill_response(draft: Draft) -> None:
    """The response, from the strictest limit on the ripple and the level of the edges."""
    request = draft.request
    statements = [(ripple_db(s), s) for s in request.ripples]
    edge = None
    if request.edge_db is not None:
        edge = RippleStatement("ripple", request.edge_db)
        if not MIN_DB <= request.edge_db <= MAX_DB:
            shown = db(request.edge_db)
            raise Declined(
                "impossible",
                f"Pass edges at {shown} are impossible; the level must be above 0 dB.",
                f"以 {shown} 定义通带边缘是不可能的，电平必须大于 0 dB。",
            )
    if request.family == "butterworth":
        draft.response = _butterworth(request, statements, edge)
        return
    if edge is not None and (
        edge.value < _RIPPLE_BELOW_DB or any(edge.value < level for level, _ in statements)
    ):
        statements.append((float(edge.value), edge))
    if not statements:
        draft.missing.add("ripple_db")
        return
    ripple, statement = min(statements, key=lambda pair: pair[0])
    if edge is None or float(edge.value) <= ripple:
        edge = statement
    level = ripple if edge is statement else float(edge.value)
    draft.response = Response("chebyshev", level, ripple, edge, statement)


def _butterworth(
    request: Request, statements: list[tuple[float, RippleStatement]], edge: RippleStatement | None
) -> Response:
    """The loss at the edge of a Butterworth filter: as stated, else the ripple, else 3 dB."""
    if edge is None and statements:
        edge = min(statements, key=lambda pair: pair[0])[1]
    elif edge is None:
        request.assumed.append("edge_db")
        edge = RippleStatement("ripple", HALF_POWER_DB)
    level = ripple_db(edge)
    return Response("butterworth", level, level, edge, edge)


def _check_levels(draft: Draft) -> None:
    """Raises Declined for an attenuation that does not exceed the loss at the pass edge."""
    floor = draft.response.edge_db if draft.response else 0.0
    levels = [p.attenuation_db for p in draft.stops.points]
    levels += [o.attenuation_db for o in draft.stops.open]
    for level in levels:
        if level is not None and not floor < float(level) <= MAX_DB:
            raise _impossible_level(level, floor)


def _impossible_level(level: Decimal, floor: float) -> Declined:
    shown = db(level)
    if level > MAX_DB:
        en, zh = f"No filter attenuates by {shown}.", f"没有滤波器能达到 {shown} 的衰减。"
    elif floor:
        en = (
            f"The stop-band attenuation of {shown} must exceed the {db(floor)} allowed in the "
            "pass band."
        )
        zh = f"阻带衰减 {shown} 必须大于通带内允许的 {db(floor)} 衰减。"
    else:
        en = f"A stop-band attenuation of {shown} stops nothing; it must be above 0 dB."
        zh = f"阻带衰减 {shown} 没有意义，必须大于 0 dB。"
    return Declined("impossible", en, zh)


# --- design ------------------------------------------------------------------------------------


def _design(draft: Draft) -> Result:
    """The result of a complete request. Raises Declined for orders above MAX_ORDER."""
    response, passed, band = draft.response, draft.passed, draft.band
    assert response is not None and passed is not None and band is not None
    points = [p for p in draft.stops.points if p.attenuation_db is not None]
    if not points:
        return result.given_order_only(draft, response)
    levels = [(p.f, p.attenuation_db) for p in points if p.attenuation_db is not None]
    if band == BANDSTOP:
        orders, passed, needed = least_bandstop(response, levels, passed)
    else:
        needed = [Requirement.at(omega(band, passed, f), level) for f, level in levels]
        orders = least_order(response, needed)
    if orders.order > MAX_ORDER:
        raise _too_many(orders)
    return result.designed(draft, result.Found(response, orders, passed, points, needed))


def _too_many(orders: Orders) -> Declined:
    n = f"{orders.n:,.0f}"
    return Declined(
        "impossible",
        f"An order of about {n} would be needed, which cannot be built: the stop band is too "
        "close to the pass band.",
        f"需要约 {n} 阶，无法实现：阻带离通带太近。",
    )
