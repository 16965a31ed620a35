"""Results as result.schema.json describes them, each with a reply that answers the user as it is."""

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

from rf_synth.calls.draft import Draft
from rf_synth.calls.gaps import KEYS, question
from rf_synth.calls.hertz import db, show
from rf_synth.calls.orders import Orders, Response, attenuation_db
from rf_synth.calls.passband import PassBand
from rf_synth.calls.refusal import Declined
from rf_synth.calls.selectivity import omega
from rf_synth.calls.spec import R0, Spec, number, published_answer, ripple_edges, spec_of
from rf_synth.calls.stopband import StopPoint

Result = dict[str, Any]
Text = dict[str, str]


def outside(declined: Declined, draft: Draft | None = None) -> Result:
    """A request that is not designed here, or that no filter can meet."""
    spec: Spec = {}
    if draft is not None:
        spec = partial_spec(draft)
        if not draft.request.family_named:
            spec.pop("filter_type", None)
    return {
        "status": "outside",
        "spec": spec,
        "reason": {"zh": declined.zh, "en": declined.en},
        "reason_code": declined.code,
        "reply": {"zh": declined.zh, "en": declined.en},
    }


def incomplete(draft: Draft) -> Result:
    """A request that lacks something, with the question that asks for it."""
    en, zh = question(draft)
    return {
        "status": "incomplete",
        "spec": partial_spec(draft),
        "missing": [key for key in KEYS if key in draft.missing],
        "question": {"zh": zh, "en": en},
        "reply": {"zh": zh, "en": en},
    }


def partial_spec(draft: Draft) -> Spec:
    """What is known of a request without a design; edges as they are stated."""
    return spec_of(draft, draft.response, draft.passed, draft.stops.points)


def designed(
    draft: Draft,
    response: Response,
    orders: Orders,
    edges: PassBand,
    points: Sequence[StopPoint],
) -> Result:
    """The minimum order with its proof; a given order is compared with it.

    `edges` are the pass edges at their stated level; a band-stop's may have moved.
    """
    order, given = orders.order, draft.request.order
    spec, assumed = _spec_and_assumptions(draft, response, edges, points, order)
    made: Result = {"status": "designed", "spec": spec, "order": order, "n_exact": orders.n}
    answer = published_answer(spec, order)
    if answer is not None:
        made["answer"] = answer
    made["assumed"] = assumed
    if given is not None:
        made["given_order"], made["enough"] = given, given >= order
    made["proof"] = _proof(draft, response, orders, edges, points)
    made["reply"] = (
        _order_reply(orders)
        if given is None
        else _given_reply(draft, response, orders, edges, points)
    )
    return made


def _spec_and_assumptions(
    draft: Draft, response: Response, edges: PassBand, points: Sequence[StopPoint], order: int
) -> tuple[Spec, list[str]]:
    assert draft.band is not None and draft.passed is not None
    spec = spec_of(draft, response, ripple_edges(draft.band, response, edges, order), points)
    assumed = list(draft.request.assumed)
    if not draft.request.family_named:
        assumed.append("filter_type")
    if "R0" not in spec and "R_source" not in spec:
        spec["R0"] = R0
        assumed.append("R0")
    f1, f2 = draft.passed
    if edges is not draft.passed and f1 is not None and f2 is not None and edges != draft.passed:
        spec["f1_stated"], spec["f2_stated"] = number(f1), number(f2)
    return spec, assumed


def _proof(
    draft: Draft,
    response: Response,
    orders: Orders,
    edges: PassBand,
    points: Sequence[StopPoint],
) -> list[dict[str, Any]]:
    """For each stop point what the order and the one below it reach."""
    assert draft.band is not None
    rows = []
    for i, point in enumerate(points):
        at = omega(draft.band, edges, point.f)
        row: dict[str, Any] = {"f": number(point.f)}
        if point.attenuation_db is not None:
            row["attenuation_db"] = number(point.attenuation_db)
        row["at_order"] = _level(attenuation_db(response, at, orders.order))
        row["at_order_minus_1"] = _level(attenuation_db(response, at, orders.order - 1))
        row["decides"] = i == orders.decides
        rows.append(row)
    return rows


def _level(value: float) -> float | None:
    """dB to six decimals; None where nothing passes at all."""
    return round(value, 6) if isfinite(value) else None


# --- replies -----------------------------------------------------------------------------------


def _order_reply(orders: Orders) -> Text:
    n = _n_text(orders)
    return {"zh": f"{orders.order} 阶（n = {n}）。", "en": f"Order {orders.order} (n = {n})."}


def _n_text(orders: Orders) -> str:
    """n with as many decimals as tell it from a whole number."""
    nearest = round(orders.n)
    for decimals in range(2, 7):
        text = f"{orders.n:.{decimals}f}"
        if float(text) != nearest:
            return text
    return str(nearest)


def _given_reply(
    draft: Draft,
    response: Response,
    orders: Orders,
    edges: PassBand,
    points: Sequence[StopPoint],
) -> Text:
    """Whether the order given is enough; if not, what it reaches where it falls short most."""
    order, given, n = orders.order, draft.request.order, _n_text(orders)
    assert given is not None and draft.band is not None
    if given == order:
        return {
            "zh": f"{given} 阶够用，也是最低阶数（n = {n}）。",
            "en": f"Order {given} is enough, and the least that is (n = {n}).",
        }
    if given > order:
        return {
            "zh": f"{given} 阶够用，{order} 阶就已满足（n = {n}）。",
            "en": f"Order {given} is enough; {order} would do (n = {n}).",
        }
    point = points[orders.decides]
    reached = attenuation_db(response, omega(draft.band, edges, point.f), given)
    at, asked = show(point.f, draft.request), db(point.attenuation_db or Decimal(0))
    return {
        "zh": f"{given} 阶不够：{at} 处只有 {reached:.1f} dB，要求 {asked}；需要 {order} 阶（n = {n}）。",
        "en": f"Order {given} is not enough: it reaches {reached:.1f} dB at {at}, where {asked} is "
        f"required. Order {order} is needed (n = {n}).",
    }


def given_order_only(draft: Draft, response: Response) -> Result:
    """A design of the order that is given, without a stop band to check it against."""
    order, edges, points = draft.request.order, draft.passed, draft.stops.points
    assert order is not None and edges is not None
    spec, assumed = _spec_and_assumptions(draft, response, edges, points, order)
    made: Result = {"status": "designed", "spec": spec, "order": order}
    made |= {"assumed": assumed, "given_order": order}
    proof = _proof(draft, response, Orders(order, float(order), -1), edges, points)
    if proof:
        made["proof"] = proof
    reached = [
        (show(point.f, draft.request), f"{row['at_order']:.1f} dB")
        for row, point in zip(proof, points, strict=True)
        if row["at_order"] is not None
    ]
    en = ", ".join(f"{level} at {f}" for f, level in reached)
    zh = "，".join(f"{f} 处衰减 {level}" for f, level in reached)
    made["reply"] = {
        "zh": f"{order} 阶：{zh}。" if zh else f"{order} 阶，按给定阶数设计。",
        "en": f"Order {order}: {en}." if en else f"Order {order}, as given.",
    }
    return made
