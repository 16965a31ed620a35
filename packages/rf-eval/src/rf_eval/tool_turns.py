"""Calls and functions in records: OpenAI's messages, and the turns of LLaMA-Factory.

A record's call is converted to the text that Qwen3's chat template prints for it, so that reference
answers do not depend on how the data set represents calls.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from rf_jsonl import Record, loads

from rf_eval.calls import as_text

FUNCTION_CALL, OBSERVATION = "function_call", "observation"


def plain_messages(record: Record) -> None:
    """Converts calls in `record["messages"]` to text. Raises ValueError for an invalid call."""
    messages = record.get("messages")
    if isinstance(messages, list):
        record["messages"] = [_plain(one) if isinstance(one, dict) else one for one in messages]


def tools_of(record: Record) -> Sequence[Mapping[str, Any]]:
    """The functions in a record's `tools`, a list or its JSON text; empty if there are none.

    Raises ValueError for anything else.
    """
    stated = record.get("tools")
    if stated is None or stated == "":
        return ()
    tools = _parsed_tools(stated) if isinstance(stated, str) else stated
    if not isinstance(tools, Sequence) or not all(isinstance(tool, dict) for tool in tools):
        raise ValueError('"tools" is not a list of functions')
    return tuple(tools)


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    if message.get("role") == OBSERVATION:
        return message | {"role": "tool"}
    if message.get("role") == FUNCTION_CALL:
        stated = _parsed(str(message.get("content")), "a function_call turn")
        calls = stated if isinstance(stated, list) else [stated]
        return {"role": "assistant", "content": "\n".join(map(_text, calls))}
    if not message.get("tool_calls"):
        return message
    calls = message["tool_calls"]
    if not isinstance(calls, list) or not all(isinstance(call, dict) for call in calls):
        raise ValueError("tool_calls is not a list of calls")
    calls = [call.get("function") for call in calls]
    text = [message["content"]] if message.get("content") else []
    return {"role": "assistant", "content": "\n".join([*text, *map(_text, calls)])}


def _text(call: Any) -> str:
    name = call.get("name") if isinstance(call, dict) else None
    arguments = call.get("arguments") if isinstance(call, dict) else None
    if isinstance(arguments, dict):
        arguments = json.dumps(arguments, ensure_ascii=False)
    if not isinstance(name, str) or not isinstance(arguments, str):
        raise ValueError("a call is not {name, arguments}")
    return as_text(name, arguments)


@lru_cache(maxsize=8)
def _parsed_tools(text: str) -> Any:
    """Cached, since all records of a data set usually have the same text."""
    return _parsed(text, '"tools"')


def _parsed(text: str, what: str) -> Any:
    try:
        return json_value(text)
    except ValueError as error:
        raise ValueError(f"{what} is not JSON: {error}") from None


def json_value(text: str) -> Any:
    """Any JSON value, parsed by the same strict rules as objects. Raises ValueError."""
    return loads(b'{"it": ' + text.encode("utf-8", "surrogatepass") + b"}")["it"]
