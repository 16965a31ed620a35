"""Calls and their results in dialogues: OpenAI's messages, and the turns of LLaMA-Factory.

Both become what chat templates take: an assistant message with `tool_calls`, and messages of the
role `tool`. Arguments are kept as the text they are written in, key order and all.
"""

import json
from typing import Any

from rf_jsonl import loads

from rf_train.data.rendering import Message
from rf_train.errors import TrainError

Function = dict[str, Any]


def called(content: Any, calls: Any) -> Message:
    """The assistant message of OpenAI's `tool_calls`. Raises TrainError."""
    if not isinstance(calls, list) or not calls:
        raise TrainError("tool_calls is not a list of calls")
    if content is not None and not isinstance(content, str):
        raise TrainError("the content of an assistant message is not text")
    functions = [call.get("function") if isinstance(call, dict) else None for call in calls]
    return _message(content or "", functions)


def called_in_text(content: str) -> Message:
    """The assistant message of a `function_call` turn: one `{"name", "arguments"}`, or a list."""
    stated = _parsed(content, "a function_call turn")
    return _message("", stated if isinstance(stated, list) else [stated])


def offered(column: Any) -> tuple[Function, ...]:
    """The functions of a `tools` column: a list or its JSON text; none where it is empty.

    A bare function gets the envelope `{"type": "function", ...}`, as in LLaMA-Factory.
    """
    if column is None or column == "":
        return ()
    stated = _parsed(column, "tools") if isinstance(column, str) else column
    functions = stated if isinstance(stated, list) else [stated]
    if not all(isinstance(function, dict) for function in functions):
        raise TrainError("tools is not a list of functions")
    return tuple(
        function if "function" in function else {"type": "function", "function": function}
        for function in functions
    )


def _message(content: str, functions: list[Any]) -> Message:
    calls = [{"type": "function", "function": _function(function)} for function in functions]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def _function(stated: Any) -> dict[str, str]:
    """Name, and arguments as JSON text, which templates print as they are."""
    name = stated.get("name") if isinstance(stated, dict) else None
    arguments = stated.get("arguments") if isinstance(stated, dict) else None
    if not isinstance(name, str) or not isinstance(arguments, str | dict):
        raise TrainError("a call is not {name, arguments}")
    if isinstance(arguments, str):
        if not isinstance(_parsed(arguments, "the arguments of a call"), dict):
            raise TrainError("the arguments of a call are not an object")
        return {"name": name, "arguments": arguments}
    return {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}


def _parsed(text: str, what: str) -> Any:
    try:
        # Written into an object, so that a list is read by the same strict rules.
        return loads(b'{"it": ' + text.encode("utf-8", "surrogatepass") + b"}")["it"]
    except ValueError as error:
        raise TrainError(f"{what} is not JSON: {error}") from None
