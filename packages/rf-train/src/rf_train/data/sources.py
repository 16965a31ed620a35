"""Which files a recipe means, and how dialogues stand in them.

A data set is a JSONL, Parquet or CSV file, or a name in `dataset_info.json` as LLaMA-Factory
registers it (`formatting: sharegpt` or `openai`, with its column and tag names).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from rf_jsonl import FileError, did_you_mean, expanded, read_json, read_jsonl

from rf_train.data.rendering import Message
from rf_train.data.tool_turns import Function, called, called_in_text, offered
from rf_train.errors import TrainError

_OPENAI_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
    "function_tag": "function_call",
    "observation_tag": "tool",
}
_SHAREGPT_TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "system_tag": "system",
    "function_tag": "function_call",
    "observation_tag": "observation",
}
_FORMATS = ("sharegpt", "openai")
_KINDS = (".jsonl", ".parquet", ".csv")
_NO_SUCH_KIND = f"expected a file of {', '.join(_KINDS)}"
_ROLES = ("user", "assistant", "system", "function", "observation")


class Dialogue(NamedTuple):
    """The line of a record, its messages, and the functions that the model may call."""

    line: int
    messages: list[Message]
    tools: tuple[Function, ...] = ()


@dataclass(frozen=True)
class Source:
    """One file and the names that its dialogues use; a Parquet or CSV file has rows for lines."""

    path: Path
    messages: str = "messages"
    system: str | None = None
    tools: str = "tools"
    tags: dict[str, str] = field(default_factory=lambda: dict(_OPENAI_TAGS))

    def dialogues(self) -> Iterator[Dialogue]:
        """Yields dialogues; roles are system, user, assistant and tool. Raises FileError."""
        for line, record in _records(self.path):
            try:
                yield Dialogue(line, self._messages(record), self._tools(record))
            except TrainError as error:
                raise FileError(self.path, str(error), line) from None

    def _messages(self, record: dict[str, Any]) -> list[Message]:
        turns = record.get(self.messages)
        if isinstance(turns, str):  # a CSV file has no other way of holding a list
            turns = _in_text(turns, self.messages)
        if not isinstance(turns, list) or not turns:
            raise TrainError(f"expected a list of messages under {self.messages!r}")
        roles = {self.tags[f"{role}_tag"]: role for role in _ROLES}
        messages = [self._message(turn, roles) for turn in turns]
        if self.system and isinstance(record.get(self.system), str) and record[self.system]:
            messages.insert(0, {"role": "system", "content": record[self.system]})
        return messages

    def _tools(self, record: dict[str, Any]) -> tuple[Function, ...]:
        column = record.get(self.tools)
        return _offered_in_text(column) if isinstance(column, str) else offered(column)

    def _message(self, turn: Any, roles: dict[str, str]) -> Message:
        if not isinstance(turn, dict):
            raise TrainError("a message is not an object")
        role, content = turn.get(self.tags["role_tag"]), turn.get(self.tags["content_tag"])
        if role not in roles:
            raise TrainError(f"role {role!r} is not known{did_you_mean(str(role), roles)}")
        if roles[role] == "assistant" and turn.get("tool_calls"):
            return called(content, turn["tool_calls"])
        if not isinstance(content, str):
            raise TrainError(f"the content of a {roles[role]} message is not text")
        if roles[role] == "function":
            return called_in_text(content)
        return {"role": "tool" if roles[role] == "observation" else roles[role], "content": content}


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line or row, from 1, and record; one block of rows is in memory. Raises FileError."""
    if path.suffix == ".jsonl":
        yield from read_jsonl(path)
        return
    from datasets import IterableDataset  # load_dataset would report to a server that it was called

    kind = path.suffix[1:]
    read = {"parquet": IterableDataset.from_parquet, "csv": IterableDataset.from_csv}[kind]
    try:
        yield from enumerate(read(str(path)), start=1)
    except (OSError, ValueError, RuntimeError) as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise FileError(path, f"cannot be read as {kind}: {cause}") from None


def _in_text(column: str, name: str) -> Any:
    try:
        return json.loads(column)
    except ValueError as error:
        raise TrainError(f"the text under {name!r} is not a list of messages: {error}") from None


@lru_cache(maxsize=8)
def _offered_in_text(column: str) -> tuple[Function, ...]:
    """Of a data set whose records all carry the same text, it is parsed once."""
    return offered(column)


Sources = dict[str, list[Source]]  # by part of a run, "train" and perhaps "eval"


def find_each(datasets: str, dataset_dir: str) -> list[Source]:
    """The files that a recipe's data sets mean, several with commas between their names.

    Raises FileError, TrainError.
    """
    names = [expanded(name.strip()) for name in datasets.split(",")]
    if Path(datasets).is_file() or (Path(dataset_dir) / datasets).is_file():
        names = [datasets]  # a file with a comma in its name
    if not all(names):
        raise TrainError(f"dataset: a name is missing in {datasets!r}")
    sources = [find_source(name, dataset_dir) for name in names]
    for number, source in enumerate(sources):
        if any(source.path.resolve() == other.path.resolve() for other in sources[:number]):
            raise TrainError(f"dataset: {names[number]} is named before, or means the same file")
    return sources


def find_source(dataset: str, dataset_dir: str) -> Source:
    """The file a recipe's data set name means: registered, `NAME.jsonl`, or a path.

    Raises FileError, TrainError.
    """
    folder = Path(dataset_dir)
    registry = folder / "dataset_info.json"
    plain = folder / f"{dataset}.jsonl"
    if plain.is_file() and not (registry.is_file() and dataset in read_json(registry)):
        return Source(plain)
    for path in (Path(dataset), folder / dataset):
        if path.suffix in _KINDS:
            if path.is_file():
                return Source(path)
        elif path.is_file():
            raise FileError(path, _NO_SUCH_KIND)
    if dataset.endswith(_KINDS):
        raise FileError(Path(dataset_dir) / dataset, "no such file or directory")
    return _registered(dataset, Path(dataset_dir))


def _registered(name: str, folder: Path) -> Source:
    registry = folder / "dataset_info.json"
    entries = read_json(registry)
    if name not in entries:
        raise FileError(registry, f"has no data set {name!r}{did_you_mean(name, entries)}")
    entry = entries[name]
    if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str):
        raise FileError(registry, f"data set {name!r} has no file_name (hubs are not read)")
    if entry.get("formatting", "alpaca") not in _FORMATS:
        raise FileError(registry, f"data set {name!r}: only formatting sharegpt or openai is read")
    path = folder / expanded(entry["file_name"])
    if path.suffix not in _KINDS:
        raise FileError(path, _NO_SUCH_KIND)
    columns = entry.get("columns", {})
    return Source(
        path,
        messages=columns.get("messages", "conversations"),
        system=columns.get("system"),
        tools=columns.get("tools", "tools"),
        tags=_SHAREGPT_TAGS | entry.get("tags", {}),
    )
