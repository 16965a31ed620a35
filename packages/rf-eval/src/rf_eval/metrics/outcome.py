"""Metrics of the tool's result for a call, against the result of the reference call.

They are measured if a tool answered the calls (`--tool`). An answer without a readable call has no
result, which is wrong if a result is expected.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rf_eval.answer import Answer
from rf_eval.filters.design import Design, number, whole
from rf_eval.filters.measure import measure, measure_many
from rf_eval.filters.result import HALF_POWER_DB, read_result
from rf_eval.metrics.reading import CALL_TYPES
from rf_eval.registry import metric
from rf_eval.samples import Sample, is_call
from rf_eval.score import RIGHT, Score, not_applicable, parse_error, verdict

STATUSES = ("designed", "incomplete", "outside")
NO_RESULT = not_applicable("the record states no result")
NO_TOOL = not_applicable("no tool answered the calls")
NOT_DESIGNED = not_applicable("no design expected")
NOT_WRONG = Score(0.0)
SAME = 1e-9
"""Relative tolerance: both results are computed exactly from the same texts, then rounded."""

SPEC_KEYS = (
    "filter_type", "filter_band", "fc", "f1", "f2", "f1_stated", "f2_stated", "R0", "R_source",
    "R_load",
)  # fmt: skip
"""The keys of a result's specification that affect a design, besides levels and stop points."""


def expected_result(sample: Sample) -> Mapping[str, Any] | None:
    """`meta.result` of a record, if it has a known status."""
    result = sample.meta.get("result")
    if isinstance(result, Mapping) and result.get("status") in STATUSES:
        return result
    return None


def status_of(answer: Answer) -> str:
    """The status of the answer's result; `none` if there is no call or the status is unknown."""
    found = (answer.result or {}).get("status")
    return found if isinstance(found, str) and found in STATUSES else "none"


def _both(sample: Sample, answer: Answer) -> tuple[Mapping[str, Any], Score | None]:
    """The expected result, and the final score if there is nothing to judge."""
    expected = expected_result(sample) if is_call(sample) else None
    if expected is None:
        return {}, NO_RESULT
    return expected, None if answer.asked_tool else NO_TOOL


def _without_design(answer: Answer) -> Score:
    """The score of an answer without a result, or whose result is not a design."""
    if isinstance(answer.call, str):
        return parse_error(answer.call)
    return Score(0.0, "ok", f"status is {status_of(answer)}")


@metric("status", types=CALL_TYPES)
def status(sample: Sample, answer: Answer) -> Score:
    """The result has the expected status; labels count each pair, the confusion matrix."""
    expected, final = _both(sample, answer)
    if final is not None:
        return final
    wanted, found = str(expected["status"]), status_of(answer)
    label = f"{wanted} → {found}"
    if wanted == found:
        return Score(1.0, "ok", "", label)
    why = answer.call if isinstance(answer.call, str) else f"{found}, expected {wanted}"
    return Score(0.0, "parse_error" if isinstance(answer.call, str) else "ok", why, label)


@metric("declined", types=("outside",))
def declined(sample: Sample, answer: Answer) -> Score:
    """The request is outside what is designed here, and the result says so."""
    expected, final = _both(sample, answer)
    if final is not None or expected["status"] != "outside":
        return final or not_applicable("not outside")
    found = status_of(answer)
    return verdict(found == "outside", f"status is {found}")


@metric("declined_needlessly", types=("full", "followup_question"), higher_is_better=False)
def declined_needlessly(sample: Sample, answer: Answer) -> Score:
    """The request can be designed or completed, and is declined all the same (should be 0)."""
    expected, final = _both(sample, answer)
    if final is not None or expected["status"] == "outside":
        return final or not_applicable("outside")
    if status_of(answer) != "outside":
        return NOT_WRONG
    return Score(1.0, "ok", f"declined: {(answer.result or {}).get('reason_code')}")


@metric("wrong_design", types=CALL_TYPES, higher_is_better=False)
def wrong_design(sample: Sample, answer: Answer) -> Score:
    """A confident design that is not what was asked for (must be 0)."""
    expected, final = _both(sample, answer)
    if final is not None:
        return final
    if status_of(answer) != "designed" or answer.result is None:
        return NOT_WRONG
    if expected["status"] != "designed":
        return Score(1.0, "ok", f"designed, expected {expected['status']}")
    changed = changed_result(expected, answer.result)
    return Score(1.0, "ok", changed) if changed else NOT_WRONG


def order_of_result(sample: Sample, answer: Answer) -> Score:
    """The result's order is the expected one."""
    expected, final = _designed(sample, answer)
    if final is not None:
        return final
    wanted, found = whole(expected.get("order")), whole((answer.result or {}).get("order"))
    if wanted == found:
        return RIGHT
    return verdict(False, f"order {found}, expected {wanted}")


