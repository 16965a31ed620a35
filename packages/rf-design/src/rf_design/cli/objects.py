"""Calls and specifications from JSON files."""

import sys
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, parse_json, read_json

from rf_design.core import Design, design
from rf_design.errors import DesignError
from rf_design.options import Options
from rf_design.solving import is_spec

STDIN = Path("-")
_EXPECTED = {
    "spec": (
        "is not a specification, expected keys such as filter_band and ripple_db",
        "不是指标文件，应含 filter_band、ripple_db 等键",
    ),
    "call": (
        "is not a call, expected arguments such as edge and ripple",
        "不是调用，应含 edge、ripple 等参数",
    ),
}


def design_object(path: Path, kind: str, options: Options, lang: str | None) -> Design:
    """The design of the `spec` or `call` in a JSON file (- is stdin). Raises FileError."""
    given = _read(path)
    name = "<stdin>" if path == STDIN else path
    if kind == "spec" and isinstance(given.get("spec"), dict):
        given = _spec_in(given)
    if (kind == "spec") != is_spec(given):
        raise FileError(name, _EXPECTED[kind][lang == "zh"])
    try:
        return design(given, options, lang=lang)
    except DesignError as error:
        raise FileError(name, error.text(lang or "en")) from None


def _spec_in(result: dict[str, Any]) -> dict[str, Any]:
    """The specification in a result or design.json, with the order unless stop points set it."""
    spec: dict[str, Any] = result["spec"]
    if result.get("order") is None or "stop_points" in spec:
        return spec
    return {**spec, "order": result["order"]}


def _read(path: Path) -> dict[str, Any]:
    if path != STDIN:
        return read_json(path)
    return parse_json("<stdin>", sys.stdin.buffer.read())
