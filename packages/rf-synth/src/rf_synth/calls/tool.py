"""The solver as a tool process: calls in, results out, one per line, without delay."""

from collections.abc import Iterator
from functools import partial
from io import BufferedReader
from typing import Any, BinaryIO

import orjson
import rf_jsonl

from rf_synth.calls.arguments import not_a_call
from rf_synth.calls.refusal import quoted
from rf_synth.calls.result import Result, outside
from rf_synth.calls.solve import solve_call
from rf_synth.sharing import Shared

TOOL_NAME = "design_filter"
MAX_LINE_BYTES = 4 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_ENVELOPE = frozenset({"id", "name", "arguments", "type", "function"})


def answer_stream(
    source: BufferedReader, sink: BinaryIO, *, strict: bool = False, workers: int = 1
) -> None:
    """Writes a result for every non-blank line, and flushes all before it waits for more input.

    In a long stream, the lines that have arrived are distributed over `workers` processes.
    """
    with Shared(partial(answer_lines, strict=strict), workers - 1) as answered:
        for lines in arrived_lines(source):
            sink.write(answered(lines))
            sink.flush()


def answer_lines(lines: list[bytes], *, strict: bool = False) -> bytes:
    """The results of the non-blank lines, one per line."""
    answers = (answer_line(line, strict=strict) for line in lines)
    return b"".join([result_line(answer) for answer in answers if answer])


def arrived_lines(source: BufferedReader) -> Iterator[list[bytes]]:
    """Yields the complete lines of the input as it arrives.

    Lines are truncated to MAX_LINE_BYTES + 1, which is too long.
    """
    rest = b""
    while chunk := source.read1(_CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[: MAX_LINE_BYTES + 1]
        if lines:
            yield lines
    if rest:
        yield [rest]


def result_line(result: Result) -> bytes:
    """A result as a line of UTF-8 with its newline."""
    return orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)


def answer_line(line: bytes, *, strict: bool = False) -> Result | None:
    """The result of one line, arguments or an object with the key `arguments`; None if blank."""
    if len(line) > MAX_LINE_BYTES:
        too_long = (f"more than {MAX_LINE_BYTES:,} bytes", f"超过 {MAX_LINE_BYTES:,} 字节")
        return _unreadable(f"the line has {too_long[0]}", f"该行{too_long[1]}")
    line = line.strip()
    if not line:
        return None
    try:
        value = rf_jsonl.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        return _unreadable(
            f"the line is not a JSON object ({error})", f"该行不是 JSON 对象（{error}）"
        )
    return answer_object(value, strict=strict)


def answer_object(value: dict[str, Any], *, strict: bool = False) -> Result:
    """The result for an arguments object or an envelope around one, whose `id` is echoed."""
    if "arguments" not in value or not value.keys() <= _ENVELOPE:
        return solve_call(value, strict=strict)
    name = value.get("name", TOOL_NAME)
    arguments = value["arguments"]
    if isinstance(arguments, str):  # as OpenAI's tool calls hold them
        text = arguments.encode("utf-8", "surrogatepass")
        answered = answer_line(text, strict=strict) or solve_call({}, strict=strict)
    elif name != TOOL_NAME:
        shown = quoted(str(name))
        answered = _unreadable(
            f"the tool is called {TOOL_NAME}, not {shown}", f"没有工具 {shown}，只有 {TOOL_NAME}"
        )
    else:
        answered = solve_call(arguments, strict=strict)
    return {"id": value["id"], **answered} if "id" in value else answered


def _unreadable(en: str, zh: str) -> Result:
    return outside(not_a_call(en, zh))
