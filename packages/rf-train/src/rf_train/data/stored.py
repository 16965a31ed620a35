"""Tokenised samples as flat files on disk, mapped into memory: any number of them fits.

Each file of a data set has a folder in the user's cache, named by everything that decides its
tokens. It is complete once `summary.json` is there, which is written last. Who needs the same
samples again, another run or another process of this one, finds them; folders that nobody opened
for a month are removed.
"""

import mmap
import os
import shutil
import tempfile
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from rf_jsonl import FileError, expanded, locked_folder, read_json, write_json

from rf_train.data.rendering import BoolArray, Example, IntArray
from rf_train.data.shuffle import IntVector
from rf_train.files.user_cache import user_cache

FOLDER_VARIABLE = "RF_TRAIN_SAMPLES"
_SUMMARY = "summary.json"
_TYPES = {"ids": "<i4", "answer": "?", "offsets": "<i8", "answers": "<i4", "lines": "<i8"}
_MONTH = 30 * 24 * 3600.0
_PATIENCE = 7 * 24 * 3600.0  # another process of the run may be tokenising for as long
_MOST_TEXTS = 10_000


@dataclass
class Skipped:
    """Samples left out, by reason: how many, and where the first few stand."""

    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, place: str) -> None:
        """Counts one sample; only the first ten places of a reason are kept."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        kept = self.places.setdefault(reason, [])
        if len(kept) < 10:
            kept.append(place)

    def extend(self, other: "Skipped") -> None:
        """Counts those of another file too."""
        for reason, count in other.counts.items():
            self.counts[reason] = self.counts.get(reason, 0) + count
            kept = self.places.setdefault(reason, [])
            kept += other.places[reason][: 10 - len(kept)]


@dataclass
class Summary:
    """What is known of a file beside its samples.

    `systems` counts the dialogues by their system prompt, "" where they have none, `tools` by the
    JSON text of the functions that they offer.
    """

    records: int = 0
    skipped: Skipped = field(default_factory=Skipped)
    systems: Counter[str] = field(default_factory=Counter)
    tools: Counter[str] = field(default_factory=Counter)

    def extend(self, other: "Summary") -> None:
        """Counts those of another file too."""
        self.records += other.records
        self.skipped.extend(other.skipped)
        self.systems.update(other.systems)
        self.tools.update(other.tools)

    def count_texts(self, systems: Sequence[str], tools: Sequence[str]) -> None:
        """Counts the prompts of some dialogues.

        Where ten thousand are different, rare ones are forgotten: only the frequent ones matter.
        """
        for counts, texts in ((self.systems, systems), (self.tools, tools)):
            counts.update(texts)
            if len(counts) > 2 * _MOST_TEXTS:
                kept = counts.most_common(_MOST_TEXTS)
                counts.clear()
                counts.update(dict(kept))


@dataclass(frozen=True)
class Stored:
    """n tokenised samples end to end: sample i is `ids[offsets[i]:offsets[i + 1]]`.

    `answer` marks the tokens that carry loss, `answers` [n] counts them by sample. `lines` [n] are
    the lines of the dialogues in their file, ascending.
    """

    ids: IntArray
    answer: BoolArray
    offsets: IntVector
    answers: IntArray
    lines: IntVector
    summary: Summary
    maps: tuple[mmap.mmap, ...] = ()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def release(self) -> None:
        """Gives back the memory of the pages read so far; they stay in the system's file cache.

        Without it a process would seem to grow by every sample it has ever looked at.
        """
        for mapped in self.maps:
            if hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)


def samples_folder() -> Path:
    """Where tokenised samples are kept: `$RF_TRAIN_SAMPLES`, or `samples` in the user's cache."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(expanded(named)) if named else user_cache("samples")


