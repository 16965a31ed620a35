"""Style `tool-call`: one call of `design_filter` with values copied from the request."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson

from rf_synth.calls.tool import TOOL_NAME
from rf_synth.schemas import load_schema

_LATER_POINT = re.compile(r"(stop|to|offset|multiple|att)[2-6]")

SYSTEM_PROMPTS = {
    "en": (
        "Read the filter request and answer with one call of design_filter. "
        "Copy every value exactly as written."
    ),
    "zh": "阅读滤波器需求，只回复一次 design_filter 调用，所有数值原样照抄。",
}
"""System prompts by language; mixed requests use the Chinese one."""


def tool_description() -> dict[str, Any]:
    """The tool in the format of OpenAI-compatible servers."""
    return {
        "type": "function",
        "function": {
            "name": TOOL_NAME,
            "description": "Designs the filter that a request states: minimum order, checks.",
            "parameters": load_schema("call"),
        },
    }


@cache
def compact_tool() -> str:
    """The tool as JSON for prompts, with half as many tokens.

    Of the six stop points only the first is described, and there are no limits on lengths.
    """
    described = tool_description()
    properties = described["function"]["parameters"]["properties"]
    described["function"]["parameters"] = {
        "type": "object",
        "properties": {key: _compact(key, value) for key, value in properties.items()},
    }
    return orjson.dumps([described]).decode()


def _compact(key: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    if _LATER_POINT.fullmatch(key):
        return {"type": "string"}
    return {"type": "string", "description": stated["description"]}


def as_tool_call(arguments: Mapping[str, str]) -> str:
    """The call as printed by the chat templates of Hermes and Qwen3."""
    return f"<tool_call>\n{as_function_call(arguments)}\n</tool_call>"


def as_function_call(arguments: Mapping[str, str]) -> str:
    """The call as JSON, as LLaMA-Factory reads it in turns with the role `function_call`."""
    pairs = ", ".join(
        [f'"{key}": {orjson.dumps(value).decode()}' for key, value in arguments.items()]
    )
    return f'{{"name": "{TOOL_NAME}", "arguments": {{{pairs}}}}}'


def answer_turn(arguments: Mapping[str, str], call_role: str) -> dict[str, str]:
    """The last turn of a record, with the call."""
    written = as_tool_call if call_role == "assistant" else as_function_call
    return {"role": call_role, "content": written(arguments)}
