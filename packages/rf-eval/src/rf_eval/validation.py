"""JSON Schema checks: jsonschema-rs where it is installed (100 times faster), else jsonschema."""

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from rf_jsonl import read_json

from rf_eval.errors import EvalError


def packaged_schema(name: str) -> dict[str, Any]:
    """One of this package's schemas, such as `answer` or `predictions`.

    Raises EvalError where there is none of that name.
    """
    file = resources.files("rf_eval") / "schemas" / f"{name}.schema.json"
    if not file.is_file():
        raise EvalError(f"no schema {name!r}; there are {', '.join(schema_names())}")
    value: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return value


def schema_names() -> list[str]:
    """The names of this package's schemas."""
    folder = resources.files("rf_eval") / "schemas"
    suffix = ".schema.json"
    names = (file.name for file in folder.iterdir())
    return sorted(name.removesuffix(suffix) for name in names if name.endswith(suffix))


def validator(schema: str | Mapping[str, Any]) -> Callable[[Any], str]:
    """A function from a value to the first thing wrong with it, `""` where nothing is.

    `schema` is an object or the path of a file that holds one. Raises EvalError for what is no
    schema, FileError for a file that cannot be read.
    """
    loaded = read_json(schema) if isinstance(schema, str) else dict(schema)
    try:
        import jsonschema_rs
    except ImportError:
        return _slow(loaded)
    try:
        fast = jsonschema_rs.validator_for(loaded)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise EvalError(f"not a JSON Schema: {str(error).splitlines()[0]}") from None

    def first_error(value: Any) -> str:
        if fast.is_valid(value):
            return ""
        error = next(fast.iter_errors(value))
        return _line(error.instance_path, error.message)

    return first_error


def _slow(schema: dict[str, Any]) -> Callable[[Any], str]:
    from jsonschema import SchemaError
    from jsonschema.validators import validator_for

    kind = validator_for(schema)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise EvalError(f"not a JSON Schema: {error.message.splitlines()[0]}") from None
    slow = kind(schema)

    def first_error(value: Any) -> str:
        error = next(iter(slow.iter_errors(value)), None)
        return "" if error is None else _line(list(error.absolute_path), error.message)

    return first_error


def _line(path: list[Any], message: str) -> str:
    place = ".".join(str(part) for part in path)
    return f"{place}: {message[:160]}" if place else message[:160]