def order_error_of_result(sample: Sample, answer: Answer) -> Score:
    """The result's order minus the expected one."""
    expected, final = _designed(sample, answer)
    if final is not None:
        return Score(None, "parse_error", final.why) if final.value == 0 else final
    wanted, found = whole(expected.get("order")), whole((answer.result or {}).get("order"))
    if wanted is None or found is None:
        return Score(None, "parse_error", "order is no usable integer")
    return Score(float(found - wanted))


def result_meets_spec(sample: Sample, answer: Answer) -> Score:
    """The result's ladder, simulated, meets the requested specification."""
    expected, final = _designed(sample, answer)
    if final is not None:
        return final
    result = answer.result or {}
    design = result_design(answer)
    if isinstance(design, str):
        return verdict(False, design)
    if changed := changed_spec(expected, result):
        return verdict(False, changed)
    found = measure(design)
    if found.meets:
        return RIGHT
    return verdict(False, f"order {design.order} misses a stop point by {-found.margin:.4f} dB")


def minimal_result(sample: Sample, answer: Answer) -> Score:
    """The result's ladder meets the specification, but would not with one order less."""
    met = result_meets_spec(sample, answer)
    design = result_design(answer)
    if met.value != 1.0 or not isinstance(design, Design) or design.order == 1:
        return met
    if not design.stop_edges:
        return not_applicable("no stop band, so no minimum order")
    smaller = measure(design.of_order(design.order - 1))
    return verdict(not smaller.meets, f"order {design.order - 1} meets the specification too")


def prepare_results(pairs: Sequence[tuple[Sample, Answer]]) -> None:
    """Simulates the designs of a batch of results, also with one order less, together."""
    designs = []
    for sample, answer in pairs:
        if answer.result is not None and is_call(sample):
            design = result_design(answer)
            if isinstance(design, Design):
                designs += [design, design.of_order(max(1, design.order - 1))]
    measure_many(designs)


def result_design(answer: Answer) -> Design | str:
    """The design of the answer's result, or why there is none; cached for all metrics."""
    known: Design | str | None = answer.cache.get("result_design")
    if known is None:
        known = read_result(answer.result) if answer.result else "no result"
        answer.cache["result_design"] = known
    return known


def _designed(sample: Sample, answer: Answer) -> tuple[Mapping[str, Any], Score | None]:
    expected, final = _both(sample, answer)
    if final is None and expected["status"] != "designed":
        final = NOT_DESIGNED
    if final is None and status_of(answer) != "designed":
        final = _without_design(answer)
    return expected, final


def changed_result(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The first difference between two designs, specification before order; "" if none."""
    if changed := changed_spec(expected, found):
        return changed
    wanted, got = whole(expected.get("order")), whole(found.get("order"))
    return "" if wanted == got else f"order {got}, expected {wanted}"


def changed_spec(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The first difference between the specifications of two results; "" if none."""
    wanted, got = expected.get("spec"), found.get("spec")
    if not isinstance(wanted, Mapping) or not isinstance(got, Mapping):
        return "" if wanted == got else "spec is missing"
    for key in SPEC_KEYS:
        if not _same(wanted.get(key), got.get(key)):
            return f"{key} is {got.get(key)!r}, asked for {wanted.get(key)!r}"
    if not _same(_level(wanted), _level(got)):
        return f"the edges are at {_level(got)} dB, asked for {_level(wanted)} dB"
    theirs, ours = _points(wanted), _points(got)
    if len(theirs) == len(ours) and all(map(_same_point, theirs, ours)):
        return ""
    return f"stop points are {_shown(ours)}, asked for {_shown(theirs)}"


def _level(spec: Mapping[str, Any]) -> Any:
    """The loss at the pass edges in dB: the ripple, else the level of a Butterworth filter's edge,
    where 3 dB and 3.01 dB mean half power.
    """
    if "ripple_db" in spec:
        return spec["ripple_db"]
    stated = spec.get("edge_db", HALF_POWER_DB)
    return HALF_POWER_DB if stated in (3, 3.01) else stated


def _same(wanted: object, found: object) -> bool:
    if wanted == found:
        return True
    one, other = number(wanted), number(found)
    return one is not None and other is not None and abs(one - other) <= SAME * abs(one)


def _same_point(wanted: tuple[float, float], found: tuple[float, float]) -> bool:
    return _same(wanted[0], found[0]) and _same(wanted[1], found[1])


def _points(spec: Mapping[str, Any]) -> list[tuple[float, float]]:
    """(Hz, dB) of each stop point, sorted since their order does not matter."""
    stated = spec.get("stop_points")
    points = [point for point in stated if isinstance(point, Mapping)] if stated else []
    return sorted(
        (number(point.get("f")) or 0.0, number(point.get("attenuation_db")) or 0.0)
        for point in points
    )


def _shown(points: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{level:g} dB at {hertz:g} Hz" for hertz, level in points) or "none"
