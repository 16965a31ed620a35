"""The call in a model's answer."""

import json
import re
from typing import Any

from rf_design.solving import CALL_NAME

MAX_ANSWER = 20_000
_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|$)", re.DOTALL)


def call_in(answer: str) -> dict[str, Any] | None:
    """The arguments of the first call of `design_filter` in an answer; None if there is none.

    The call is between `<tool_call>` tags, or is the whole answer. Malformed calls are not
    repaired.
    """
    if len(answer) > MAX_ANSWER:
        return None
    tagged = _TAGGED.search(answer)
    body = tagged[1] if tagged else answer
    try:
        call = json.loads(body.strip(), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        return None
    if not isinstance(call, dict) or call.get("name") != CALL_NAME:
        return None
    arguments = call.get("arguments")
    return arguments if isinstance(arguments, dict) else None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found
