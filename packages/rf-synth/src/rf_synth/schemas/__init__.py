"""The JSON Schemas of what rf-synth writes and reads."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from rf_jsonl import did_you_mean

from rf_synth.errors import SynthError


def schema_names() -> list[str]:
    """answer, call, metadata, recipe, record, result, spec."""
    suffix = ".schema.json"
    folder = files("rf_synth") / "schemas"
    return sorted(e.name.removesuffix(suffix) for e in folder.iterdir() if e.name.endswith(suffix))


@cache
def load_schema(name: str) -> dict[str, Any]:
    """A schema by name. Raises SynthError for an unknown one."""
    if name not in schema_names():
        raise SynthError(f"unknown schema {name!r}{did_you_mean(name, schema_names())}")
    path = files("rf_synth") / "schemas" / f"{name}.schema.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
