"""What a model wrote in one turn, with its JSON object read once for all metrics."""

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
    """One completion and what `rf_eval.extract` read in it.

    `strict` is the object where the text is one JSON object and nothing else, `object` the one
    after the named repairs, which all metrics but the strict ones judge; None without one.
    `result` is what a tool answered to the call in the text, None where there was no call;
    `asked_tool` tells whether there was a tool at all. `cache` is for metrics that share costly
    results; an answer belongs to one sample.
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
        # The class is frozen, so its own fields are set the way dataclasses set theirs.
        self.__dict__.update(extraction=reading, strict=reading.strict, object=reading.recovered)

    @property
    def call(self) -> Call | str:
        """The call in the text, or why there is none; looked for once."""
        known: Call | str | None = self.cache.get("call")
        if known is None:
            known = self.cache["call"] = find_call(self.text, self.finish_reason)
        return known

    def unreadable(self) -> Score:
        """The parse error of an answer without an object, with the reason."""
        return parse_error(self.extraction.why)


def answer_of(prediction: Record, sample: Sample | None = None) -> Answer:
    """The answer in a line of `predictions.jsonl`.

    Where the sample expects no call and a tool answered one, what the tool says is the answer:
    the model and its tool are judged together, on any data set.
    """
    result = prediction.get("result")
    text, finish = prediction["completion"], prediction.get("finish_reason", "stop")
    if sample is not None and isinstance(result, Mapping) and not is_call(sample):
        text, finish = _said(result, sample), "stop"
    return Answer(text, finish, result, asked_tool="result" in prediction)


def _said(result: Mapping[str, Any], sample: Sample) -> str:
    """A result as the answer of the published task, or its reply in the sample's language."""
    if isinstance(result.get("answer"), Mapping):
        return json.dumps(result["answer"])
    lang = "en" if sample.meta.get("lang") == "en" else "zh"
    for key in ("question", "reply"):
        if isinstance(result.get(key), Mapping):
            return str(result[key].get(lang, ""))
    return ""
