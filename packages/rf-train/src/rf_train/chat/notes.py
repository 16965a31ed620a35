"""Notes on a finished answer: by installed packages that know its subject, or the bare object.

A package registers a function under the entry-point group `rf_train.answer_notes`. It is called
with the answer's text and the user's messages, and returns `{"summary": [line, ...], "warnings":
[line, ...]}`; no lines where it has nothing to say.
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
    """Lines that say an answer in other words, and what of it to look at twice."""

    summary: list[str]
    warnings: list[str]


def notes(answer: Answer) -> Notes:
    """What the installed packages say; without a summary of theirs, the answer's JSON object."""
    said = [message["content"] for message in answer.messages if message["role"] == "user"]
    found = [provide(answer.text, said) for provide in _providers()]
    summary = [line for lines in found for line in lines["summary"]]
    warnings = [f"check       {line}" for lines in found for line in lines["warnings"]]
    return Notes(summary or _indented(answer.text), warnings)


@functools.cache
def _providers() -> tuple[Provider, ...]:
    return tuple(point.load() for point in sorted(entry_points(group=GROUP)))


def _indented(text: str) -> list[str]:
    """The first JSON object in a text over several lines; none where there is no whole one."""
    start = text.find("{")
    if start < 0:
        return []
    try:
        value: Any = json.JSONDecoder(parse_float=Decimal).raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return []
    return json.dumps(value, ensure_ascii=False, indent=2, default=float).splitlines()
