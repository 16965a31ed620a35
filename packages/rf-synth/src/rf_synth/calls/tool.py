"""The solver as a tool of another process: a call a line in, a result a line out, each at once."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
import rf_jsonl

from rf_synth.calls.arguments import not_a_call
from rf_synth.calls.refusal import quoted
from rf_synth.calls.result import Result, outside
from rf_synth.calls.solve import solve_call

TOOL_NAME = "design_filter"
MAX_LINE_BYTES = 4 * 1024 * 1024
_ENVELOPE = frozenset({"id", "name", "arguments", "type", "function"})


def answer_lines(source: BinaryIO, *, strict: bool = False) -> Iterator[Result]:
    """A result for every line that is not blank; a line is answered before the next one is read."""
    while line := source.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            while line and not line.endswith(b"\n"):  # skip the rest of it without keeping it
                line = source.readline(MAX_LINE_BYTES)
            yield _unreadable(
                f"a line of more than {MAX_LINE_BYTES:,} bytes", f"一行超过 {MAX_LINE_BYTES:,} 字节"
            )
        elif stripped := line.strip():
            yield answer_line(stripped, strict=strict)


def result_line(result: Result) -> bytes:
    """A result as one line of UTF-8, newline included."""
    return orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)


def answer_line(line: bytes, *, strict: bool = False) -> Result:
    """The result of one line: arguments, or an object that holds them under `arguments`."""
    try:
        value = rf_jsonl.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        return _unreadable(
            f"the line is no JSON object ({error})", f"该行不是 JSON 对象（{error}）"
        )
    return answer_object(value, strict=strict)


def answer_object(value: dict[str, Any], *, strict: bool = False) -> Result:
    """The result of an arguments object or of an envelope around one, with the `id` echoed."""
    if "arguments" not in value or not value.keys() <= _ENVELOPE:
        return solve_call(value, strict=strict)
    name = value.get("name", TOOL_NAME)
    arguments = value["arguments"]
    if isinstance(arguments, str):  # as OpenAI's tool calls hold them
        answered = answer_line(arguments.encode("utf-8", "surrogatepass"), strict=strict)
    elif name != TOOL_NAME:
        shown = quoted(str(name))
        answered = _unreadable(
            f"{shown} is no tool here, only {TOOL_NAME}", f"没有工具 {shown}，只有 {TOOL_NAME}"
        )
    else:
        answered = solve_call(arguments, strict=strict)
    return {"id": value["id"], **answered} if "id" in value else answered


def _unreadable(en: str, zh: str) -> Result:
    return outside(not_a_call(en, zh))
