"""Checks records of source `requests` with answers in the published keys.

What a request states (`meta.stated`) is compared with its text, by a number parser that is
independent of the code that printed the numbers, and the answer with the solver's result.
"""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from rf_synth.calls import solve_call
from rf_synth.language import LANGUAGES
from rf_synth.requests import published
from rf_synth.schemas import load_schema
from rf_synth.verify.call import copy_problems, turn_problems, unread_problems
from rf_synth.verify.record import RecordChecker, asked_names, asks_for_order, asks_for_others

Record = dict[str, Any]


class PublishedChecker:
    """Checks such records one by one, without state."""

    def __init__(self, records: RecordChecker) -> None:
        self._records = records
        self._call = jsonschema_rs.validator_for(load_schema("call"))

    def problems(self, record: Record, split: str) -> list[str]:
        """What is wrong with a record of `split` that conforms to the schema."""
        meta, messages = record["meta"], record["messages"]
        found = list(turn_problems(record, split))
        stated = meta["stated"]
        if not self._call.is_valid(stated):
            error = next(self._call.iter_errors(stated))
            return [*found, f"meta.stated: {error.message[:120]}"]
        if messages[0]["content"] != LANGUAGES[meta["lang"]].system:
            found.append("the system prompt is not that of the published task")
        said = "\n".join(m["content"] for m in messages if m["role"] == "user")
        found += copy_problems(stated, said)
        found += unread_problems(stated, said, meta)
        found += _question_problems(meta, messages)
        return found + self._outcome_problems(meta, stated, messages[-1]["content"])

    def _outcome_problems(self, meta: Record, stated: dict[str, str], text: str) -> list[str]:
        """Compares the last turn with the solver's result in the published task."""
        result = solve_call(stated, strict=True)
        if meta["type"] == "outside":
            reason = published.declined(result, others=True) or {}
            wanted = reason.get("en" if meta["lang"] == "en" else "zh")
            return [] if text == wanted else ["the last turn is not the reason of the solver"]
        if meta["type"] == "followup_question":
            return _gap_problems(meta, result)
        spec = None
        if result["status"] == "designed" and not published.published_missing(result):
            spec = published.published_spec(stated, result)
        if spec is None:
            return ["the published keys cannot express what the request states"]
        if spec != meta["spec"] or result["order"] != meta["order"]:
            return ["meta.spec or meta.order is not what the request states"]
        return self._records.answer_problems(meta, text)


def _gap_problems(meta: Record, result: Record) -> list[str]:
    """Compares what is missing and what is known with the request."""
    missing = published.published_missing(result)
    if not published.is_published_kind(result) or missing != meta["missing"]:
        return [
            f"missing is {meta['missing']}, the request lacks {', '.join(missing) or 'nothing'}"
        ]
    if meta["order"] is not None or meta["n_exact"] is not None:
        return ["a followup_question has an order"]
    known = published.published_part(result, missing)
    return [] if meta["spec"] == known else ["meta.spec is not what the request states"]


def _question_problems(meta: Record, messages: list[dict[str, str]]) -> Iterator[str]:
    """All replies before the last turn must be questions, the first for exactly meta.missing."""
    kind = meta["type"]
    questions = [m["content"] for m in messages[2::2]]
    if kind != "followup_question":
        questions.pop()
    for place, question in enumerate(questions):
        asked = asked_names(question, meta["lang"])
        if not asked or (place == 0 and asked != set(meta["missing"]) and kind != "outside"):
            yield asks_for_others(meta["missing"], asked)
        yield from asks_for_order(question)
    if kind == "full" and meta["missing"]:  # a value may be corrected in the same breath
        yield "a full request has missing parameters"
