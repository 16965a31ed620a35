"""How many labels of somebody's file meet their own specification.

Reads three forms of lines: our records, bare `{"messages": […]}` records, and answers, either the
object itself or a string under `answer`, `completion`, `output` or `response`. A label is what an
answer says: it meets its specification where a filter of that order reaches the attenuation, and
is minimal where no lower order does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import rf_jsonl

from rf_synth.specs.minimum_order import BANDS, SpecError, check_spec, minimum_order
from rf_synth.verify import order_proof

PRINTED_DB = 0.005
"""Half a unit of an attenuation printed with two decimals."""
_ANSWER_KEYS = ("answer", "completion", "output", "response")


@dataclass
class Tally:
    """Counts of one band, or of all."""

    labels: int = 0
    impossible: int = 0
    meets: int = 0
    meets_as_printed: int = 0
    minimal: int = 0
    exact: int = 0

    def row(self) -> dict[str, Any]:
        """The counts with their shares of all labels."""
        shares = {
            f"{name}_share": round(getattr(self, name) / self.labels, 6) if self.labels else None
            for name in ("meets", "meets_as_printed", "minimal", "exact")
        }
        return {**vars(self), **shares}


@dataclass
class Audit:
    """What a file's labels are worth."""

    lines: int = 0
    without_answer: int = 0
    bands: dict[str, Tally] = field(default_factory=lambda: {band: Tally() for band in BANDS})
    findings: list[str] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        """All bands together."""
        tally = Tally()
        for band in self.bands.values():
            for name, value in vars(band).items():
                setattr(tally, name, getattr(tally, name) + value)
        return tally


def audit(path: Path, shown: int = 20) -> Audit:
    """Judges every label of a JSONL file; the first `shown` faults are told. Raises FileError."""
    result = Audit()
    for number, record in rf_jsonl.read_jsonl(path):
        result.lines += 1
        answers = list(_answers(record))
        if not answers:
            result.without_answer += 1
        for answer in answers:
            fault = _judge(answer, result.bands[answer["filter_band"]])
            if fault and len(result.findings) < shown:
                result.findings.append(f"{path}:{number}: {fault}")
    return result


def _judge(answer: dict[str, Any], tally: Tally) -> str:
    """Counts one label; returns what is wrong with it, or nothing."""
    tally.labels += 1
    order = answer["order"]
    try:
        check_spec(answer)
        least, n = minimum_order(answer)
    except SpecError as error:
        tally.impossible += 1
        return f"no filter can meet this: {error}"
    if order < 1:
        return f"order {order} is no filter; {least} is needed ({n:.3f})"
    reached = order_proof.attenuation_db(answer, order)
    tally.meets += order_proof.meets(answer, order)
    tally.meets_as_printed += order_proof.meets(answer, order, PRINTED_DB)
    tally.minimal += order == 1 or not order_proof.meets(answer, order - 1)
    tally.exact += order == least
    if order == least:
        return ""
    wanted = answer["La_target"]
    return f"order {order} reaches {reached:.2f} of {wanted:g} dB; {least} is needed ({n:.3f})"


def _answers(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The answers of one line: objects with a band and a whole number as order."""
    candidates: list[Any] = [record]
    messages = record.get("messages")
    if isinstance(messages, list):
        said = [m.get("content") for m in messages if _is_assistant(m)]
        candidates = said[-1:]
    else:
        candidates += [record[key] for key in _ANSWER_KEYS if key in record]
    for candidate in candidates:
        answer = _as_object(candidate)
        if answer.get("filter_band") in BANDS and type(answer.get("order")) is int:
            yield {"filter_type": "chebyshev", **answer}
            return


def _is_assistant(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant"


def _as_object(candidate: Any) -> dict[str, Any]:
    """The object that a candidate is or holds as text, fenced or not; empty where there is none."""
    if isinstance(candidate, dict):
        return candidate
    if not isinstance(candidate, str):
        return {}
    first, last = candidate.find("{"), candidate.rfind("}")
    try:
        value = orjson.loads(candidate[first : last + 1]) if first >= 0 else {}
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
