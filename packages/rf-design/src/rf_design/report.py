"""A design as JSON: complete as in design.json, or brief as in a line of a batch."""

import json
from typing import Any

from rf_design.core import Design, Filter
from rf_design.prototype.characteristic import transfer_function

_FROM_RESULT = ("order", "given_order", "enough", "n_exact", "assumed", "answer")
_LAST = ("missing", "question", "reason", "reason_code", "reply")
_EMPTY: dict[str, Any] = {
    "order": None, "given_order": None, "n_exact": None, "assumed": [], "frequencies": None,
    "proof": [], "topology": None, "g": [], "elements": [], "source_ohm": None, "load_ohm": None,
    "flat_loss_db": None, "checks": [], "pass": None, "transfer_function": None,
    "half_power_bandwidth_hz": None, "rounded": None, "losses": None, "tolerance": None,
    "couplings": None, "unloaded_q_needed": None, "even_order": None, "buildable": [],
}  # fmt: skip
"""Keys that are always present, with the value they have if nothing is known."""


def design_file(design: Design) -> str:
    """The text of design.json."""
    return json.dumps(design.to_json(), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def design_as_json(design: Design) -> dict[str, Any]:
    """Everything known about a design, with keys in reading order."""
    result = design.result
    found: dict[str, Any] = {"status": design.status}
    if design.request:
        found["request"] = list(design.request)
    found |= {"call": design.call, "unread": list(design.unread)}
    found["spec"] = result.get("spec", {})
    found |= _EMPTY | {key: result[key] for key in _FROM_RESULT if key in result}
    if design.filter is not None:
        found |= _orders(design.filter) | _filter_as_json(design.filter)
    found |= {"missing": [], "question": None, "reason": None}
    return found | {key: result[key] for key in _LAST if key in result}


def brief_result(design: Design) -> dict[str, Any]:
    """The solver's result with parts and checks, for one line of a batch."""
    found = dict(design.result)
    if design.filter is not None:
        found |= _orders(design.filter) | _parts(design.filter, in_words=False)
    return found


def _orders(built: Filter) -> dict[str, Any]:
    """The order of the ladder, and whether an order from the options is sufficient."""
    orders: dict[str, Any] = {"order": built.order}
    if built.options.order is not None:
        orders["given_order"] = built.order
        if built.minimum_order is not None:
            orders |= {
                "minimum_order": built.minimum_order,
                "enough": built.order >= built.minimum_order,
            }
    return orders


def _filter_as_json(built: Filter) -> dict[str, Any]:
    """The keys of design.json that describe the filter."""
    spec, shape = built.spec, built.shape
    return {
        "frequencies": _frequencies(built),
        "proof": [line.as_json() for line in built.proof],
        **_parts(built),
        "transfer_function": transfer_function(spec.family, shape.order, shape.ripple_db),
        "half_power_bandwidth_hz": _half_power_width(built),
        "rounded": _rounded(built),
        "losses": built.losses.as_json() if built.losses else None,
        "tolerance": built.yields.as_json() if built.yields else None,
        "couplings": built.couplings.as_json() if built.couplings else None,
        "unloaded_q_needed": _q_needed(built),
        "even_order": built.other_load.as_json() if built.other_load else None,
        "buildable": [concern.as_json() for concern in built.concerns],
    }


def _parts(built: Filter, *, in_words: bool = True) -> dict[str, Any]:
    ladder = built.ladder
    return {
        "topology": built.topology,
        "g": [*built.shape.g, built.shape.g_load],
        "elements": [part.as_json() for part in ladder.elements()],
        "source_ohm": ladder.source_ohm,
        "load_ohm": ladder.load_ohm,
        "flat_loss_db": built.shape.flat_loss_db,
        "checks": [check.as_json(in_words=in_words) for check in built.checks],
        "pass": built.passed,
    }


def _frequencies(built: Filter) -> dict[str, Any]:
    """Frequencies in Hz by their meaning."""
    spec = built.spec
    found: dict[str, Any] = {
        "ripple_edges": list(spec.edges_hz),
        "half_power": None if built.half_power_hz is None else list(built.half_power_hz),
    }
    if spec.has_two_edges:
        found |= {
            "f1": spec.edges_hz[0],
            "f2": spec.edges_hz[1],
            "arithmetic_center": spec.arithmetic_center_hz,
            "geometric_center": spec.geometric_center_hz,
            "fractional_bandwidth": spec.fractional_bandwidth,
        }
    if spec.edge_level_db is not None:
        found["edges_stated_at_db"] = spec.edge_level_db
    return found


def _rounded(built: Filter) -> dict[str, Any] | None:
    if built.rounded is None:
        return None
    points = built.rounded_half_power_hz
    found = built.rounded.as_json(built.ladder)
    return found | {"half_power": None if points is None else list(points)}


def _half_power_width(built: Filter) -> float | None:
    points = built.half_power_hz
    return points[1] - points[0] if points is not None and len(points) == 2 else None


def _q_needed(built: Filter) -> dict[str, Any] | None:
    if built.unloaded_q_needed is None:
        return None
    return {"for_loss_db": built.options.wanted_loss_db, "unloaded_q": built.unloaded_q_needed}
