"""Selects the metrics of a run: the default suite, names, or names with parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from rf_eval.calls import OPEN
from rf_eval.errors import OptionError
from rf_eval.metrics.generic import from_template
from rf_eval.registry import Metric, metrics, templates
from rf_eval.samples import DataSet

GENERIC = ("json_strict", "json_recovered", "exact_match")
"""The default suite for a data set without filters."""


def select(wanted: Sequence[str | Mapping[str, Any]], data: DataSet) -> list[Metric]:
    """The wanted metrics: names, `{"name": …, parameter: …}`, `name:key=value,…`, or `default`.

    If none are given, the default suite for the data set. Raises OptionError for an unknown name or
    parameter, and for two metrics with the same name.
    """
    chosen: list[Metric] = []
    for item in wanted or ["default"]:
        if item == "default":
            chosen += default_suite(data)
        elif isinstance(item, str):
            chosen.append(_by_text(item))
        elif isinstance(item, Mapping) and isinstance(item.get("name"), str):
            parameters = {key: value for key, value in item.items() if key != "name"}
            chosen.append(_by_name(item["name"], parameters))
        else:
            raise OptionError(f"metric {item!r}: write a name, or an object with a name")
    names = [metric.name for metric in chosen]
    for name in names:
        if names.count(name) > 1:
            raise OptionError(f"metric {name!r} is asked for twice (give one a label)")
    return chosen


def default_suite(data: DataSet) -> list[Metric]:
    """All default metrics for filter data, the generic ones for other data."""
    marks = ("filter_band", OPEN)
    if any(mark in text for text in _some_answers(data) for mark in marks):
        return [metric for metric in metrics if metric.default and "/" not in metric.name]
    return [metrics.get(name) for name in GENERIC]


def _some_answers(data: DataSet) -> list[str]:
    return [record["messages"][-1]["content"] for record in data.records[:200]]


def _by_text(text: str) -> Metric:
    name, colon, rest = text.partition(":")
    if not colon:
        return _by_name(name, {})
    parameters = {}
    for part in rest.split(","):
        key, equals, value = part.partition("=")
        if not equals:
            raise OptionError(f"metric {text!r}: write name:key=value,key=value")
        parameters[key] = _number(value)
    return _by_name(name, parameters)


def _by_name(name: str, parameters: Mapping[str, Any]) -> Metric:
    if parameters:
        return from_template(name, parameters)
    if name in templates and name not in metrics:
        takes = ", ".join(templates.get(name).parameters)
        raise OptionError(f"metric {name}: needs parameters ({takes})")
    return metrics.get(name)


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
