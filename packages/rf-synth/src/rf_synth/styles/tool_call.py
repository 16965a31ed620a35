"""Style `tool-call`: the answer is one call of `design_filter`, values copied from the request."""

from collections.abc import Mapping
from typing import Any

import orjson

from rf_synth.calls.tool import TOOL_NAME
from rf_synth.schemas import load_schema

SYSTEM_PROMPTS = {
    "en": (
        "Read the filter request and answer with one call of design_filter. "
        "Copy every value exactly as written."
    ),
    "zh": "阅读滤波器需求，只回复一次 design_filter 调用，所有数值原样照抄。",
}
"""What the model is told, by language; requests that mix languages take the Chinese one."""


def tool_description() -> dict[str, Any]:
    """The tool as OpenAI-compatible servers take it."""
    return {
        "type": "function",
        "function": {
            "name": TOOL_NAME,
            "description": "Designs the filter that a request states: minimum order, checks.",
            "parameters": load_schema("call"),
        },
    }


def as_tool_call(arguments: Mapping[str, str]) -> str:
    """The call in the form of Hermes and Qwen3, as their chat templates print it."""
    pairs = ", ".join(
        f'"{key}": {orjson.dumps(value).decode()}' for key, value in arguments.items()
    )
    return f'<tool_call>\n{{"name": "{TOOL_NAME}", "arguments": {{{pairs}}}}}\n</tool_call>'
