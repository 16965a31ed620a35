"""Which files a recipe means, and how dialogues stand in them.

A data set is a JSONL file, or a name in `dataset_info.json` as LLaMA-Factory registers it
(`formatting: sharegpt`, with its column and tag names).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, expanded, read_json, read_jsonl

from rf_train.data.rendering import Message
from rf_train.errors import TrainError
from rf_train.recipe.keys import did_you_mean

_OPENAI_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}
_SHAREGPT_TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "system_tag": "system",
}


@dataclass(frozen=True)
class Source:
    """One JSONL file and the names its dialogues use."""

    path: Path
    messages: str = "messages"
    system: str | None = None
    tags: dict[str, str] = field(default_factory=lambda: dict(_OPENAI_TAGS))

    def dialogues(self) -> Iterator[tuple[int, list[Message]]]:
        """Yields (line, messages with roles system, user, assistant). Raises FileError."""
        for line, record in read_jsonl(self.path):
            try:
                yield line, self._messages(record)
            except TrainError as error:
                raise FileError(self.path, str(error), line) from None

    def _messages(self, record: dict[str, Any]) -> list[Message]:
        turns = record.get(self.messages)
        if not isinstance(turns, list) or not turns:
            raise TrainError(f"expected a list of messages under {self.messages!r}")
        roles = {self.tags[f"{role}_tag"]: role for role in ("user", "assistant", "system")}
        messages = [self._message(turn, roles) for turn in turns]
        if self.system and isinstance(record.get(self.system), str) and record[self.system]:
            messages.insert(0, {"role": "system", "content": record[self.system]})
        return messages

    def _message(self, turn: Any, roles: dict[str, str]) -> Message:
        if not isinstance(turn, dict):
            raise TrainError("a message is not an object")
        role, content = turn.get(self.tags["role_tag"]), turn.get(self.tags["content_tag"])
        if role not in roles:
            raise TrainError(f"role {role!r} is not known{did_you_mean(str(role), roles)}")
        if not isinstance(content, str):
            raise TrainError(f"the content of a {roles[role]} message is not text")
        return {"role": roles[role], "content": content}


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
        if path.suffix == ".jsonl":
            if path.is_file():
                return Source(path)
        elif path.is_file():
            raise FileError(path, "is not a .jsonl file (one JSON object a line)")
    if dataset.endswith(".jsonl"):
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
    if entry.get("formatting", "alpaca") != "sharegpt":
        raise FileError(registry, f"data set {name!r}: only formatting sharegpt is read")
    path = folder / expanded(entry["file_name"])
    if path.suffix != ".jsonl":
        raise FileError(path, "is not a .jsonl file (one JSON object a line)")
    columns = entry.get("columns", {})
    return Source(
        path,
        messages=columns.get("messages", "conversations"),
        system=columns.get("system"),
        tags=_SHAREGPT_TAGS | entry.get("tags", {}),
    )
