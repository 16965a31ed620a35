"""Results as in result.schema.json, each with a reply for the user."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from rf_synth.calls.draft import Draft
from rf_synth.calls.gaps import KEYS, question
from rf_synth.calls.hertz import db, show
from rf_synth.calls.orders import Orders, Requirement, Response, attenuation_db, attenuations_db
from rf_synth.calls.passband import PassBand
from rf_synth.calls.refusal import Declined
from rf_synth.calls.selectivity import omega
from rf_synth.calls.spec import R0, Spec, number, published_answer, ripple_edges, spec_of
from rf_synth.calls.stopband import StopPoint

Result = dict[str, Any]
Text = dict[str, str]


def outside(declined: Declined, draft: Draft | None = None) -> Result:
    """The result for a request that is not designed here, or that no filter can meet."""
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
    """The result for a request with missing values, and the question that asks for them."""
    en, zh = question(draft)
    return {
        "status": "incomplete",
        "spec": partial_spec(draft),
        "missing": [key for key in KEYS if key in draft.missing],
        "question": {"zh": zh, "en": en},
        "reply": {"zh": zh, "en": en},
    }


def partial_spec(draft: Draft) -> Spec:
    """What is known without a design; edges are the stated ones."""
    return spec_of(draft, draft.response, draft.passed, draft.stops.points)


@dataclass(slots=True)
class Found:
    """A design: response, orders, pass edges at their stated level, stop points and their Ω.

    The edges are the stated ones unless one edge of a band-stop was moved.
    """

    response: Response
    orders: Orders
    edges: PassBand
    points: Sequence[StopPoint]
    needed: Sequence[Requirement]


def designed(draft: Draft, found: Found) -> Result:
    """The result with the minimum order and its proof; a given order is compared with it."""
    order, given = found.orders.order, draft.request.order
    spec, assumed = _spec_and_assumptions(draft, found)
    made: Result = {"status": "designed", "spec": spec, "order": order, "n_exact": found.orders.n}
    answer = published_answer(spec, order)
    if answer is not None:
        made["answer"] = answer
    made["assumed"] = assumed
    if given is not None:
        made["given_order"], made["enough"] = given, given >= order
    made["proof"] = _proof(found, spec["stop_points"])
    made["reply"] = _order_reply(found.orders) if given is None else _given_reply(draft, found)
    return made


def _spec_and_assumptions(draft: Draft, found: Found) -> tuple[Spec, list[str]]:
    assert draft.band is not None and draft.passed is not None
    edges = ripple_edges(draft.band, found.response, found.edges, found.orders.order)
    spec = spec_of(draft, found.response, edges, found.points)
    assumed = list(draft.request.assumed)
    if not draft.request.family_named:
        assumed.append("filter_type")
    if "R0" not in spec and "R_source" not in spec:
        spec["R0"] = R0
        assumed.append("R0")
    if found.edges is not draft.passed:
        f1, f2 = draft.passed
        assert f1 is not None and f2 is not None
        spec["f1_stated"], spec["f2_stated"] = number(f1), number(f2)
    return spec, assumed


def _proof(found: Found, points: list[Spec]) -> list[dict[str, Any]]:
    """For each stop point the attenuations of the order and of the next lower order."""
    orders, rows = found.orders, []
    for i, (point, needed) in enumerate(zip(points, found.needed, strict=True)):
        reached = attenuations_db(found.response, needed.excess, (orders.order, orders.order - 1))
        row = {
            **point,
            "at_order": _level(reached[0]),
            "at_order_minus_1": _level(reached[1]),
            "decides": i == orders.decides,
        }
        rows.append(row)
    return rows


def _level(value: float) -> float | None:
    """dB to six decimals; None if infinite."""
    return round(value, 6) if isfinite(value) else None


# --- replies -----------------------------------------------------------------------------------


def _order_reply(orders: Orders) -> Text:
    n = _n_text(orders)
    return {"zh": f"{orders.order} 阶（n = {n}）。", "en": f"Order {orders.order} (n = {n})."}


def _n_text(orders: Orders) -> str:
    """n with enough decimals to distinguish it from an integer."""
    nearest = round(orders.n)
    for decimals in range(2, 7):
        text = f"{orders.n:.{decimals}f}"
        if float(text) != nearest:
            return text
    return str(nearest)


def _given_reply(draft: Draft, found: Found) -> Text:
    """Whether the given order is enough; if not, its attenuation at the deciding stop point."""
    orders, given = found.orders, draft.request.order
    order, n = orders.order, _n_text(orders)
    assert given is not None
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
    needed = found.needed[orders.decides]
    reached = f"{attenuation_db(found.response, needed.excess, given):.1f} dB"
    at, asked = show(found.points[orders.decides].f, draft.request), db(needed.attenuation_db)
    return {
        "zh": f"{given} 阶不够：{at} 处只有 {reached}，要求 {asked}；需要 {order} 阶（n = {n}）。",
        "en": f"Order {given} is not enough: it reaches {reached} at {at}, where {asked} is "
        f"required. Order {order} is needed (n = {n}).",
    }


def given_order_only(draft: Draft, response: Response) -> Result:
    """The result for a given order without attenuations to check it against."""
    order, edges, points = draft.request.order, draft.passed, draft.stops.points
    assert order is not None and edges is not None and draft.band is not None
    needed = [Requirement.at(omega(draft.band, edges, p.f), Decimal(0)) for p in points]
    found = Found(response, Orders(order, float(order), -1), edges, points, needed)
    spec, assumed = _spec_and_assumptions(draft, found)
    made: Result = {"status": "designed", "spec": spec, "order": order}
    made |= {"assumed": assumed, "given_order": order}
    proof = _proof(found, spec.get("stop_points", []))
    if proof:
        made["proof"] = proof
    made["reply"] = _reached_reply(draft, order, proof)
    return made


def _reached_reply(draft: Draft, order: int, proof: list[dict[str, Any]]) -> Text:
    """The attenuations of a given order at the stop frequencies of the request."""
    reached = [
        (show(point.f, draft.request), f"{row['at_order']:.1f} dB")
        for row, point in zip(proof, draft.stops.points, strict=True)
        if row["at_order"] is not None
    ]
    en = ", ".join(f"{level} at {f}" for f, level in reached)
    zh = "，".join(f"{f} 处衰减 {level}" for f, level in reached)
    return {
        "zh": f"{order} 阶：{zh}。" if zh else f"{order} 阶，按给定阶数设计。",
        "en": f"Order {order}: {en}." if en else f"Order {order}, as given.",
    }
