"""Results as result.schema.json describes them, each with a reply that answers the user as it is."""

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from rf_synth.calls.gaps import KEYS, question
from rf_synth.calls.hertz import db, show
from rf_synth.calls.orders import Orders, Response, attenuation_db
from rf_synth.calls.passband import PassBand
from rf_synth.calls.refusal import Declined
from rf_synth.calls.spec import R0, Spec, number, published_answer, ripple_edges, spec_of
from rf_synth.calls.stopband import StopPoint

if TYPE_CHECKING:
    from rf_synth.calls.solve import Draft

Result = dict[str, Any]


def outside(declined: Declined, spec: Spec) -> Result:
    """A request that is not designed here, or that no filter can meet."""
    reason = {"zh": declined.zh, "en": declined.en}
    return {
        "status": "outside",
        "spec": spec,
        "reason": reason,
        "reason_code": declined.code,
        "reply": dict(reason),
    }


def incomplete(draft: "Draft") -> Result:
    """A request that lacks something, with the question that asks for it."""
    en, zh = question(draft.missing, draft.request, draft.band, draft.stops)
    return {
        "status": "incomplete",
        "spec": partial_spec(draft),
        "missing": [key for key in KEYS if key in draft.missing],
        "question": {"zh": zh, "en": en},
        "reply": {"zh": zh, "en": en},
    }


def partial_spec(draft: "Draft") -> Spec:
    """What is known of a request without a design; edges as they are stated."""
    return spec_of(draft, draft.response, draft.passed, draft.stops.points)


def designed(
    draft: "Draft",
    response: Response,
    orders: Orders,
    edges: PassBand,
    points: Sequence[StopPoint],
) -> Result:
    """The minimum order with its proof; a given order is compared with it."""
    order = orders.order
    spec, assumed = _spec_and_assumptions(draft, response, edges, points, order)
    made: Result = {"status": "designed", "spec": spec, "order": order, "n_exact": orders.n}
    if (answer := published_answer(spec, order)) is not None:
        made["answer"] = answer
    made["assumed"] = assumed
    given = draft.request.order
    if given is not None:
        made["given_order"], made["enough"] = given, given >= order
    made["proof"] = proof = _proof(draft, response, orders, edges, points)
    made["reply"] = _reply(draft, response, orders, edges, points, proof)
    return made


def _spec_and_assumptions(
    draft: "Draft", response: Response, edges: PassBand, points: Sequence[StopPoint], order: int
) -> tuple[Spec, list[str]]:
    assert draft.band is not None
    request = draft.request
    spec = spec_of(draft, response, ripple_edges(draft.band, response, edges, order), points)
    assumed = list(request.assumed)
    if not request.family_named:
        assumed.append("filter_type")
    if "R0" not in spec and "R_source" not in spec:
        spec["R0"] = R0
        assumed.append("R0")
    if draft.passed is not None and edges != draft.passed:
        spec["f1_stated"], spec["f2_stated"] = number(draft.passed.f1), number(draft.passed.f2)  # type: ignore[arg-type]
    return spec, assumed


def _proof(
    draft: "Draft", response: Response, orders: Orders, edges: PassBand, points: Sequence[StopPoint]
) -> list[dict[str, Any]]:
    from rf_synth.calls.solve import normalised

    assert draft.band is not None
    rows = []
    for i, point in enumerate(points):
        omega = normalised(draft.band, edges, point.f)
        row: dict[str, Any] = {"f": number(point.f)}
        if point.attenuation_db is not None:
            row["attenuation_db"] = number(point.attenuation_db)
        row["at_order"] = _level(attenuation_db(response, omega, orders.order))
        row["at_order_minus_1"] = _level(attenuation_db(response, omega, orders.order - 1))
        row["decides"] = i == orders.decides
        rows.append(row)
    return rows


def _level(value: float) -> float | None:
    """dB to six decimals; None where nothing passes at all."""
    return round(value, 6) if isfinite(value) else None


def _reply(
    draft: "Draft",
    response: Response,
    orders: Orders,
    edges: PassBand,
    points: Sequence[StopPoint],
    proof: list[dict[str, Any]],
) -> dict[str, str]:
    order, given = orders.order, draft.request.order
    n = _n_text(orders.n, order)
    if given is None:
        return {"zh": f"{order} 阶（n = {n}）。", "en": f"Order {order} (n = {n})."}
    if given == order:
        return {
            "zh": f"{given} 阶正好够用，也是最低阶数（n = {n}）。",
            "en": f"Order {given} is enough and the least that is (n = {n}).",
        }
    if given > order:
        return {
            "zh": f"{given} 阶够用，{order} 阶就已满足（n = {n}）。",
            "en": f"Order {given} is enough; {order} would do (n = {n}).",
        }
    point = points[orders.decides]
    from rf_synth.calls.solve import normalised

    reached = attenuation_db(response, normalised(draft.band or "", edges, point.f), given)
    at = show(point.f, draft.request)
    return {
        "zh": f"{given} 阶不够：在 {at} 处只有 {reached:.1f} dB，要求 {db(point.attenuation_db or 0)}，需要 {order} 阶（n = {n}）。",
        "en": f"Order {given} is not enough: it reaches {reached:.1f} dB at {at} where {db(point.attenuation_db or 0)} "
        f"are required. Order {order} is needed (n = {n}).",
    }


def _n_text(n: float, order: int) -> str:
    """n with as many decimals as tell it from a whole number."""
    for decimals in range(2, 10):
        text = f"{n:.{decimals}f}"
        if float(text) != round(n):
            return text
    return str(order) if n > order else f"{n:.10g}"


def given_order_only(draft: "Draft", response: Response) -> Result:
    """A design of the order that is given, without a stop band to check it against."""
    order, edges = draft.request.order, draft.passed
    assert order is not None and edges is not None
    points = draft.stops.points
    spec, assumed = _spec_and_assumptions(draft, response, edges, points, order)
    made: Result = {
        "status": "designed",
        "spec": spec,
        "order": order,
        "assumed": assumed,
        "given_order": order,
    }
    proof = _proof(draft, response, Orders(order, float(order), -1), edges, points)
    if proof:
        made["proof"] = proof
    reached_en = [
        f"{row['at_order']:.1f} dB at {show(p.f, draft.request)}"
        for row, p in zip(proof, points, strict=True)
        if row["at_order"] is not None
    ]
    reached_zh = [
        f"{show(p.f, draft.request)} 处衰减 {row['at_order']:.1f} dB"
        for row, p in zip(proof, points, strict=True)
        if row["at_order"] is not None
    ]
    more_en = f": {', '.join(reached_en)}" if reached_en else ", as given"
    more_zh = f"：{'，'.join(reached_zh)}" if reached_zh else "（按给定阶数）"
    made["reply"] = {"zh": f"{order} 阶{more_zh}。", "en": f"Order {order}{more_en}."}
    return made
