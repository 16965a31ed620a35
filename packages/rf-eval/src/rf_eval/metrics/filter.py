"""Metrics of agreement with the reference of a filter sample: type, band, order, keys, numbers."""

from collections.abc import Callable
from functools import cache
from typing import Any

from rf_eval.answer import Answer
from rf_eval.filters.design import EDGE_KEYS, KEYS, NUMERIC_KEYS, number, whole
from rf_eval.metrics.outcome import order_error_of_result, order_of_result
from rf_eval.registry import MetricFunction, metric
from rf_eval.samples import Sample, is_call
from rf_eval.score import RIGHT, Score, not_applicable, verdict
from rf_eval.validation import packaged_schema, validator

BANDS = frozenset(EDGE_KEYS)
NO_ERROR = Score(0.0)
LARGEST_ERROR = 1e12
"""Larger relative errors do not count as numbers, since they would dominate averages."""
NO_FILTER = not_applicable("no filter expected")


def is_filter(sample: Sample) -> bool:
    """Whether the reference is a complete filter answer."""
    expected = sample.expected
    band = None if expected is None else expected.get("filter_band")
    return type(band) is str and band in BANDS


def same_value(key: str) -> MetricFunction:
    """Makes a metric function: the answer's string under `key` is the expected one."""

    def score(sample: Sample, answer: Answer) -> Score:
        if not is_filter(sample):
            return NO_FILTER
        if answer.object is None:
            return answer.unreadable()
        expected, found = (sample.expected or {}).get(key), answer.object.get(key)
        if found == expected:
            return RIGHT
        return verdict(False, f"{key} is {repr(found)[:40]}, expected {expected!r}")

    score.__doc__ = f"`{key}` is the expected one."
    return score


filter_type = metric("filter_type", types=("full",))(same_value("filter_type"))
filter_band = metric("filter_band", types=("full",))(same_value("filter_band"))


@metric("order", types=("full",))
def order(sample: Sample, answer: Answer) -> Score:
    """The order is the expected one, read after repairs, or in the result of the call."""
    if is_call(sample):
        return order_of_result(sample, answer)
    if not is_filter(sample):
        return NO_FILTER
    if answer.object is None:
        return answer.unreadable()
    expected, found = whole((sample.expected or {}).get("order")), answer.object.get("order")
    if whole(found) == expected:
        return RIGHT
    return Score(0.0, "ok", f"order {repr(found)[:40]}, expected {expected}")


@metric("order_strict", types=("full",))
def order_strict(sample: Sample, answer: Answer) -> Score:
    """The order is the expected one, and the completion is one JSON object and nothing else."""
    if not is_filter(sample):
        return NO_FILTER
    return answer.unreadable() if answer.strict is None else order(sample, answer)


@metric(
    "order_error", types=("full",), range=(None, None), higher_is_better=False, aggregation="mean"
)
def order_error(sample: Sample, answer: Answer) -> Score:
    """Predicted minus expected order; negative means too small a filter."""
    if is_call(sample):
        return order_error_of_result(sample, answer)
    if not is_filter(sample):
        return NO_FILTER
    if answer.object is None:
        return Score(None, "parse_error", answer.extraction.why)
    expected, found = whole((sample.expected or {}).get("order")), whole(answer.object.get("order"))
    if found is None or expected is None or abs(found) > 1_000_000:
        return Score(None, "parse_error", "order is no usable integer")
    return Score(float(found - expected))


@metric("order_within_one", types=("full",))
def order_within_one(sample: Sample, answer: Answer) -> Score:
    """The order is off by at most one."""
    error = order_error(sample, answer)
    if error.status == "not_applicable":
        return error
    if error.value is None:
        return Score(0.0, error.status, error.why)
    return verdict(abs(error.value) <= 1, f"off by {error.value:+.0f}")


@metric("keys_complete", types=("full",))
def keys_complete(sample: Sample, answer: Answer) -> Score:
    """Every key that the expected band demands is there."""
    if not is_filter(sample):
        return NO_FILTER
    if answer.object is None:
        return answer.unreadable()
    found, band = answer.object, (sample.expected or {})["filter_band"]
    missing = [key for key in KEYS[band] if key not in found]
    return verdict(not missing, f"missing {', '.join(missing)}") if missing else RIGHT


def numeric_error(key: str) -> MetricFunction:
    """Makes a metric function: the relative error |found - expected| / |expected| of a number."""

    missing = not_applicable(f"the reference has no {key}")

    def score(sample: Sample, answer: Answer) -> Score:
        wanted = None if sample.expected is None else sample.expected.get(key)
        if wanted is None:
            return missing
        if answer.object is None:
            return Score(None, "parse_error", answer.extraction.why)
        expected, found = number(wanted), number(answer.object.get(key))
        if not expected:
            return missing
        if found is None:
            return Score(None, "parse_error", f"{key} is missing or no number")
        return NO_ERROR if found == expected else _relative_error(key, expected, found)

    score.__doc__ = f"Relative error of `{key}` (1 = 100 %)."
    return score


def _relative_error(key: str, expected: float, found: float) -> Score:
    error = abs(found - expected) / abs(expected)
    if error > LARGEST_ERROR:
        return Score(None, "parse_error", f"{key} is {found!r}, beyond any use")
    return Score(error, "ok", f"{found!r} for {expected!r}")


for _key in NUMERIC_KEYS:
    metric(
        f"numeric_error.{_key}",
        types=("full",),
        range=(0.0, None),
        higher_is_better=False,
        aggregation="relative_error",
    )(numeric_error(_key))


@cache
def _answer_validator() -> Callable[[Any], str]:
    return validator(packaged_schema("answer"))


@metric("schema_valid", types=("full",))
def answer_schema_valid(sample: Sample, answer: Answer) -> Score:
    """The object is valid against the JSON Schema of a filter answer."""
    if not is_filter(sample):
        return NO_FILTER
    if answer.object is None:
        return answer.unreadable()
    why = _answer_validator()(answer.object)
    return verdict(False, why) if why else RIGHT
