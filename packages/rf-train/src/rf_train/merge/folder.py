"""The folder of a merged model: built under another name, renamed when it is complete."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, locked_folder, read_json, read_text, sync_folder, write_text

from rf_train.files.names import RUN_NAME
from rf_train.files.staged_files import sync_files

MERGE_NAME = "merge.json"
CARD_NAME = "README.md"
_TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "tokenizer.model",
    "chat_template.jinja",
    "chat_template.json",
)
_ROOM = 64_000_000  # bytes for everything that is not weights


@contextmanager
def new_folder(final: Path, *, replace: bool) -> Iterator[Path]:
    """Yields an empty folder on the disk of `final` that takes its name when the block ends well.

    It lies beside, in `.NAME.merging`, which holds the lock too; whatever a killed process left
    there is cleared. What is replaced waits there and comes back if its successor cannot take its
    place. Where `final` is a link, all this happens to the folder it names. Raises FileError where
    the disk refuses or another process merges there.
    """
    final = final.resolve() if final.is_symlink() else final
    beside = final.parent / f".{final.name}.merging"
    try:
        with locked_folder(beside):
            building, old = beside / "new", beside / "old"
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir()
            yield building
            sync_files(building)
            if final.exists() and replace:
                shutil.rmtree(old, ignore_errors=True)
                os.replace(final, old)
            os.replace(building, final)
            sync_folder(final.parent)
    except OSError as error:
        raise FileError.from_os_error(final, error) from None
    finally:
        # A lock that another process holds keeps its folder's content; that one is in use.
        _remove_unless_locked(beside, final)


def _remove_unless_locked(beside: Path, final: Path) -> None:
    try:
        with locked_folder(beside):
            if not final.exists() and (beside / "old").is_dir():
                os.replace(beside / "old", final)
            for name in ("new", "old"):
                shutil.rmtree(beside / name, ignore_errors=True)
    except (FileError, OSError):  # whatever could not be put back stays where it is
        return
    shutil.rmtree(beside, ignore_errors=True)


def check_destination(final: Path, inputs: list[Path], needed: int, *, force: bool) -> None:
    """Whether a merged model of `needed` bytes may and can be written at `final`.

    Raises FileError: something else is there, it is one of the inputs, or the disk is too full.
    """
    for path in inputs:
        if final.resolve() in (path.resolve(), *path.resolve().parents):
            raise FileError(final, f"holds {path}, which is read; choose another export_dir")
    if final.exists() and not final.is_dir():
        raise FileError(final, "is a file, expected a folder to write")
    if final.is_dir() and any(final.iterdir()):
        if not (final / "config.json").is_file() and not (final / MERGE_NAME).is_file():
            raise FileError(final, "holds something that is not a model; choose another export_dir")
        if not force:
            raise FileError(final, "holds another model (--force replaces it)")
    existing = next(parent for parent in final.resolve().parents if parent.is_dir())
    free = shutil.disk_usage(existing).free
    if free < needed + _ROOM:
        raise FileError(
            final, f"needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free on its disk"
        )


def existing_merge(final: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """The record of a merged model at `final` if it was made of the same and is whole."""
    if not (final / MERGE_NAME).is_file():
        return None
    record = read_json(final / MERGE_NAME)
    files = record.get("files")
    if record.get("identity") != identity or not isinstance(files, dict):
        return None
    whole = all(
        (final / name).is_file() and (final / name).stat().st_size == size
        for name, size in files.items()
    )
    return record if whole else None


def copy_model_files(base: Path, tokenizer: Path, run: Path | None, folder: Path) -> None:
    """Everything but weights: config and code of the base, tokenizer, record of the run."""
    names = ["config.json", "generation_config.json", "LICENSE", "NOTICE"]
    for name in [*names, *(path.name for path in sorted(base.glob("*.py")))]:
        _copy(base / name, folder)
    copy_tokenizer_and_run(tokenizer, run, folder)


def copy_tokenizer_and_run(tokenizer: Path, run: Path | None, folder: Path) -> None:
    """Tokenizer with its template, and record of the run.

    With `run.json` beside it a model is prompted as the run was, wherever that is read.
    """
    for name in _TOKENIZER:
        _copy(tokenizer / name, folder)
    if run is not None:
        _copy(run / RUN_NAME, folder)


def set_chat_template(folder: Path, template: str) -> None:
    """Makes `template` the one chat template of a tokenizer folder."""
    config_path = folder / "tokenizer_config.json"
    if config_path.is_file():
        # Not by read_json: these files hold integers beyond 64 bits (model_max_length).
        config = json.loads(read_text(config_path))
        if config.pop("chat_template", None) is not None:
            write_text(config_path, json.dumps(config, ensure_ascii=False, indent=2) + "\n")
    write_text(folder / "chat_template.jinja", template)


def _copy(source: Path, folder: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, folder / source.name)


def file_sizes(folder: Path) -> dict[str, int]:
    """Bytes of every file in a folder, by name."""
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}
