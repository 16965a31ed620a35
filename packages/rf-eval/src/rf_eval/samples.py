"""The data set: records of a `test.jsonl`, and the turns that a model has to generate."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, Record, loads, read_json, read_jsonl, sha256_text

from rf_eval.memory import collection_paused
from rf_eval.tool_turns import plain_messages, tools_of

Message = dict[str, str]
ROLES = ("system", "user", "assistant", "tool")
TWO_TURNS = "followup_resolve"
MARGINS = ((0.02, "<0.02"), (0.1, "0.02–0.1"), (0.3, "0.1–0.3"), (float("inf"), "≥0.3"))


@dataclass(frozen=True)
class Sample:
    """One turn of one record: the prompt and the reference answer.

    Attributes
    ----------
    id, meta : of the record
    messages : the prompt
    expected_text : the reference answer
    turn : 1 or 2
    history : None for the first turn, else whether the first assistant turn in the prompt is the
        model's `own` or the `reference` one
    dataset : the data set's metadata
    tools : the functions that the record offers, in the OpenAI protocol's format
    expected : the reference answer as an object, None if it is prose, such as a question
    type : `meta.type`, by default `full`
    """

    id: str
    messages: Sequence[Message] = field(repr=False)
    expected_text: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    turn: int = 1
    history: str | None = None
    dataset: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tools: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    expected: dict[str, Any] | None = field(init=False, repr=False, compare=False)
    type: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kind = str(self.meta.get("type", "full"))
        # Fields of a frozen class cannot be assigned.
        self.__dict__.update(expected=_object(self.expected_text), type=kind)

    @property
    def spec(self) -> Mapping[str, Any]:
        """The requested specification: `meta.spec`, else the reference answer, else empty."""
        spec = self.meta.get("spec")
        return spec if isinstance(spec, Mapping) else (self.expected or {})

    @property
    def key(self) -> tuple[str, int, str | None]:
        """The identity of a generation: id, turn, history."""
        return (self.id, self.turn, self.history)


@dataclass(frozen=True)
class DataSet:
    """The records of one file with its hash.

    `metadata` is the content of `metadata.json` beside the file, if there is one.
    """

    path: Path
    sha256: str
    records: Sequence[Record] = field(repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.records)


def read_dataset(path: str | os.PathLike[str]) -> DataSet:
    """Reads a file of `{"id", "messages", "meta"}` records, with calls as plain text.

    Raises FileError, with the line, for an invalid record or a duplicate id.
    """
    source = Path(path)
    with collection_paused():
        records = check_records(source, read_jsonl(source))
    metadata = source.with_name("metadata.json")
    return DataSet(
        source, sha256_text(source), records, read_json(metadata) if metadata.is_file() else {}
    )


def check_records(path: Path, numbered: Iterable[tuple[int, Record]]) -> list[Record]:
    """The records of a file or a part of it, given with their line numbers, calls as plain text.

    Raises FileError, with the line, for an invalid record or a duplicate id.
    """
    lines: dict[str, int] = {}
    records = []
    for line, record in numbered:
        _check_record(path, line, record)
        first = lines.setdefault(record["id"], line)
        if first != line:
            raise FileError(path, f"id {record['id']!r} is already on line {first}", line)
        records.append(record)
    return records


def turns(record: Record, dataset: Mapping[str, Any] | None = None) -> Iterator[Sample]:
    """The turns of a record that a model has to generate.

    Most records have one, with everything before the last assistant message as the prompt. A
    `followup_resolve` record has three: the first turn, and the second turn after the model's own
    first turn (which is inserted once it is known) and after the reference one.
    """
    messages, meta = record["messages"], record.get("meta", {})
    known = dataset or {}
    places = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
    last = places[-1]
    if meta.get("type") != TWO_TURNS or len(places) < 2:
        yield _sample(record, last, 1, None, known)
        return
    yield _sample(record, places[0], 1, None, known)
    yield _sample(record, last, 2, "own", known)
    yield _sample(record, last, 2, "reference", known)


def with_own_turn(sample: Sample, first: str) -> Sample:
    """The second turn of a record after the model's own first answer."""
    messages = list(sample.messages)
    place = min(i for i, message in enumerate(messages) if message["role"] == "assistant")
    messages[place] = {"role": "assistant", "content": first}
    return replace(sample, messages=messages, turn=2, history="own")


def _object(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return loads(text.encode("utf-8"))
    except (ValueError, UnicodeEncodeError):
        return None


def group_of(record: Record, names: Sequence[str]) -> dict[str, str]:
    """The values of `names` in a record's meta; a numeric `margin` as one of four ranges."""
    meta = record.get("meta", {})
    group = {}
    for name in names:
        value = _margin(meta.get(name)) if name == "margin" else meta.get(name)
        if value is not None:
            group[name] = str(value)
    return group


def _margin(value: Any) -> str | None:
    """The range of a distance of the exact order from the nearest integer."""
    if type(value) not in (int, float):
        return None
    return next((label for bound, label in MARGINS if value < bound), None)


def _sample(
    record: Record, place: int, turn: int, history: str | None, dataset: Mapping[str, Any]
) -> Sample:
    messages = record["messages"]
    return Sample(
        record["id"],
        messages[:place],
        messages[place]["content"],
        record.get("meta", {}),
        turn,
        history,
        dataset,
        tools_of(record),
    )


def _check_record(path: Path, line: int, record: Record) -> None:
    """Converts calls and results to plain messages. Raises FileError for an invalid record."""
    try:
        plain_messages(record)
        tools_of(record)
    except ValueError as error:
        raise FileError(path, str(error), line) from None
    if not isinstance(record.get("id"), str) or not record["id"]:
        raise FileError(path, 'no "id", expected a string', line)
    messages = record.get("messages")
    if not isinstance(messages, list) or not messages:
        raise FileError(path, 'no "messages", expected a list of turns', line)
    for message in messages:
        if not _is_message(message):
            raise FileError(path, 'a message is not {"role", "content"} of known roles', line)
    if not any(message["role"] == "assistant" for message in messages):
        raise FileError(path, "no assistant message, so nothing to compare with", line)
    if not isinstance(record.get("meta", {}), dict):
        raise FileError(path, '"meta" is not an object', line)


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") in ROLES
        and isinstance(message.get("content"), str)
    )


def is_call(sample: Sample) -> bool:
    """Whether the reference is a call."""
    return isinstance(sample.meta.get("call"), Mapping) or "<tool_call>" in sample.expected_text
