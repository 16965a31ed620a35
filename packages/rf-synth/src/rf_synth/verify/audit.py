"""Counts the labels of any data set that meet their own specification.

Reads records of dialogues (`messages`, or ShareGPT's `conversations`) and answers, either the
object itself or a string under `answer`, `completion`, `output` or `response`. A label is the order
in an answer: it meets its specification if a filter of that order reaches the attenuation, and is
minimal if no lower order does. An answer that cannot be judged, because its order is not an integer
or its band is unknown, is counted and meets nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import rf_jsonl

from rf_synth.specs.minimum_order import BANDS, SpecError, check_spec, minimum_order
from rf_synth.verify import order_proof

PRINTED_DB = 0.005
"""Half a unit in the last place of an attenuation with two decimals."""
_ANSWER_KEYS = ("answer", "completion", "output", "response")
_DIALOGUES = (
    ("messages", "role", "content", ("assistant",)),
    ("conversations", "from", "value", ("gpt", "assistant")),
)
"""Formats of dialogues: their key, the keys of a turn's role and text, the answering roles."""
_MARKS = frozenset({"filter_type", "filter_band", "ripple_db", "La_target", "order"})
"""Keys by which an object is recognized as an answer."""
_UNREADABLE: dict[str, Any] = {}
"""Placeholder for an answer whose JSON is invalid."""
OTHER = "other"
"""The row of labels whose band is not lowpass, highpass or bandpass."""


@dataclass
class Tally:
    """Counts for one band, or for all."""

    labels: int = 0
    unjudged: int = 0
    impossible: int = 0
    meets: int = 0
    meets_as_printed: int = 0
    minimal: int = 0
    exact: int = 0

    def row(self) -> dict[str, Any]:
        """The counts and their shares of all labels."""
        shares = {
            f"{name}_share": round(getattr(self, name) / self.labels, 6) if self.labels else None
            for name in ("meets", "meets_as_printed", "minimal", "exact")
        }
        return {**vars(self), **shares}


@dataclass
class Audit:
    """The result of an audit."""

    lines: int = 0
    without_answer: int = 0
    bands: dict[str, Tally] = field(
        default_factory=lambda: {band: Tally() for band in (*BANDS, OTHER)}
    )
    findings: list[str] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        """The sum over all bands."""
        tally = Tally()
        for band in self.bands.values():
            for name, value in vars(band).items():
                setattr(tally, name, getattr(tally, name) + value)
        return tally


def audit(path: Path, shown: int = 20) -> Audit:
    """Judges every label of a JSONL file; lists the first `shown` findings. Raises FileError."""
    result = Audit()
    for number, record in rf_jsonl.read_jsonl(path):
        result.lines += 1
        answer = _answer(record)
        if answer is None:
            result.without_answer += 1
            continue
        band = answer.get("filter_band")
        fault = _judge(answer, result.bands[band if band in BANDS else OTHER])
        if fault and len(result.findings) < shown:
            result.findings.append(f"{rf_jsonl.shown(path)}:{number}: {fault}")
    return result


def _judge(answer: dict[str, Any], tally: Tally) -> str:
    """Counts one label; returns what is wrong with it, or an empty string."""
    tally.labels += 1
    order, unreadable = _order(answer)
    if unreadable:
        tally.unjudged += 1
        return f"cannot be judged: {unreadable}"
    try:
        check_spec(answer)
        least, n = minimum_order(answer)
    except SpecError as error:
        tally.impossible += 1
        return f"no filter can meet this: {error}"
    if order < 1:
        return f"order {order} is impossible; {least} is needed ({n:.3f})"
    reached = order_proof.attenuation_db(answer, order)
    tally.meets += order_proof.meets(answer, order)
    tally.meets_as_printed += order_proof.meets(answer, order, PRINTED_DB)
    tally.minimal += order == 1 or not order_proof.meets(answer, order - 1)
    tally.exact += order == least
    if order == least:
        return ""
    wanted = answer["La_target"]
    return f"order {order} reaches {reached:.2f} of {wanted:g} dB; {least} is needed ({n:.3f})"


def _order(answer: dict[str, Any]) -> tuple[int, str]:
    """The order of an answer, and the reason why it cannot be judged, or an empty string."""
    if answer is _UNREADABLE:
        return 0, "its JSON cannot be read"
    if answer.get("filter_band") not in BANDS:
        return 0, f"filter_band is {answer.get('filter_band')!r}, expected {', '.join(BANDS)}"
    order = answer.get("order")
    if type(order) is float and order.is_integer():
        order = int(order)
    if type(order) is not int:
        stated = f"is {order!r}, expected a whole number" if "order" in answer else "is missing"
        return 0, f"order {stated}"
    return order, ""


def _answer(record: dict[str, Any]) -> dict[str, Any] | None:
    """The answer of one line; None if it has none, such as a question."""
    candidates: list[Any] = [record, *(record[key] for key in _ANSWER_KEYS if key in record)]
    for turns, who, what, names in _DIALOGUES:
        if isinstance(record.get(turns), list):
            said = [
                m.get(what) for m in record[turns] if isinstance(m, dict) and m.get(who) in names
            ]
            candidates = said[-1:]
    for candidate in candidates:
        answer = _as_object(candidate)
        if answer is _UNREADABLE:
            return answer
        if answer.keys() & _MARKS:
            return {"filter_type": "chebyshev", **answer}
    return None


def _as_object(candidate: Any) -> dict[str, Any]:
    """The object that a candidate is or contains as text, fenced or not; empty without one.

    `_UNREADABLE` if a text looks like an answer but is not valid JSON.
    """
    if isinstance(candidate, dict):
        return candidate
    if not isinstance(candidate, str):
        return {}
    first, last = candidate.find("{"), candidate.rfind("}")
    try:
        value = orjson.loads(candidate[first : last + 1]) if first >= 0 else {}
    except orjson.JSONDecodeError:
        return _UNREADABLE if any(mark in candidate for mark in _MARKS) else {}
    return value if isinstance(value, dict) else {}
