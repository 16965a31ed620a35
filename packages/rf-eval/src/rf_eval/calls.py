"""Tool calls in a completion: in Hermes tags, as a bare object, or as bare arguments."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rf_jsonl import loads

from rf_eval.extract import MAX_CHARACTERS, extract

OPEN, CLOSE = "<tool_call>", "</tool_call>"
_THOUGHT = re.compile(r"\A.*</think>", re.DOTALL)

Form = Literal["tags", "object", "arguments"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the function's name ("" if there are only arguments) and its arguments.

    `repairs` names the deviations of the text from a well-formed call.
    """

    name: str
    arguments: Mapping[str, Any]
    form: Form
    repairs: tuple[str, ...] = ()

    def to_record(self) -> dict[str, Any]:
        """The call as recorded in `predictions.jsonl`."""
        return {"name": self.name, "arguments": dict(self.arguments)}


def find_call(text: str, finish_reason: str = "stop") -> Call | str:
    """The call in a completion, or a one-line reason why there is none; never raises.

    Of several tagged calls the last is taken, as with several objects.
    """
    if len(text) > MAX_CHARACTERS:
        return f"longer than {MAX_CHARACTERS} characters"
    body = _THOUGHT.sub("", text)
    repairs = [] if body == text else ["think block"]
    if OPEN not in body:
        return _untagged(body, finish_reason, repairs)
    before, *inner = body.split(OPEN)
    inside, closed, after = inner[-1].partition(CLOSE)
    if not closed:
        if finish_reason == "length":
            return "cut off at the token limit inside the call"
        repairs.append("a tool_call that never closes")
    if len(inner) > 1:
        repairs.append("several calls, the last taken")
    if before.strip() or after.strip():
        repairs.append("text around the call")
    return _from_object(inside, "stop", "tags", repairs)


def expected_call(meta: Mapping[str, Any], expected_text: str) -> Call | None:
    """The reference call of a record: the function in its answer, the arguments in `meta.call`."""
    written = find_call(expected_text) if OPEN in expected_text else ""
    stated = meta.get("call")
    found = _call(stated, "object", []) if isinstance(stated, Mapping) else written
    if isinstance(found, str):
        return None
    if not found.name and isinstance(written, Call):
        return Call(written.name, found.arguments, found.form)
    return found


def as_text(name: str, arguments: str) -> str:
    """A call in its tags, as Qwen3's chat template prints it.

    `arguments` is the model's JSON text, whether or not it is valid.
    """
    return f'{OPEN}\n{{"name": {json.dumps(name)}, "arguments": {arguments}}}\n{CLOSE}'


def _untagged(body: str, finish_reason: str, repairs: list[str]) -> Call | str:
    if "{" not in body:
        return "no call in the text"
    return _from_object(body, finish_reason, "object", repairs)


def _from_object(text: str, finish_reason: str, form: Form, repairs: list[str]) -> Call | str:
    reading = extract(text, finish_reason)
    if reading.recovered is None:
        return f"the call cannot be read: {reading.why}"
    return _call(reading.recovered, form, [*repairs, *reading.repairs])


def _call(stated: Mapping[str, Any], form: Form, repairs: list[str]) -> Call | str:
    """The call in an object. An object without `arguments` is the arguments themselves if it is
    outside tags; within tags it is a malformed call.
    """
    if "arguments" not in stated or not isinstance(stated.get("name", ""), str):
        if form == "tags":
            return "the call has no name and arguments"
        return Call("", stated, "arguments", tuple(repairs))
    arguments = stated["arguments"]
    if isinstance(arguments, str):
        arguments = _parsed(arguments)
        repairs = [*repairs, "arguments as a text"]
    if not isinstance(arguments, Mapping):
        return "the call's arguments are no object"
    return Call(stated.get("name", ""), arguments, form, tuple(repairs))


def _parsed(text: str) -> Any:
    try:
        return loads(text.encode("utf-8"))
    except (ValueError, UnicodeEncodeError):
        return None
