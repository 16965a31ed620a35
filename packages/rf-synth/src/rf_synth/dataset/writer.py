"""Writes the data-set folder atomically; the bytes do not depend on the number of processes."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rf_jsonl

from rf_synth.dataset import card
from rf_synth.dataset.recipe import Recipe
from rf_synth.dataset.stream import RecordStream
from rf_synth.errors import SynthError
from rf_synth.parallel import in_order
from rf_synth.styles import STYLES, get_style
from rf_synth.styles.tool_call import compact_tool, tool_description

CHUNK = 500
"""Records per task of a worker."""
_STAGING = ".rf-staging"
_REGISTRATION, _CARD = "dataset_info.json", "README.md"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Shard:
    """Shard `number` (from 1) of `count`: an equal range of every split."""

    number: int = 1
    count: int = 1

    def stretch(self, records: int) -> tuple[int, int]:
        """The half-open index range of this shard in a split of `records` records."""
        return records * (self.number - 1) // self.count, records * self.number // self.count

    def file_name(self, stem: str, suffix: str) -> str:
        """`train.jsonl`, or `train.shard-0001-of-0004.jsonl`."""
        if self.count == 1:
            return f"{stem}{suffix}"
        return f"{stem}.shard-{self.number:04d}-of-{self.count:04d}{suffix}"


def plan_metadata(recipe: Recipe, shard: Shard) -> dict[str, Any]:
    """The part of metadata.json that is known before anything is written."""
    resolved = recipe.described()
    return {
        "name": recipe.name,
        "preset": recipe.preset,
        "seed": recipe.seed,
        "answer_style": recipe.answer_style,
        "generator": f"rf-synth {version('rf-synth')}",
        "shard": [shard.number, shard.count],
        "splits": dict(recipe.counts),
        "recipe": rf_jsonl.loads(rf_jsonl.dumps(resolved)),
        "derivation_steps": _derivation_steps(recipe.answer_style),
        **({} if recipe.answer_style in STYLES else {"tools": _tools(recipe)}),
    }


def _tools(recipe: Recipe) -> list[dict[str, Any]]:
    """The tool that the answers call, as in the records' `tools` if they have that key."""
    if recipe.call_role == "assistant":
        return [tool_description()]
    offered: list[dict[str, Any]] = json.loads(compact_tool())
    return offered


def _derivation_steps(style: str) -> dict[str, Any]:
    """The steps of a style that derives its order, else nothing."""
    steps = get_style(style).steps() if style in STYLES else {}
    return {style: steps} if steps else {}


def is_written(recipe: Recipe, folder: Path, shard: Shard) -> bool:
    """Whether `folder` holds exactly the files of this recipe, unmodified."""
    metadata = _metadata_of(recipe, folder, shard)
    files = metadata.get("files")
    return isinstance(files, dict) and not rf_jsonl.check_manifest(folder, files)


def _metadata_of(recipe: Recipe, folder: Path, shard: Shard) -> dict[str, Any]:
    """The metadata in `folder` if it belongs to this recipe, else an empty mapping."""
    path = folder / shard.file_name("metadata", ".json")
    if not path.is_file():
        return {}
    try:
        old = rf_jsonl.read_json(path)
    except rf_jsonl.FileError:
        return {}
    known = plan_metadata(recipe, shard)
    return old if all(old.get(key) == value for key, value in known.items()) else {}


def clear_staging(folder: Path) -> None:
    """Removes the staging folder that a killed run left in a complete data set."""
    if (folder / _STAGING).exists():
        with rf_jsonl.locked_folder(folder):
            shutil.rmtree(folder / _STAGING, ignore_errors=True)


def check_replaceable(recipe: Recipe, folder: Path, shard: Shard) -> None:
    """Raises SynthError if files of another data set would be replaced.

    Metadata of this recipe in the staging folder come from a run that was killed while it moved
    its files into place (metadata last): the files found are its own.
    """
    if _metadata_of(recipe, folder / _STAGING, shard):
        return
    names = [shard.file_name(split, ".jsonl") for split in recipe.counts]
    beside = [] if shard.count > 1 else [_REGISTRATION, _CARD]
    for name in [*names, *beside, shard.file_name("metadata", ".json")]:
        if (folder / name).exists():
            raise SynthError(f"{folder / name}: holds something else (--force replaces it)")


