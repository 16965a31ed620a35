"""Filter answers as the models gave them, or as the data set has them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rf_jsonl import read_jsonl

from rf_figs.readers.fields import Fields

BAND_KEYS = {
    "lowpass": ("fc", "fs"),
    "highpass": ("fc", "fs"),
    "bandpass": ("f_center", "bandwidth", "fs_lower", "fs_upper"),
}
HIGHEST_ORDER = 50


def iter_answers(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(id, answer) of the first-turn completions that are one drawable filter. Raises FileError."""
    for number, record in read_jsonl(path):
        line = Fields(record, path, number)
        if record.get("turn", 1) == 1:
            answer = read_answer(line.text("completion"))
            if answer is not None:
                yield line.text("id"), answer


def read_answer(text: str) -> dict[str, Any] | None:
    """The filter that a completion states as one JSON object and nothing else, or None.

    None also where its numbers are no filter: what is drawn must be what the model said.
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and is_filter(answer) else None


def is_filter(answer: dict[str, Any]) -> bool:
    """Whether ripple, attenuation, order and the edges of its band are usable numbers."""
    keys = BAND_KEYS.get(str(answer.get("filter_band")))
    order = answer.get("order")
    if keys is None or type(order) is not int or not 1 <= order <= HIGHEST_ORDER:
        return False
    numbers = (answer.get(key) for key in (*keys, "ripple_db", "La_target"))
    return all(map(_is_usable, numbers)) and _in_order(answer)


def _is_usable(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < 1e15


def _in_order(answer: dict[str, Any]) -> bool:
    """Whether the stop edges lie outside the pass band, on their sides."""
    if answer["filter_band"] == "lowpass":
        return bool(answer["fc"] < answer["fs"])
    if answer["filter_band"] == "highpass":
        return bool(answer["fs"] < answer["fc"])
    center, half = answer["f_center"], answer["bandwidth"] / 2
    return bool(answer["fs_lower"] < center - half and center + half < answer["fs_upper"])
