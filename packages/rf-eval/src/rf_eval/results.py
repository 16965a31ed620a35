"""Aggregates scores to results: one row per metric and group, with its interval.

A sample to which a metric does not apply is not in the denominator; parse errors and metric errors
are, and count as 0. Error measures (relative errors, order error) differ: their mean and median are
over the answers with a number, `parse_errors` is the number of others, and the shares within 0.1 %
and 1 % count those as misses.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rf_jsonl import Record

from rf_eval.registry import Metric

if TYPE_CHECKING:
    from rf_eval.stats import Interval

COUNTING = (
    "Not-applicable samples are outside n. Parse errors and metric errors count as 0 inside n, "
    "except in means and medians of error measures, which are over the readable answers."
)
WITHIN = (0.001, 0.01)
RESAMPLES = 1000

Group = tuple[tuple[str, str], ...]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Column:
    """The applicable scores of one metric, and the indices of their records."""

    places: list[int] = field(default_factory=list)
    scores: list[Mapping[str, Any]] = field(default_factory=list)


def aggregate(scores: Iterable[Record], metrics: Sequence[Metric]) -> list[Record]:
    """Rows `{"metric", "statistic", "group", "n", "value", "ci_low", "ci_high", "method", …}`.

    One row for each metric (and each of its further statistics, such as `:mean`) and group: `{}`
    for all samples, then one group per value of every group name.
    """
    columns, members = _collect(scores)
    return [
        row
        for metric in metrics
        if metric.name in columns
        for row in _metric_rows(metric, columns[metric.name], members)
    ]


def _collect(scores: Iterable[Record]) -> tuple[dict[str, _Column], dict[Group, Mask]]:
    """Every metric's column, and masks of the records in each group, in the order of the rows."""
    columns: dict[str, _Column] = {}
    places_of: dict[tuple[str, str], list[int]] = {}
    count = 0
    for place, record in enumerate(scores):
        count += 1
        for pair in record["group"].items():
            places_of.setdefault(pair, []).append(place)
        for name, score in record["metrics"].items():
            if score["status"] != "not_applicable":
                column = columns.get(name) or columns.setdefault(name, _Column())
                column.places.append(place)
                column.scores.append(score)
    members: dict[Group, Mask] = {(): np.ones(count, dtype=np.bool_)}
    for pair in sorted(places_of):
        members[(pair,)] = mask = np.zeros(count, dtype=np.bool_)
        mask[places_of[pair]] = True
    return columns, members


def _metric_rows(
    metric: Metric, column: _Column, members: Mapping[Group, Mask]
) -> Iterator[Record]:
    places = np.array(column.places)
    # None becomes NaN.
    values = np.array([score["value"] for score in column.scores], dtype=np.float64)
    status = np.array([score["status"] for score in column.scores])
    unread, failed = status == "parse_error", status == "metric_error"
    labels = [score.get("label") for score in column.scores]
    labelled = any(labels)
    for group, mask in members.items():
        inside = mask[places]
        if not inside.any():
            continue
        counts: Record = {
            "parse_errors": int(unread[inside].sum()),
            "metric_errors": int(failed[inside].sum()),
        }
        if labelled and (found := _labels(labels[i] for i in np.flatnonzero(inside))):
            counts["labels"] = found
        yield from _rows(metric, dict(group), values[inside], counts)


def _rows(
    metric: Metric, group: dict[str, str], values: NDArray[np.float64], counts: Record
) -> Iterator[Record]:
    """The rows of one metric and group; `values` has NaN for scores without a value."""
    n, known = values.size, values[~np.isnan(values)]
    if metric.aggregation == "relative_error":
        yield from _relative_error(metric.name, group, known, n, counts)
    elif not known.size:
        return
    elif metric.aggregation == "proportion" and ((known == 0.0) | (known == 1.0)).all():
        yield _proportion(metric.name, group, int(known.sum()), known.size, counts)
    else:
        yield _bootstrapped(metric.name, "mean", group, known, counts)


def _relative_error(
    name: str, group: dict[str, str], values: NDArray[np.float64], n: int, counts: Record
) -> Iterator[Record]:
    if values.size:
        yield _bootstrapped(name, "median", group, values, counts)
        yield _bootstrapped(f"{name}:mean", "mean", group, values, counts)
    for bound in WITHIN:
        within = int((values < bound).sum())
        yield _proportion(f"{name}:within_{bound:g}", group, within, n, counts)


def _proportion(name: str, group: dict[str, str], successes: int, n: int, counts: Record) -> Record:
    from rf_eval.stats import wilson

    base = {"metric": name, "statistic": "proportion", "group": group, "n": n}
    return _row(base, wilson(successes, n), {"successes": successes, **counts})


def _bootstrapped(
    name: str, statistic: str, group: dict[str, str], values: NDArray[np.float64], counts: Record
) -> Record:
    from rf_eval.stats import bootstrap

    function = np.median if statistic == "median" else np.mean
    interval = bootstrap(values, function, resamples=RESAMPLES)
    base = {"metric": name, "statistic": statistic, "group": group, "n": values.size}
    return _row(base, interval, counts)


def _row(base: Record, interval: "Interval", counts: Record) -> Record:
    return {
        **base,
        "value": interval.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "method": interval.method,
        **counts,
    }


def _labels(labels: Iterable[str | None]) -> dict[str, int]:
    """The count of each label, most frequent first."""
    counts = Counter(filter(None, labels))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