def write_dataset(
    recipe: Recipe,
    folder: Path,
    *,
    workers: int = 1,
    shard: Shard | None = None,
    progress: Progress = lambda records: None,
) -> None:
    """Writes all splits of `recipe` into `folder`; files are moved into place when all are done.

    Parameters
    ----------
    workers : number of processes
    shard : the part to write; registration and card are written for whole data sets only
    progress : called with the number of records of each finished task

    Raises FileError for an I/O error; the folder is unchanged then.
    """
    shard = shard or Shard()
    with rf_jsonl.locked_folder(folder), _staging(folder) as staging:
        _write_splits(recipe, staging, shard, workers, progress)
        if shard.count == 1:
            rf_jsonl.write_json(staging / _REGISTRATION, card.dataset_info(recipe))
            rf_jsonl.write_text(staging / _CARD, card.readme(recipe))
        names = [path.name for path in staging.iterdir()]
        metadata = {**plan_metadata(recipe, shard), "files": rf_jsonl.manifest(staging, names)}
        last = shard.file_name("metadata", ".json")
        rf_jsonl.write_json(staging / last, metadata)
        _move_all(staging, folder, [*sorted(names), last])


def _move_all(staging: Path, folder: Path, names: list[str]) -> None:
    """Moves the files into place, delaying an interrupt until all of these few renames are done.

    With only some of them moved, the next run would see another data set.
    """
    interrupt: KeyboardInterrupt | None = None
    for name in names:
        while (staging / name).exists():
            try:
                rf_jsonl.replace_file(staging / name, folder / name)
            except KeyboardInterrupt as error:
                interrupt = error
    if interrupt is not None:
        raise interrupt


def _write_splits(
    recipe: Recipe, folder: Path, shard: Shard, workers: int, progress: Progress
) -> None:
    """Writes the JSONL files, all splits with one pool of workers."""
    with ExitStack() as stack:
        files = {
            split: stack.enter_context(
                rf_jsonl.atomic_writer(folder / shard.file_name(split, ".jsonl"))
            )
            for split in recipe.counts
        }
        tasks = _tasks(recipe, shard)
        for split, lines, records in in_order(_chunk, tasks, workers, _start, recipe):
            files[split].write(lines)
            progress(records)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A staging folder inside `folder`, removed at the end of the block in any case."""
    staging = folder / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir()
    except OSError as error:
        raise rf_jsonl.FileError.from_os_error(staging, error) from None
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


Task = tuple[str, int, int]
"""(split, start, stop)"""


def _tasks(recipe: Recipe, shard: Shard) -> list[Task]:
    return [
        (split, start, min(start + CHUNK, last))
        for split, count in recipe.counts.items()
        for first, last in [shard.stretch(count)]
        for start in range(first, last, CHUNK)
    ]


def _stream(recipe: Recipe, split: str) -> Any:
    """The stream of a split for the recipe's source and answer style."""
    if recipe.source == "requests":
        if recipe.answer_style in STYLES:
            from rf_synth.dataset.published_stream import PublishedStream

            return PublishedStream(recipe, split)
        from rf_synth.dataset.request_stream import RequestStream

        return RequestStream(recipe, split)
    return RecordStream(recipe, split)


_streams: dict[str, Any] = {}
"""The stream of each split in this process."""


def _start(recipe: Recipe) -> None:
    _streams.clear()
    _streams.update({split: _stream(recipe, split) for split in recipe.counts})


def _chunk(task: Task) -> tuple[str, bytes, int]:
    """The split, its records `start` to `stop - 1` as lines, and their number."""
    split, start, stop = task
    return split, b"".join(_streams[split].lines(start, stop)), stop - start
