"""From scores to results: one row a metric and group, each with its interval.

What counts: a sample to which a metric does not apply is outside the denominator; a parse error
and a metric error count as 0 and stay inside it. Error measures (relative errors, order error)
have no such 0: their mean and median are over the answers that gave a number, `parse_errors` says
how many did not, and the shares within 0.1 % and 1 % count those as misses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rf_jsonl import Record

from rf_eval.registry import Metric

COUNTING = (
    "Not-applicable samples are outside n. Parse errors and metric errors count as 0 inside n, "
    "except in means and medians of error measures, which are over the readable answers."
)
WITHIN = (0.001, 0.01)
RESAMPLES = 1000

Group = tuple[tuple[str, str], ...]


def aggregate(scores: Iterable[Record], metrics: Sequence[Metric]) -> list[Record]:
    """Rows `{"metric", "statistic", "group", "n", "value", "ci_low", "ci_high", "method", …}`.

    One row for each metric (and each of its further statistics, such as `:mean`) and group:
    `{}` for all samples, then one group a value of every group name.
    """
    collected = _collect(scores)
    groups = sorted(collected, key=lambda group: (len(group), group))
    return [
        row
        for metric in metrics
        for group in groups
        if (found := collected[group].get(metric.name))
        for row in _rows(metric, dict(group), found)
    ]


def _collect(scores: Iterable[Record]) -> dict[Group, dict[str, list[Mapping[str, Any]]]]:
    collected: dict[Group, dict[str, list[Mapping[str, Any]]]] = {}
    for record in scores:
        groups: list[Group] = [(), *(((name, value),) for name, value in record["group"].items())]
        for name, score in record["metrics"].items():
            if score["status"] != "not_applicable":
                for group in groups:
                    collected.setdefault(group, {}).setdefault(name, []).append(score)
    return collected


def _rows(
    metric: Metric, group: dict[str, str], scores: Sequence[Mapping[str, Any]]
) -> Iterator[Record]:
    values = [float(score["value"]) for score in scores if score["value"] is not None]
    counts: Record = {
        "parse_errors": sum(score["status"] == "parse_error" for score in scores),
        "metric_errors": sum(score["status"] == "metric_error" for score in scores),
    }
    labels = _labels(scores)
    if labels:
        counts["labels"] = labels
    if metric.aggregation == "relative_error":
        yield from _relative_error(metric.name, group, values, len(scores), counts)
    elif metric.aggregation == "proportion" and all(value in (0.0, 1.0) for value in values):
        yield _proportion(metric.name, group, int(sum(values)), len(values), counts)
    elif values:
        yield _bootstrapped(metric.name, "mean", group, values, counts)


def _relative_error(
    name: str, group: dict[str, str], values: Sequence[float], n: int, counts: Record
) -> Iterator[Record]:
    if values:
        yield _bootstrapped(name, "median", group, values, counts)
        yield _bootstrapped(f"{name}:mean", "mean", group, values, counts)
    for bound in WITHIN:
        within = sum(value < bound for value in values)
        yield _proportion(f"{name}:within_{bound:g}", group, within, n, counts)


def _proportion(name: str, group: dict[str, str], successes: int, n: int, counts: Record) -> Record:
    from rf_eval.stats import wilson

    interval = wilson(successes, n)
    return {
        "metric": name,
        "statistic": "proportion",
        "group": group,
        "n": n,
        "value": interval.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "method": interval.method,
        "successes": successes,
        **counts,
    }


def _bootstrapped(
    name: str, statistic: str, group: dict[str, str], values: Sequence[float], counts: Record
) -> Record:
    import numpy as np

    from rf_eval.stats import bootstrap

    function = np.median if statistic == "median" else np.mean
    interval = bootstrap(values, function, resamples=RESAMPLES)
    return {
        "metric": name,
        "statistic": statistic,
        "group": group,
        "n": len(values),
        "value": interval.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "method": interval.method,
        **counts,
    }


def _labels(scores: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    labels: dict[str, int] = {}
    for score in scores:
        if label := score.get("label"):
            labels[label] = labels.get(label, 0) + 1
    return dict(sorted(labels.items(), key=lambda item: (-item[1], item[0])))
