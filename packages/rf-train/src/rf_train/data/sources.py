"""Which files a recipe means, and how dialogues stand in them.

A data set is a JSONL, JSON, Parquet or CSV file, a folder of them laid out as hubs have it, a name
in `dataset_info.json` as LLaMA-Factory registers it (`formatting: sharegpt` or `openai`, with its
column and tag names), or `org/name@revision` on a hub.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from rf_jsonl import FileError, did_you_mean, expanded, read_json, read_jsonl

from rf_train.data.hub import KINDS, NO_SUCH_KIND, Hub, split_files
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
_ROLES = ("user", "assistant", "system", "function", "observation")


class Dialogue(NamedTuple):
    """The line of a record, its messages, and the functions that the model may call."""

    line: int
    messages: list[Message]
    tools: tuple[Function, ...] = ()


@dataclass(frozen=True)
class Source:
    """One file and the names that its dialogues use; all but JSONL files have rows for lines.

    `of` names the data set of which this is one of several files.
    """

    path: Path
    messages: str = "messages"
    system: str | None = None
    tools: str = "tools"
    tags: dict[str, str] = field(default_factory=lambda: dict(_OPENAI_TAGS))
    of: str | None = None

    @property
    def data_set(self) -> str:
        """What `max_samples` counts in."""
        return self.of or str(self.path)

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
    read = {
        "json": IterableDataset.from_json,
        "parquet": _parquet_rows,
        "csv": IterableDataset.from_csv,
    }[kind]
    try:
        yield from enumerate(read(str(path)), start=1)
    except (OSError, ValueError, RuntimeError) as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise FileError(path, f"cannot be read as {kind}: {cause}") from None


def _parquet_rows(path: str) -> Iterator[dict[str, Any]]:
    """One batch of rows is in memory.

    `IterableDataset.from_parquet` gives Arrow a Python file object. One of Arrow's threads drops it
    some time later, and where the interpreter is shutting down by then, the process aborts
    (apache/arrow issue 45214). Arrow opens the file itself here.
    """
    from datasets import Dataset
    from pyarrow import Table
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as table:
        for batch in table.iter_batches():
            yield from Dataset(Table.from_batches([batch]))


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


def find_each(datasets: str, dataset_dir: str, split: str = "train") -> list[Source]:
    """The files that a recipe's data sets mean, several with commas between their names.

    Of a hub's data set or a folder they are those of `split`. Raises FileError, TrainError.
    """
    names = [expanded(name.strip()) for name in datasets.split(",")]
    if Path(datasets).is_file() or (Path(dataset_dir) / datasets).is_file():
        names = [datasets]  # a file with a comma in its name
    if not all(names):
        raise TrainError(f"dataset: a name is missing in {datasets!r}")
    sources: list[Source] = []
    for name in names:
        found = find_files(name, dataset_dir, split)
        before = {source.path.resolve() for source in sources}
        if any(source.path.resolve() in before for source in found):
            raise TrainError(f"dataset: {name} is named before, or means the same file")
        sources += found
    return sources


def find_source(dataset: str, dataset_dir: str) -> Source:
    """The one file that a recipe's data set name means. Raises FileError, TrainError."""
    (source,) = find_files(dataset, dataset_dir)
    return source


def find_files(dataset: str, dataset_dir: str, split: str = "train") -> list[Source]:
    """The files a recipe's data set name means: `NAME.jsonl`, a path, registered, or a hub's.

    Raises FileError, TrainError.
    """
    folder = Path(dataset_dir)
    plain = folder / f"{dataset}.jsonl"
    entries = _registry(folder)
    if plain.is_file() and dataset not in entries:
        return [Source(plain)]
    for path in (Path(dataset), folder / dataset):
        if path.suffix in KINDS:
            if path.is_file():
                return [Source(path)]
        elif path.is_file():
            raise FileError(path, NO_SUCH_KIND)
        elif path.is_dir() and dataset not in entries:
            return _of_split(Source(path), split_files(path, split))
    if dataset.endswith(KINDS):
        raise FileError(folder / dataset, "no such file or directory")
    if dataset in entries:
        return _registered(dataset, entries[dataset], folder)
    hub = Hub.named(dataset)
    # A name in a folder that is there is a misspelt path, and no hub's business.
    if hub is not None and (hub.revision or not Path(hub.name).parent.is_dir()):
        return _of_split(Source(Path(str(hub))), split_files(hub.folder(), split))
    registry = folder / "dataset_info.json"
    if not registry.is_file():
        read_json(registry)  # says why it cannot be read
    raise FileError(registry, f"has no data set {dataset!r}{did_you_mean(dataset, entries)}")


def _of_split(source: Source, files: list[Path]) -> list[Source]:
    """A source for each of the files, and the data set's name in each."""
    return [replace(source, path=path, of=str(source.path)) for path in files]


def _registry(folder: Path) -> dict[str, Any]:
    path = folder / "dataset_info.json"
    return read_json(path) if path.is_file() else {}


def _registered(name: str, entry: Any, folder: Path) -> list[Source]:
    """The files of an entry of `dataset_info.json`: its `file_name`, or what it names on a hub."""
    registry = folder / "dataset_info.json"
    if not isinstance(entry, dict) or not (_text(entry, "file_name") or _text(entry, "hf_hub_url")):
        raise FileError(registry, f"data set {name!r} has neither file_name nor hf_hub_url")
    if entry.get("formatting", "alpaca") not in _FORMATS:
        raise FileError(registry, f"data set {name!r}: only formatting sharegpt or openai is read")
    columns = entry.get("columns", {})
    source = Source(
        folder / expanded(entry.get("file_name", "")),
        messages=columns.get("messages", "conversations"),
        system=columns.get("system"),
        tools=columns.get("tools", "tools"),
        tags=_SHAREGPT_TAGS | entry.get("tags", {}),
    )
    if "file_name" not in entry:
        hub = Hub.named(entry["hf_hub_url"])
        if hub is None:
            raise FileError(registry, f"data set {name!r}: expected hf_hub_url org/name@revision")
        files = split_files(
            hub.folder(), entry.get("split", "train"), subset=_text(entry, "subset")
        )
        return _of_split(replace(source, path=Path(str(hub))), files)
    if source.path.is_dir():
        return _of_split(source, split_files(source.path, entry.get("split", "train")))
    if source.path.suffix not in KINDS:
        raise FileError(source.path, NO_SUCH_KIND)
    return [source]


def _text(entry: dict[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) and value else None
