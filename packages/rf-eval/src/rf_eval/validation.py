"""JSON Schema validation by jsonschema-rs, which is a hundred times as fast as jsonschema."""

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from rf_jsonl import read_json

from rf_eval.errors import EvalError


def packaged_schema(name: str) -> dict[str, Any]:
    """One of this package's schemas, such as `answer` or `predictions`.

    Raises EvalError if there is none of that name.
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
    """A function that returns the first error of a value, `""` if it is valid.

    `schema` is an object or the path of a file with one; a `$ref` to outside of it is refused.
    Raises EvalError if it is not a schema, FileError if the file cannot be read.
    """
    import jsonschema_rs

    loaded = read_json(schema) if isinstance(schema, str) else dict(schema)
    try:
        checker = jsonschema_rs.validator_for(loaded, retriever=_refuse)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise EvalError(f"not a JSON Schema: {str(error).splitlines()[0]}") from None

    def first_error(value: Any) -> str:
        if checker.is_valid(value):
            return ""
        error = next(checker.iter_errors(value))
        return _line(error.instance_path, error.message)

    return first_error


def _refuse(uri: str) -> Any:
    """Refuses references, so that scoring uses neither the network nor other files."""
    raise ValueError(f"the schema refers to {uri}, which is outside it")


def _line(path: list[Any], message: str) -> str:
    place = ".".join(str(part) for part in path)
    return f"{place}: {message[:160]}" if place else message[:160]
