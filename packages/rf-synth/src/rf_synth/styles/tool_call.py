"""Style `tool-call`: the answer is one call of `design_filter`, values copied from the request."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson

from rf_synth.calls.tool import TOOL_NAME
from rf_synth.schemas import load_schema

CALL_ROLES = {
    "assistant": "the call is the text of an assistant turn, as Hermes and Qwen3 print it",
    "function_call": "the call is a turn of its own, its function offered in the column `tools`",
}
"""How records may hold calls."""

_LATER_POINT = re.compile(r"(stop|to|offset|multiple|att)[2-6]")

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


@cache
def compact_tool() -> str:
    """The tool as JSON text for prompts, half as many tokens: of the six stop points only the
    first is described, and nothing limits lengths.
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
    """The call in the form of Hermes and Qwen3, as their chat templates print it."""
    return f"<tool_call>\n{as_function_call(arguments)}\n</tool_call>"


def as_function_call(arguments: Mapping[str, str]) -> str:
    """The call as JSON text, which LLaMA-Factory reads in turns of the role `function_call`."""
    pairs = ", ".join(
        [f'"{key}": {orjson.dumps(value).decode()}' for key, value in arguments.items()]
    )
    return f'{{"name": "{TOOL_NAME}", "arguments": {{{pairs}}}}}'


def answer_turn(arguments: Mapping[str, str], call_role: str) -> dict[str, str]:
    """The last turn of a record."""
    written = as_tool_call if call_role == "assistant" else as_function_call
    return {"role": call_role, "content": written(arguments)}
