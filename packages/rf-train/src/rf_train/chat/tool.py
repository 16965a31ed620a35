"""A tool for the model: a command that executes the calls that the model writes.

A call in an answer has the form `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`, that of
Hermes and Qwen3. The command reads a line `{"id": ..., "arguments": {...}}` from its standard input
and writes the result, a JSON object with the same id, as a line to its standard output. The
result's `reply` is the text for the user, or an object of such texts by language (`zh`, `en`).
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from rf_jsonl import dumps, expanded, loads

from rf_train.errors import TrainError
from rf_train.inference.trained_rendering import contains_han

_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
_TIMEOUT = 60.0  # seconds for one call, including the start of the command


def find_call(text: str) -> dict[str, Any] | None:
    """The call in an answer, `{"name", "arguments"}`; None where there is no valid one."""
    match = _CALL.search(text)
    if match is None:
        return None
    try:
        call = json.loads(match[1])
    except (ValueError, RecursionError):
        return None
    if not isinstance(call.get("name"), str) or not isinstance(call.get("arguments"), dict):
        return None
    return {"name": call["name"], "arguments": call["arguments"]}


class Tool:
    """A command that is started for each call. Raises TrainError where it does not exist."""

    def __init__(self, command: str) -> None:
        try:
            words = shlex.split(command, posix=os.name != "nt")
            self.words = [expanded(word) for word in words]
        except ValueError as error:
            raise TrainError(f"tool: {command!r}: {str(error).lower()}") from None
        if not self.words or shutil.which(self.words[0]) is None:
            raise TrainError(f"tool: {command!r}: no such command (rf-synth solve --calls -)")

    def answer(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a call. Raises TrainError where the command fails or writes no object."""
        question = dumps({"id": "call", "arguments": dict(arguments)}) + b"\n"
        try:
            done = subprocess.run(
                self.words, input=question, capture_output=True, timeout=_TIMEOUT, check=False
            )
            result = loads(done.stdout.strip())
        except subprocess.TimeoutExpired:
            raise TrainError(f"tool: no result after {_TIMEOUT:.0f} s") from None
        except (OSError, ValueError) as error:
            errors = done.stderr.decode("utf-8", "replace").strip() if "done" in locals() else ""
            reason = errors.splitlines()[-1] if errors else str(error)
            raise TrainError(f"tool: {self.words[0]} wrote no result: {reason}") from None
        result.pop("id", None)
        return result


def reply_of(result: Mapping[str, Any], question: str) -> str:
    """The text of a result for the user, in the language of `question` if there are several."""
    reply = result.get("reply")
    if isinstance(reply, Mapping):
        language = "zh" if contains_han(question) else "en"
        reply = reply.get(language) or next(iter(reply.values()), None)
    return reply if isinstance(reply, str) else json.dumps(dict(result), ensure_ascii=False)
