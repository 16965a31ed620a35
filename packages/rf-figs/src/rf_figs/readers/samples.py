"""Single samples: the records of a data set, and the scores of the answers to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct
from rf_jsonl import read_json, read_jsonl, sha256_text

from rf_figs.errors import FigsError, MissingInput
from rf_figs.inputs import RESULTS, SCORES, TEST, Inputs
from rf_figs.readers.fields import fields_of

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Sample:
    """One record of a data set; order is None if the record's answer is a question.

    prompt: the messages before its first generated answer, as (role, content).

    Imported records may lack their band or language (`UNKNOWN`) or specification (empty).
    """

    id: str
    type: str
    band: str
    lang: str
    order: int | None
    spec: dict[str, Any]
    prompt: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Score:
    """One metric of one answer; value is None if it does not apply or could not be computed."""

    value: float | None
    status: str
    record: dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """One answer: the id of its sample, its groups, its scores by metric."""

    id: str
    group: dict[str, str]
    metrics: dict[str, Score]


class _Meta(Struct):
    type: str
    band: str | None = None
    lang: str | None = None
    order: int | None = None
    spec: dict[str, Any] = {}


class _Record(Struct):
    id: str
    meta: _Meta
    messages: Any = None


class _ScoresLine(Struct):
    id: str
    group: dict[str, str]
    metrics: dict[str, dict[str, Any]]


def iter_samples(path: Path) -> Iterator[Sample]:
    """The records of a data set file, one at a time. Raises FileError."""
    for number, record in read_jsonl(path):
        line = fields_of(record, _Record, path, number)
        meta = line.meta
        yield Sample(
            id=line.id,
            type=meta.type,
            band=meta.band or UNKNOWN,
            lang=meta.lang or UNKNOWN,
            order=meta.order,
            spec=meta.spec,
            prompt=_prompt(line.messages, meta.type),
        )


_ANSWERS = ("assistant", "function_call")
"""Roles of the turns that a model generates."""


def turns_of(messages: Any) -> tuple[tuple[str, str], ...]:
    """Messages as (role, content); empty if there are none."""
    turns = messages if isinstance(messages, list) else []
    return tuple((str(m.get("role")), str(m.get("content"))) for m in turns if isinstance(m, dict))


def _prompt(messages: Any, kind: object) -> tuple[tuple[str, str], ...]:
    """Everything before the last answer, or before the first if the model generates both."""
    turns = turns_of(messages)
    answers = [place for place, (role, _) in enumerate(turns) if role in _ANSWERS]
    if not answers:
        return turns
    return turns[: answers[0] if kind == "followup_resolve" else answers[-1]]


def iter_scores(path: Path) -> Iterator[Scored]:
    """The scores of one model, one answer at a time. Raises FileError."""
    for number, record in read_jsonl(path):
        line = fields_of(record, _ScoresLine, path, number)
        scores = {name: _score(metric) for name, metric in line.metrics.items()}
        yield Scored(line.id, line.group, scores)


def evaluated_samples(inputs: Inputs) -> dict[str, Sample]:
    """The test set that was evaluated, by id.

    Of the files test*.jsonl this is the one whose sha256 is in a results.json, so that scores
    are never joined to another data set. Raises MissingInput, FigsError (if a model was scored
    on another one), FileError.
    """
    return {sample.id: sample for sample in iter_samples(inputs.use(_evaluated_test(inputs)))}


def _evaluated_test(inputs: Inputs) -> Path:
    candidates = inputs.matching("test", ".jsonl") or [inputs.one(TEST)]
    known = {text for path in inputs.all(RESULTS) for text in _hashes(read_json(path).get("data"))}
    if not known:
        return candidates[0]
    for path in candidates:
        sha256 = sha256_text(path)
        if sha256 in known:
            _refuse_other_data(inputs, path, sha256)
            return path
    raise MissingInput(f"{candidates[0]} is not the data set that the results name by sha256")


def _refuse_other_data(inputs: Inputs, test: Path, sha256: str) -> None:
    """Raises FigsError for a model that was scored on another data set than `test`."""
    for path in inputs.all(RESULTS):
        stated = set(_hashes(read_json(path).get("data")))
        if stated and sha256 not in stated and path.with_name(SCORES).is_file():
            raise FigsError(f"{path}: was scored on another data set than {test}")


def model_scores(inputs: Inputs) -> list[tuple[str, list[Scored]]]:
    """The scores of every model, baseline first. Raises MissingInput, FileError."""
    models = inputs.models(SCORES)
    return [(m.name, list(iter_scores(inputs.use(m.folder / SCORES)))) for m in models]


def partner(samples: dict[str, Sample], scored: Scored) -> Sample:
    """The sample that a score belongs to. Raises FigsError if the data set lacks it."""
    try:
        return samples[scored.id]
    except KeyError:
        raise FigsError(f"the scores name {scored.id!r}, which is not in {TEST}") from None


def _hashes(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _hashes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _hashes(inner)
    elif isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef"):
        yield value


def _score(metric: dict[str, Any]) -> Score:
    value = metric.get("value")
    if isinstance(value, bool):
        value = float(value)
    elif not isinstance(value, int | float):
        value = None
    return Score(value, str(metric.get("status") or ""), metric)
