"""The filter in a line of a file: an answer, a prediction, a record of a data set, a result."""

from collections.abc import Mapping
from typing import Any

from rf_eval.extract import extract
from rf_eval.filters.design import Design, read_design
from rf_eval.filters.result import read_result

Record = Mapping[str, Any]
_WRITTEN = ("completion", "answer", "output", "response")
"""Keys of the text, in rf-eval's predictions and in other tools' files."""


class NoFilter(str):
    """The reason why a record has no filter to judge, such as that it is a question."""


def design_in(record: Record) -> Design | str:
    """The design in a record, or one line: a NoFilter if it states none, else what is wrong."""
    result, text = _result(record), _text(record)
    if result is not None:
        if result.get("status") != "designed":
            return NoFilter(f"no filter: {result.get('status')}")
        return read_result(result)
    if text is None:
        return read_design(record)
    if "{" not in text:
        return NoFilter("no filter: the answer is prose")
    reading = extract(text, str(record.get("finish_reason", "stop")))
    return reading.why if reading.recovered is None else design_in_object(reading.recovered)


def design_in_object(answer: Record) -> Design | str:
    """The design in a model's answer; a call without a tool's result is not a design."""
    if "filter_band" not in answer and isinstance(answer.get("arguments"), Mapping):
        return NoFilter("no filter: a call that no tool answered")
    return read_design(answer)


def _result(record: Record) -> Record | None:
    """The result of a call: in a prediction, in a record's meta, or the line itself."""
    meta = record.get("meta")
    places = (record.get("result"), meta.get("result") if isinstance(meta, Mapping) else None)
    for place in places:
        if isinstance(place, Mapping):
            return place
    return record if "status" in record and "filter_band" not in record else None


def _text(record: Record) -> str | None:
    """The text under a key in `_WRITTEN`, or the last turn of an assistant."""
    for key in _WRITTEN:
        if isinstance(record.get(key), str):
            return str(record[key])
    for turns, who, what, names in (
        ("messages", "role", "content", ("assistant",)),
        ("conversations", "from", "value", ("gpt", "assistant")),
    ):
        found = record.get(turns)
        if isinstance(found, list):
            texts = [m.get(what) for m in found if isinstance(m, Mapping) and m.get(who) in names]
            return str(texts[-1]) if texts else ""
    return None
