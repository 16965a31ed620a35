"""Notes on a finished answer, from installed packages for its domain, or its JSON object.

A package registers a function in the entry-point group `rf_train.answer_notes`. It is called with
the answer's text and the user's messages, and returns `{"summary": [line, ...], "warnings":
[line, ...]}`; both lists may be empty.
"""

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any

from rf_train.chat.conversation import Answer

GROUP = "rf_train.answer_notes"
Provider = Callable[[str, Sequence[str]], dict[str, list[str]]]


@dataclass(frozen=True)
class Notes:
    """Lines that summarise an answer, and lines that warn about parts of it."""

    summary: list[str]
    warnings: list[str]


def notes(answer: Answer) -> Notes:
    """The notes of the installed packages; without a summary, the answer's JSON object."""
    requests = [message["content"] for message in answer.messages if message["role"] == "user"]
    found = [provide(answer.text, requests) for provide in _providers()]
    summary = [line for lines in found for line in lines["summary"]]
    warnings = [f"check       {line}" for lines in found for line in lines["warnings"]]
    return Notes(summary or _indented(answer.text), warnings)


@functools.cache
def _providers() -> tuple[Provider, ...]:
    return tuple(point.load() for point in sorted(entry_points(group=GROUP)))


def _indented(text: str) -> list[str]:
    """The first complete JSON object in a text as indented lines; none if there is none."""
    start = text.find("{")
    if start < 0:
        return []
    try:
        value: Any = json.JSONDecoder(parse_float=Decimal).raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return []
    return json.dumps(value, ensure_ascii=False, indent=2, default=float).splitlines()
