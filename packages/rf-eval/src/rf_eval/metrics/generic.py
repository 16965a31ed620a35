"""Metrics for any project whose models answer with one JSON object, independent of filters."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

from rf_eval.answer import Answer
from rf_eval.errors import OptionError
from rf_eval.registry import Metric, MetricFunction, Template, metric, templates
from rf_eval.samples import Sample
from rf_eval.score import RIGHT, Score, not_applicable, parse_error, verdict

MISSING = object()


@metric("json_strict")
def json_strict(sample: Sample, answer: Answer) -> Score:
    """The completion is one JSON object and nothing else."""
    if sample.expected is None:
        return not_applicable("no JSON expected")
    if answer.strict is not None:
        return RIGHT
    reading = answer.extraction
    why = f"needed: {', '.join(reading.repairs)}" if reading.recovered is not None else reading.why
    return parse_error(why)


@metric("json_recovered")
def json_recovered(sample: Sample, answer: Answer) -> Score:
    """One JSON object can be read from the completion after the repairs that are named."""
    if sample.expected is None:
        return not_applicable("no JSON expected")
    if answer.object is None:
        return answer.unreadable()
    repairs = answer.extraction.repairs
    return Score(1.0, "ok", f"after: {', '.join(repairs)}") if repairs else RIGHT


@metric("exact_match", default=False)
def exact_match(sample: Sample, answer: Answer) -> Score:
    """The object equals the expected one, whatever the order of its keys."""
    if sample.expected is None:
        return not_applicable("no JSON expected")
    if answer.object is None:
        return answer.unreadable()
    if answer.object == sample.expected:
        return RIGHT
    keys = {*answer.object, *sample.expected}
    differing = sorted(k for k in keys if answer.object.get(k, MISSING) != sample.expected.get(k))
    return verdict(False, f"differs in {', '.join(differing[:5])}")


def at_path(value: Any, path: str) -> Any:
    """The value at a dotted path (`address.city`, `items.0.price`); MISSING if there is none."""
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def field_equal(path: str) -> MetricFunction:
    """Makes the metric: the value at `path` equals the expected one exactly (1 equals 1.0)."""
    _check_path("field_equal", path)

    def score(sample: Sample, answer: Answer) -> Score:
        expected, found = _both(sample, answer, path)
        if isinstance(expected, Score):
            return expected
        same = type(expected) is type(found) or (_is_number(expected) and _is_number(found))
        return verdict(same and expected == found, _differs(path, expected, found))

    return score


def field_close(path: str, rel: float = 1e-9, abs: float = 0.0) -> MetricFunction:
    """Makes the metric: the number at `path` is within `rel` (or `abs`) of the expected one."""
    _check_path("field_close", path)
    for name, tolerance in (("rel", rel), ("abs", abs)):
        if not _is_number(tolerance) or not 0 <= tolerance < math.inf:
            raise OptionError(f"field_close: {name} is {tolerance!r}, expected a number from 0")

    def score(sample: Sample, answer: Answer) -> Score:
        expected, found = _both(sample, answer, path)
        if isinstance(expected, Score):
            return expected
        if not _is_number(expected):
            return not_applicable(f"{path} is no number in the reference")
        if not _is_number(found):
            return verdict(False, _differs(path, expected, found))
        gap = expected - found if expected > found else found - expected
        return verdict(
            gap <= max(abs, rel * max(expected, -expected)), _differs(path, expected, found)
        )

    return score


def schema_valid(schema: str | Mapping[str, Any]) -> MetricFunction:
    """Makes the metric: the object is valid against a JSON Schema (an object or a file's path)."""
    from rf_eval.validation import validator

    if not isinstance(schema, str | Mapping):
        raise OptionError(f"schema_valid: schema is {schema!r}, expected a file or an object")
    first_error = validator(schema)

    def score(sample: Sample, answer: Answer) -> Score:
        if sample.expected is None:
            return not_applicable("no JSON expected")
        if answer.object is None:
            return answer.unreadable()
        why = first_error(answer.object)
        return verdict(not why, why)

    return score


def _both(sample: Sample, answer: Answer, path: str) -> tuple[Any, Any]:
    """The expected and the found value at `path`; a final score instead of the first if any."""
    if sample.expected is None:
        return not_applicable("no JSON expected"), None
    expected = at_path(sample.expected, path)
    if expected is MISSING:
        return not_applicable(f"the reference has no {path}"), None
    if answer.object is None:
        return answer.unreadable(), None
    return expected, at_path(answer.object, path)


def _check_path(name: str, path: Any) -> None:
    if not isinstance(path, str) or not path:
        raise OptionError(f"{name}: path is {path!r}, expected the dotted path of a field")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _differs(path: str, expected: Any, found: Any) -> str:
    shown = "nothing" if found is MISSING else repr(found)[:60]
    return f"{path} is {shown}, expected {repr(expected)[:60]}"


templates.register(
    "field_equal",
    Template("field_equal", field_equal, {"path": "dotted path of the field"}),
)
templates.register(
    "field_close",
    Template(
        "field_close",
        field_close,
        {
            "path": "dotted path of the field",
            "rel": "relative tolerance (1e-9)",
            "abs": "absolute tolerance (0)",
        },
    ),
)
templates.register(
    "schema_valid",
    Template("schema_valid", schema_valid, {"schema": "JSON Schema: a file or an object"}),
)


def from_template(name: str, parameters: Mapping[str, Any]) -> Metric:
    """A metric made from a template: `from_template("field_equal", {"path": "city"})`.

    Its name is the `label` in `parameters`, by default the template's name with the parameters in
    brackets. Raises OptionError for parameters that the template does not take.
    """
    template = templates.get(name)
    given = {key: value for key, value in parameters.items() if key != "label"}
    unknown = set(given) - set(template.parameters)
    if unknown:
        takes = ", ".join(template.parameters)
        raise OptionError(f"metric {name}: no parameter {min(unknown)!r}, it takes {takes}")
    for key, parameter in inspect.signature(template.make).parameters.items():
        if parameter.default is parameter.empty and key not in given:
            raise OptionError(f"metric {name}: needs {key} ({template.parameters.get(key, key)})")
    try:
        function = template.make(**given)
    except TypeError as error:
        raise OptionError(f"metric {name}: {error}") from None
    shown = ",".join(str(value) for value in given.values() if not isinstance(value, Mapping))
    label = str(parameters.get("label", f"{name}[{shown}]"))
    description = (template.make.__doc__ or "").split("\n")[0].removeprefix("Makes the metric: ")
    return Metric(label, function, aggregation=template.aggregation, description=description)
