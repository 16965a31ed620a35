"""The functions offered to a model, from a file or from the data set.

A data set's `metadata.json` may have `tools`, a list of functions in the OpenAI protocol's format
(`{"type": "function", "function": {"name", "description", "parameters"}}`). A file may contain that
list, one of its elements, or only the JSON Schema of the arguments of `design_filter`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_text

from rf_eval.tool_turns import json_value

DESIGN_FILTER = "design_filter"

Function = Mapping[str, Any]


def offered_functions(
    metadata: Mapping[str, Any], file: str | Path | None = None
) -> list[Function]:
    """The functions in `file`, by default those of the data set; may be empty.

    Raises FileError if the file has none.
    """
    if file is not None:
        return _from_file(file)
    stated = metadata.get("tools")
    return [one for one in stated if _is_function(one)] if isinstance(stated, list) else []


def parameters_of(functions: Sequence[Function], name: str) -> Mapping[str, Any] | None:
    """The JSON Schema of the arguments of the function `name`, None if there is none."""
    for one in functions:
        function = one["function"]
        if function.get("name") == name and isinstance(function.get("parameters"), Mapping):
            parameters: Mapping[str, Any] = function["parameters"]
            return parameters
    return None


def _from_file(file: str | Path) -> list[Function]:
    text = read_text(file).strip()
    try:
        stated = json_value(text)
    except ValueError as error:
        raise FileError(file, f"not JSON: {error}") from None
    functions = stated if isinstance(stated, list) else [stated]
    if functions and all(map(_is_function, functions)):
        return list(functions)
    if isinstance(stated, dict) and isinstance(stated.get("properties"), dict):
        description = str(stated.get("description", ""))
        function = {"name": DESIGN_FILTER, "description": description, "parameters": stated}
        return [{"type": "function", "function": function}]
    raise FileError(file, "expected functions ({type, function}) or the schema of the arguments")


def _is_function(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("function"), dict)
        and isinstance(value["function"].get("name"), str)
    )
