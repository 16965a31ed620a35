"""The solver as a tool of another process: a call per line in, at once a result per line out."""

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
    """Writes a result for every line that is not blank; all are out before it waits for input.

    Of a long stream each batch that has arrived is shared out among `workers` processes.
    """
    with Shared(partial(answer_lines, strict=strict), workers - 1) as answered:
        for lines in arrived_lines(source):
            sink.write(answered(lines))
            sink.flush()


def answer_lines(lines: list[bytes], *, strict: bool = False) -> bytes:
    """The results of some lines, a line each; blank ones have none."""
    answers = (answer_line(line, strict=strict) for line in lines)
    return b"".join([result_line(answer) for answer in answers if answer])


def arrived_lines(source: BufferedReader) -> Iterator[list[bytes]]:
    """The whole lines of everything that has arrived, each time that something has.

    Of a line of more than MAX_LINE_BYTES only the first MAX_LINE_BYTES + 1 are kept.
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
    """A result as one line of UTF-8, newline included."""
    return orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)


def answer_line(line: bytes, *, strict: bool = False) -> Result | None:
    """The result of one line: arguments, or an object that holds them under `arguments`.

    None for a blank line.
    """
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
        text = arguments.encode("utf-8", "surrogatepass")
        answered = answer_line(text, strict=strict) or solve_call({}, strict=strict)
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
