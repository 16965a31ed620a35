"""The three tools: arguments in, an answer as text and as data out.

Nothing here depends on the protocol. A tool raises DesignError for invalid arguments; a question
to the user, or a reason why something is not designed, is an answer.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rf_jsonl import printable

from rf_design.assistant import schemas
from rf_design.core import Design, design
from rf_design.errors import DesignError
from rf_design.options import Options
from rf_design.reading.conversation import LazyReader, Reader, read_request
from rf_design.reading.text import language_of_call
from rf_design.solving import solve_call
from rf_design.terminal.render import render

Arguments = Mapping[str, Any]
LoadReader = Callable[[], Reader]
_MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """The same answer as a report (`text`) and as the tool's output schema describes (`data`)."""

    text: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as an assistant sees it, and the function that answers.

    `reads` says whether it needs the model.
    """

    name: str
    title: str
    description: str
    input_schema: schemas.Schema
    output_schema: schemas.Schema
    answer: Callable[[Arguments, LoadReader], Answer]
    reads: bool = False

    def call(self, arguments: Arguments, load_reader: LoadReader) -> Answer:
        """Checks the arguments and answers. Raises DesignError."""
        check(arguments, self)
        return self.answer(arguments, load_reader)


def _read_request(arguments: Arguments, load_reader: LoadReader) -> Answer:
    request = arguments["request"]
    turns = [request] if isinstance(request, str) else request
    reading = read_request(turns, LazyReader(load_reader), arguments.get("lang"))
    read = Design(reading.result, reading.call, tuple(turns), reading.lang)
    return Answer(render(read), {"call": reading.call, "result": reading.result})


def _design_filter(arguments: Arguments, _: LoadReader) -> Answer:
    lang = _language(arguments)
    found = design(_call(arguments), Options(**arguments.get("options", {})), lang=lang)
    return Answer(render(found), found.to_json())


def _check_order(arguments: Arguments, _: LoadReader) -> Answer:
    call = _call(arguments)
    result = solve_call(call)
    return Answer(render(Design(result, call, lang=_language(arguments))), result)


def _call(arguments: Arguments) -> dict[str, Any]:
    """The arguments that belong to the call."""
    return {key: value for key, value in arguments.items() if key not in ("options", "lang")}


def _language(arguments: Arguments) -> str:
    """The stated language, else that of the call."""
    return str(arguments.get("lang") or language_of_call(_call(arguments)))


# --- arguments ---------------------------------------------------------------------------------


def check(arguments: Arguments, tool: Tool) -> None:
    """Raises DesignError for the most relevant fault of the arguments, in both languages."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(tool.input_schema).iter_errors(dict(arguments)))
    if error is None:
        return
    place = ".".join(str(step) for step in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(key for key in error.instance if key not in known)
        inside = f"{place}.{unknown}" if place else unknown
        keys = ", ".join(known)
        raise DesignError(
            f"{_short(inside)} is not an argument of {tool.name}, expected: {keys}",
            f"{tool.name} 没有参数 {_short(inside)}，可用的参数：{keys}",
        )
    if error.validator == "required":
        lacking = ", ".join(key for key in error.validator_value if key not in error.instance)
        raise DesignError(f"{tool.name} needs {lacking}", f"{tool.name} 缺少参数 {lacking}")
    shown = _short(json.dumps(error.instance, ensure_ascii=False))
    en, zh = _expected(error.validator, error.schema)
    raise DesignError(f"{place} is {shown}, expected {en}", f"{place} 为 {shown}，应为{zh}")


def _expected(rule: Any, schema: Mapping[str, Any]) -> tuple[str, str]:
    """What a schema requires, in English and Chinese."""
    if rule == "enum":
        choices = ", ".join(json.dumps(choice) for choice in schema["enum"])
        return f"one of {choices}", f" {choices} 之一"
    if rule == "maxLength":
        most = schema["maxLength"]
        return f"at most {most} characters", f"不超过 {most} 个字符的文本"
    kind = schema.get("type", "")
    if kind == "string":
        return (
            'the text of the request with its unit, such as "30 MHz"',
            '带单位的原文，如 "30 MHz"',
        )
    signs = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
    bounds = " and ".join(f"{sign} {schema[key]}" for key, sign in signs.items() if key in schema)
    if kind in _KINDS:
        en, zh = _KINDS[kind]
        return f"{en} {bounds}".rstrip(), f"{zh} {bounds.replace(' and ', '、')}".rstrip()
    return "a text or a list of texts", "文本，或由文本组成的列表"


_KINDS = {
    "integer": ("an integer", "整数"),
    "number": ("a number", "数值"),
    "object": ("an object", "对象"),
}


def _short(text: str) -> str:
    """A text as one line without terminal control sequences, truncated if it is long."""
    plain = printable(text[: _MOST_SHOWN + 1])
    return plain if len(text) <= _MOST_SHOWN else f"{plain[:_MOST_SHOWN]}…"


_COPIED = (
    "Every argument is text copied from the request, the number as printed with its unit "
    '("824 MHz", "±150 MHz", "2:1"); leave out what is not stated; compute, convert and assume '
    "nothing."
)


def tools() -> dict[str, Tool]:
    """The tools by name."""
    found = (
        Tool(
            "read_request",
            "Read a filter request",
            "Reads a request for a low-, high-, band-pass or band-stop filter in Chinese or "
            "English with a small local model. Returns the arguments for design_filter and "
            "check_order, and the exact result: the minimum order, the question to ask where "
            "something is missing, or the reason why it is not designed here.",
            schemas.read_request_input(),
            schemas.read_request_output(),
            _read_request,
            reads=True,
        ),
        Tool(
            "design_filter",
            "Design a filter",
            "Designs a passive Chebyshev or Butterworth LC filter exactly: minimum order with its "
            "proof, element values, what the listed parts do, checks of every line of the "
            f"specification; on request values of E12, E24, E96, losses, yield. {_COPIED} Where "
            "something is missing it returns the question to ask the user. `--order N` and "
            "`--e-series N` in the report are `order` and `e_series` in options here.",
            schemas.design_filter_input(),
            schemas.design_filter_output(),
            _design_filter,
        ),
        Tool(
            "check_order",
            "Is this order enough?",
            "Says whether a filter of a given order meets a specification, what it reaches at "
            f"every stop point and which order is the minimum. {_COPIED}",
            schemas.check_order_input(),
            schemas.check_order_output(),
            _check_order,
        ),
    )
    return {tool.name: tool for tool in found}
