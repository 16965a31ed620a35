"""The JSON Schemas of the data that rf-synth reads and writes."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from rf_jsonl import did_you_mean

from rf_synth.errors import SynthError


def schema_names() -> list[str]:
    """All names: answer, call, metadata, recipe, record, result, spec."""
    suffix = ".schema.json"
    folder = files("rf_synth") / "schemas"
    return sorted(e.name.removesuffix(suffix) for e in folder.iterdir() if e.name.endswith(suffix))


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The schema `name`. Raises SynthError for an unknown name."""
    if name not in schema_names():
        raise SynthError(f"unknown schema {name!r}{did_you_mean(name, schema_names())}")
    path = files("rf_synth") / "schemas" / f"{name}.schema.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
