"""Input and output schemas of the tools, composed of this package's and rf-synth's schemas."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from rf_synth.schemas import load_schema

Schema = dict[str, Any]

LANG: Schema = {
    "enum": ["zh", "en"],
    "description": "Language of the answer; that of the request if not given",
}


def read_request_input() -> Schema:
    """A request as text, or the turns of a conversation."""
    return {
        "type": "object",
        "properties": {
            "request": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ],
                "description": "The user's own words, unchanged, in Chinese or English; or all of "
                "the user's turns, where a question was answered",
            },
            "lang": LANG,
        },
        "required": ["request"],
        "additionalProperties": False,
    }


def read_request_output() -> Schema:
    """The call that was read, and the solver's result."""
    return {
        "type": "object",
        "properties": {
            "call": {
                "anyOf": [_nested(load_schema("call")), {"type": "null"}],
                "description": "Arguments for design_filter and check_order; null where none "
                "could be read",
            },
            "result": _nested(load_schema("result")),
        },
        "required": ["call", "result"],
        "additionalProperties": False,
    }


def design_filter_input() -> Schema:
    """The keys of a call, plus `options` and `lang`."""
    return _call_with({"options": _nested(_own("tool_options"))})


def design_filter_output() -> Schema:
    """What `rf-design --json` prints."""
    return _own("design")


def check_order_input() -> Schema:
    """The keys of a call, of which `order` is required, plus `lang`."""
    return {**_call_with({}), "required": ["order"]}


def check_order_output() -> Schema:
    """The solver's result."""
    return load_schema("result")


def _call_with(more: dict[str, Schema]) -> Schema:
    call = load_schema("call")
    return {**_nested(call), "properties": {**call["properties"], **more, "lang": LANG}}


def _nested(schema: Schema) -> Schema:
    """A schema to embed in another one, which declares the dialect."""
    return {key: value for key, value in schema.items() if key not in ("$schema", "$id")}


@cache
def _own(name: str) -> Schema:
    path = files("rf_design") / "schemas" / f"{name}.schema.json"
    loaded: Schema = json.loads(path.read_text(encoding="utf-8"))
    return loaded
