"""The input files of the figures, recognised by their names in the input folders."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rf_jsonl import read_json, shown

from rf_figs.errors import MissingInput

LOG = "trainer_log.jsonl"
RUN = "run.json"
TRAIN_RESULTS = "train_results.json"
RESULTS = "results.json"
SCORES = "scores.jsonl"
PREDICTIONS = "predictions.jsonl"
COMPARISON = "baseline_comparison.json"
TRAIN, VAL, TEST = "train.jsonl", "val.jsonl", "test.jsonl"

_DEPTH = 2
_SKIPPED_PREFIXES = (".", "checkpoint-")


@dataclass(frozen=True)
class Model:
    """One evaluated model: the folder with its results, and its name, taken from the folder."""

    name: str
    folder: Path


class Inputs:
    """The folders that a figure may read; records which files were used.

    Files are searched for in each folder and up to two levels below it. Of several files with
    the same name the first in the order of the folders is used, and `notes` says so.
    """

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        self.folders = [Path(folder) for folder in folders]
        self.used: list[Path] = []
        self.notes: list[str] = []

    def all(self, name: str) -> list[Path]:
        """Every file of that name, in the order of the folders; possibly none."""
        return [path for path in self._files if path.name == name]

    def matching(self, start: str, end: str) -> list[Path]:
        """Every file whose name has this start and end, such as all test sets."""
        return [p for p in self._files if p.name.startswith(start) and p.name.endswith(end)]

    def one(self, name: str) -> Path:
        """The file of that name, marked as used. Raises MissingInput if there is none."""
        found = self.all(name)
        if not found:
            raise MissingInput(f"no {name} in {self._where()}")
        if len(found) > 1:
            self.notes.append(f"{len(found)} files are named {name}; {shown(found[0])} was taken")
        return self.use(found[0])

    def optional(self, name: str) -> Path | None:
        """Like `one`, but None if there is no such file."""
        return self.one(name) if self.all(name) else None

    def use(self, path: Path) -> Path:
        """Marks a file as used by the figure, for the manifest."""
        if path not in self.used:
            self.used.append(path)
        return path

    def models(self, name: str) -> list[Model]:
        """The models whose folders contain a file `name`: the comparison's baseline first, then
        its candidate, then others as found. Raises MissingInput if there is none.
        """
        folders = [path.parent for path in self.all(name)]
        if not folders:
            raise MissingInput(f"no {name} in {self._where()}")
        repeated = Counter(folder.name for folder in folders)
        models = [
            Model(_model_name(folder, repeated[folder.name] > 1), folder) for folder in folders
        ]
        first = self._compared
        return sorted(models, key=lambda m: first.index(m.name) if m.name in first else len(first))

    @cached_property
    def _compared(self) -> list[str]:
        found = self.all(COMPARISON)
        if not found:
            return []
        record = read_json(self.use(found[0]))  # used: it determines the order of the models
        return [str(record.get(role)) for role in ("baseline", "candidate")]

    @cached_property
    def _files(self) -> list[Path]:
        return list(
            dict.fromkeys(path for folder in self.folders for path in _walk(folder, _DEPTH))
        )

    def _where(self) -> str:
        return ", ".join(map(shown, self.folders)) or "no input folder"


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """The files of a folder, then those of its subfolders, each sorted by name."""
    if not folder.is_dir():
        return
    entries = sorted(folder.iterdir())
    yield from (entry for entry in entries if entry.is_file())
    for entry in entries if depth else []:
        if entry.is_dir() and not entry.name.startswith(_SKIPPED_PREFIXES):
            yield from _walk(entry, depth - 1)


def _model_name(folder: Path, ambiguous: bool) -> str:
    return f"{folder.parent.name}/{folder.name}" if ambiguous else folder.name