def stored(key: str, write: Callable[["Writer"], None]) -> Stored:
    """The samples that `key` stands for: found in the cache, or made by `write` and put there.

    Where the cache cannot be written (a read-only home) they lie in a temporary folder for as long
    as they are needed. Raises FileError, and whatever `write` raises.
    """
    root = samples_folder()
    found = _opened(root / key)
    if found is not None:
        return found
    if not _can_write(root):
        return _stored_for_now(write)
    with locked_folder(root / key, wait_seconds=_PATIENCE) as folder:
        found = _opened(folder)
        if found is None:
            _make(folder, write)
            found = _opened(folder)
    assert found is not None
    _remove_unused(root)
    return found


class Writer:
    """Appends samples to the files of a folder, and keeps the summary."""

    def __init__(self, files: dict[str, BinaryIO]) -> None:
        self.files, self.summary, self.end = files, Summary(), 0
        self.files["offsets"].write(np.zeros(1, "<i8").tobytes())

    def append(self, examples: Sequence[Example], lines: Sequence[int]) -> None:
        """Writes examples and the lines of their dialogues."""
        if not examples:
            return
        ends = self.end + np.cumsum([len(example.ids) for example in examples])
        self.end = int(ends[-1])
        columns: dict[str, Any] = {
            "ids": np.concatenate([example.ids for example in examples]),
            "answer": np.concatenate([example.answer for example in examples]),
            "offsets": ends,
            "answers": [np.count_nonzero(example.answer) for example in examples],
            "lines": lines,
        }
        for name, values in columns.items():
            self.files[name].write(np.asarray(values, _TYPES[name]).tobytes())


def _make(folder: Path, write: Callable[[Writer], None]) -> None:
    """Writes the files of a folder, and the summary once they are on the disk."""
    (folder / _SUMMARY).unlink(missing_ok=True)
    try:
        with _files(folder) as files:
            writer = Writer(files)
            write(writer)
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        for name in _TYPES:
            _path(folder, name).unlink(missing_ok=True)
        raise
    summary = writer.summary
    content = {
        "bytes": {name: _path(folder, name).stat().st_size for name in _TYPES},
        "records": summary.records,
        "skipped": asdict(summary.skipped),
        "systems": list(summary.systems.items()),
        "tools": list(summary.tools.items()),
    }
    write_json(folder / _SUMMARY, content)


@contextmanager
def _files(folder: Path) -> Iterator[dict[str, BinaryIO]]:
    """The files, open for writing. A full disk is a FileError; those of the data pass through."""
    with ExitStack() as stack:
        try:
            yield {n: stack.enter_context(open(_path(folder, n), "wb")) for n in _TYPES}
        except OSError as error:
            raise FileError.from_os_error(error.filename or folder, error) from None


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.bin"


def _opened(folder: Path) -> Stored | None:
    """The samples of a folder, mapped; None where they are not there, or not all."""
    try:
        content = read_json(folder / _SUMMARY)
        sizes = {name: _path(folder, name).stat().st_size for name in _TYPES}
    except (FileError, OSError):
        return None
    if content.get("bytes") != sizes:
        return None
    with suppress(OSError):  # of a cache that may only be read
        os.utime(folder / _SUMMARY)
    maps = {name: _mapped(_path(folder, name)) for name in _TYPES}
    arrays: dict[str, Any] = {n: np.frombuffer(maps[n], kind) for n, kind in _TYPES.items()}
    summary = Summary(
        content["records"],
        Skipped(**content["skipped"]),
        Counter(dict(content["systems"])),
        Counter(dict(content["tools"])),
    )
    return Stored(**arrays, summary=summary, maps=tuple(maps.values()))


def _mapped(path: Path) -> mmap.mmap:
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _stored_for_now(write: Callable[[Writer], None]) -> Stored:
    folder = Path(tempfile.mkdtemp(prefix="rf-train-"))
    try:
        _make(folder, write)
        found = _opened(folder)
        assert found is not None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(found, shutil.rmtree, folder, ignore_errors=True)
    return found


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _remove_unused(root: Path) -> None:
    """Removes what nobody has opened for a month; who has it mapped still keeps it."""
    for folder in root.iterdir():
        with suppress(OSError):
            newest = max((path.stat().st_mtime for path in folder.iterdir()), default=time.time())
            if time.time() - newest > _MONTH:
                shutil.rmtree(folder)
