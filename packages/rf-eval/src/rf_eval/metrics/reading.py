"""Metrics of reading: the model's call against the reference call."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rf_eval.answer import Answer
from rf_eval.calls import Call, expected_call
from rf_eval.offered import DESIGN_FILTER, parameters_of
from rf_eval.reading.compare import Slot, compare_calls, first_wrong
from rf_eval.reading.meaning import KEYS
from rf_eval.registry import metric
from rf_eval.samples import Sample
from rf_eval.score import RIGHT, Score, not_applicable, parse_error, verdict

CALL_TYPES = ("full", "followup_question", "outside")
"""Types whose call is that of the first generated turn; the call of a `followup_resolve` record is
that of its second turn."""

NO_CALL = not_applicable("no call expected")
_KNOWN = frozenset(KEYS)


def reference(sample: Sample, answer: Answer) -> Call | None:
    """The reference call, cached for all metrics."""
    if "reference" not in answer.cache:
        answer.cache["reference"] = expected_call(sample.meta, sample.expected_text)
    found: Call | None = answer.cache["reference"]
    return found


def slots_of(sample: Sample, answer: Answer) -> Sequence[Slot] | Score:
    """The compared arguments, or the final score if there is nothing to compare."""
    expected, found = reference(sample, answer), answer.call
    if expected is None:
        return NO_CALL
    if isinstance(found, str):
        return parse_error(found)
    if "slots" not in answer.cache:
        answer.cache["slots"] = compare_calls(expected.arguments, found.arguments)
    slots: Sequence[Slot] = answer.cache["slots"]
    return slots


@metric("call_valid", types=CALL_TYPES)
def call_valid(sample: Sample, answer: Answer) -> Score:
    """The completion is one call of the right function whose arguments follow their schema."""
    expected, found = reference(sample, answer), answer.call
    if expected is None:
        return NO_CALL
    if isinstance(found, str):
        return parse_error(found)
    if found.repairs:
        return Score(0.0, "parse_error", f"needed: {', '.join(found.repairs)}")
    if found.name != (expected.name or found.name):
        return verdict(False, f"calls {found.name[:40]!r}, expected {expected.name!r}")
    wrong = _against_schema(sample.dataset, found)
    return verdict(not wrong, wrong)


def _against_schema(dataset: Mapping[str, Any], call: Call) -> str:
    """What is wrong with the arguments by the data set's schema, or else by the known keys."""
    tools = dataset.get("tools")
    schema = parameters_of(tools, call.name or DESIGN_FILTER) if isinstance(tools, list) else None
    if schema is not None:
        return _validator(_Frozen(schema))(dict(call.arguments))
    for key, value in call.arguments.items():
        if key not in _KNOWN:
            return f"no argument is called {key[:40]!r}"
        if not isinstance(value, str):
            return f"{key} is {repr(value)[:40]}, expected a text"
    return ""


class _Frozen:
    """A schema that is hashed by identity, to cache its validator."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and other.schema is self.schema


@lru_cache(maxsize=8)
def _validator(frozen: _Frozen) -> Callable[[Any], str]:
    from rf_eval.validation import validator

    return validator(frozen.schema)


@metric("reading", types=CALL_TYPES)
def reading(sample: Sample, answer: Answer) -> Score:
    """Every argument of the call is right by value, none is missing and none invented."""
    slots = slots_of(sample, answer)
    if isinstance(slots, Score):
        return slots
    wrong = first_wrong(slots)
    return RIGHT if wrong is None else Score(0.0, "ok", str(wrong)[:200])


@metric("reading_slots", types=CALL_TYPES, aggregation="mean")
def reading_slots(sample: Sample, answer: Answer) -> Score:
    """Share of the arguments, stated or invented, that are right; labelled by the first wrong."""
    slots = slots_of(sample, answer)
    if isinstance(slots, Score):
        return slots if slots.value is None else Score(0.0, "parse_error", slots.why, "call unread")
    wrong = first_wrong(slots)
    if wrong is None:
        return RIGHT
    right = sum(slot.kind == "right" for slot in slots)
    others = [str(slot) for slot in slots if slot.kind != "right"]
    return Score(right / len(slots), "ok", "; ".join(others)[:300], f"{wrong.name} {wrong.kind}")
