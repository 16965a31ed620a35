"""A model's completion in one turn, parsed once for all metrics."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rf_jsonl import Record

from rf_eval.calls import Call, find_call
from rf_eval.extract import Extraction, extract
from rf_eval.samples import Sample, is_call
from rf_eval.score import Score, parse_error


@dataclass(frozen=True)
class Answer:
    """One completion and the JSON object extracted from it; it belongs to one sample.

    Attributes
    ----------
    text : the completion
    finish_reason : `stop` or `length`
    result : the tool's result for the call in the text; None if there was no call
    asked_tool : whether there was a tool
    extraction : the outcome of `rf_eval.extract`
    strict : the object if the text is one JSON object and nothing else, else None
    object : the object after the named repairs, which all but the strict metrics judge, or None
    cache : for costly results shared by metrics
    """

    text: str
    finish_reason: str = "stop"
    result: Mapping[str, Any] | None = None
    asked_tool: bool = False
    extraction: Extraction = field(init=False, repr=False, compare=False)
    strict: dict[str, Any] | None = field(init=False, repr=False, compare=False)
    object: dict[str, Any] | None = field(init=False, repr=False, compare=False)
    cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        reading = extract(self.text, self.finish_reason)
        # Fields of a frozen class cannot be assigned.
        self.__dict__.update(extraction=reading, strict=reading.strict, object=reading.recovered)

    @property
    def call(self) -> Call | str:
        """The call in the text, or the reason why there is none; cached."""
        known: Call | str | None = self.cache.get("call")
        if known is None:
            known = self.cache["call"] = find_call(self.text, self.finish_reason)
        return known

    def unreadable(self) -> Score:
        """The parse error of an answer without an object."""
        return parse_error(self.extraction.why)


def answer_of(prediction: Record, sample: Sample | None = None) -> Answer:
    """The answer in a line of `predictions.jsonl`.

    If a tool answered a call but the sample expects none, the tool's result is the answer, so that
    a model with its tool can be evaluated on any data set.
    """
    result = prediction.get("result")
    text, finish = prediction["completion"], prediction.get("finish_reason", "stop")
    if sample is not None and isinstance(result, Mapping) and not is_call(sample):
        text, finish = _text_of_result(result, sample), "stop"
    return Answer(text, finish, result, asked_tool="result" in prediction)


def _text_of_result(result: Mapping[str, Any], sample: Sample) -> str:
    """The answer of the published task in a result, or its reply in the sample's language."""
    if isinstance(result.get("answer"), Mapping):
        return json.dumps(result["answer"])
    lang = "en" if sample.meta.get("lang") == "en" else "zh"
    for key in ("question", "reply"):
        if isinstance(result.get(key), Mapping):
            return str(result[key].get(lang, ""))
    return ""
