"""Filters as models answered them, and specifications as the data set gives them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from rf_jsonl import FileError, read_jsonl

from rf_figs.readers.fields import fields_of
from rf_figs.readers.samples import Sample, turns_of

PASS_KEYS = {"lowpass": ("fc",), "highpass": ("fc",), "bandpass": ("f_center", "bandwidth")}
"""The keys that, with ripple and order, determine the response of a filter of each band."""

STOP_KEYS = {"lowpass": ("fs",), "highpass": ("fs",), "bandpass": ("fs_lower", "fs_upper")}
HIGHEST_ORDER = 50
HIGHEST_NUMBER = 1e15
HIGHEST_RIPPLE_DB = 100.0


class _Prediction(Struct):
    id: str
    completion: str


def iter_answers(
    path: Path, samples: Mapping[str, Sample] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, answer) of each first-turn completion or tool result that is one drawable filter.

    Raises FileError, also if a prediction's prompt differs from that of the sample with its id.
    """
    for number, record in read_jsonl(path):
        if record.get("turn", 1) == 1:
            line = fields_of(record, _Prediction, path, number)
            sample, prompt = (samples or {}).get(line.id), turns_of(record.get("messages"))
            if sample is not None and prompt and sample.prompt and prompt != sample.prompt:
                reason = f"{sample.id!r} answers another prompt than the data set's"
                raise FileError(path, reason, number)
            answer = _answer_of_tool(record) or read_answer(line.completion)
            if answer is not None:
                yield line.id, answer


def _answer_of_tool(record: dict[str, Any]) -> dict[str, Any] | None:
    """The answer in the published form that a tool's result contains, or None."""
    result = record.get("result")
    answer = result.get("answer") if isinstance(result, dict) else None
    return answer if isinstance(answer, dict) and is_filter(answer) else None


def read_answer(text: str) -> dict[str, Any] | None:
    """The filter in a completion that is one JSON object and nothing else, or None.

    None also if its numbers are not a filter: only what the model answered is drawn.
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and is_filter(answer) else None


def is_filter(answer: dict[str, Any]) -> bool:
    """Whether order, ripple and pass band, which determine the response, are usable numbers.

    Stop edges and attenuation only restate the request; they may be wrong or missing.
    """
    keys = PASS_KEYS.get(str(answer.get("filter_band")))
    order = answer.get("order")
    if keys is None or type(order) is not int or not 1 <= order <= HIGHEST_ORDER:
        return False
    if not _all_usable(answer, (*keys, "ripple_db")) or answer["ripple_db"] > HIGHEST_RIPPLE_DB:
        return False
    is_band = answer["filter_band"] == "bandpass"
    return not is_band or bool(answer["bandwidth"] < 2 * answer["f_center"])


def is_specification(spec: dict[str, Any]) -> bool:
    """Whether a mask can be drawn: all numbers are usable, stop edges outside the pass band."""
    band = str(spec.get("filter_band"))
    keys = (*PASS_KEYS.get(band, ()), *STOP_KEYS.get(band, ()), "ripple_db", "La_target")
    return band in PASS_KEYS and _all_usable(spec, keys) and _in_order(spec)


def _all_usable(record: dict[str, Any], keys: Iterable[str]) -> bool:
    return all(_is_usable(record.get(key)) for key in keys)


def _is_usable(value: Any) -> bool:
    return type(value) in (int, float) and bool(0 < value < HIGHEST_NUMBER)


def _in_order(spec: dict[str, Any]) -> bool:
    """Whether the stop edges are outside the pass band, each on its side."""
    if spec["filter_band"] == "lowpass":
        return bool(spec["fc"] < spec["fs"])
    if spec["filter_band"] == "highpass":
        return bool(spec["fs"] < spec["fc"])
    center, half = spec["f_center"], spec["bandwidth"] / 2
    return bool(spec["fs_lower"] < center - half and center + half < spec["fs_upper"])
