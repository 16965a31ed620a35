"""Applies metrics to predictions: one score record per sample.

Most scores are one of a few constants, whose records are checked and created only once. Garbage
collection is paused, since the records have no reference cycles.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any

from rf_jsonl import Record

from rf_eval.answer import Answer, answer_of
from rf_eval.errors import EvalError
from rf_eval.memory import collection_paused
from rf_eval.predictions import Key, after_own_turn
from rf_eval.registry import Metric, PrepareFunction
from rf_eval.samples import Sample, group_of, turns
from rf_eval.score import STATUSES, Score

GROUP_BY = ("type", "band", "lang", "form", "voice", "margin")
METRIC_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Exceptions of a metric that do not end the run: its score becomes a `metric_error`."""

CHUNK = 2048
"""Number of samples whose costly parts (simulations) are computed together."""

Pair = tuple[Sample, Answer]


def score_records(
    records: Iterable[Record],
    predictions: Mapping[Key, Record],
    metrics: Sequence[Metric],
    *,
    dataset: Mapping[str, Any] | None = None,
    group_by: Sequence[str] = GROUP_BY,
) -> Iterator[Record]:
    """Yields `{"id", "group", "metrics"}` for every record that has a prediction, in order.

    A metric is included if it applies to the record's type and the turn was generated.

    Parameters
    ----------
    records : of a data set, in the order of its file
    predictions : by (id, turn, history)
    metrics : what to compute
    dataset : the data set's metadata
    group_by : keys of `meta` by which the scores are grouped later
    """
    prepares = {metric.prepare: metric.name for metric in metrics if metric.prepare}
    source = iter(records)
    chosen: dict[tuple[str, int, str | None], list[Metric]] = {}
    while chunk := list(islice(source, CHUNK)):
        with collection_paused():
            paired = [
                (record, list(_pairs(record, predictions, dataset or {}))) for record in chunk
            ]
            flat = [pair for _, pairs in paired for pair in pairs]
            for prepare, name in prepares.items():
                _prepare(name, prepare, flat)
            done = [
                {
                    "id": record["id"],
                    "group": group_of(record, group_by),
                    "metrics": _score(pairs, metrics, chosen),
                }
                for record, pairs in paired
                if pairs
            ]
        yield from done


def _score(
    pairs: Sequence[Pair],
    metrics: Sequence[Metric],
    chosen: dict[tuple[str, int, str | None], list[Metric]],
) -> dict[str, Any]:
    """The scores of one record; `chosen` caches which metrics apply to which kind of turn."""
    scores: dict[str, Any] = {}
    for sample, answer in pairs:
        kind = (sample.type, sample.turn, sample.history)
        if kind not in chosen:
            chosen[kind] = [metric for metric in metrics if _applies(metric, sample)]
        for metric in chosen[kind]:
            scores[metric.name] = apply(metric, sample, answer).to_record()
    return scores


def _prepare(name: str, prepare: PrepareFunction, pairs: Sequence[Pair]) -> None:
    try:
        prepare(pairs)
    except METRIC_FAILURES as error:
        raise EvalError(f"metric {name}: prepare: {type(error).__name__}: {error}"[:200]) from error


def apply(metric: Metric, sample: Sample, answer: Answer) -> Score:
    """The metric's score; a `metric_error` if the metric itself fails.

    Such an error counts as 0, or is ignored for an unbounded error measure, whose best value is 0.
    """
    try:
        score = metric.function(sample, answer)
    except METRIC_FAILURES as error:
        return _failed(metric, f"{type(error).__name__}: {error}"[:200])
    if type(score) is Score and score.is_recorded:  # a constant that was checked before
        return score
    reason = _unusable(score)
    return _failed(metric, reason) if reason else score


def _failed(metric: Metric, why: str) -> Score:
    unbounded = not metric.higher_is_better and metric.range[1] is None
    return Score(None if unbounded else 0.0, "metric_error", why)


def _unusable(score: object) -> str:
    """What is wrong with a metric's return value, `""` if nothing."""
    if type(score) is not Score:
        return f"returned {type(score).__name__}, expected Score"
    value = score.value
    if value is not None and not (isinstance(value, float | int) and isfinite(value)):
        return f"returned the value {value!r}, expected a finite number or None"[:200]
    if score.status not in STATUSES:
        return (
            f"returned the status {score.status!r}, expected one of {', '.join(sorted(STATUSES))}"
        )
    if type(score.why) is not str or not isinstance(score.label, str | None):
        return "returned a reason or a label that is no text"
    return ""


def _pairs(
    record: Record, predictions: Mapping[Key, Record], dataset: Mapping[str, Any]
) -> Iterator[Pair]:
    first = predictions.get((record["id"], 1, None))
    for sample in turns(record, dataset):
        found = predictions.get(sample.key)
        if found is not None:
            sample = after_own_turn(sample, first)
            yield sample, answer_of(found, sample)


def _applies(metric: Metric, sample: Sample) -> bool:
    applies = metric.applies
    return (
        applies.turn == sample.turn
        and applies.history == sample.history
        and (applies.types is None or sample.type in applies.types)
    )
