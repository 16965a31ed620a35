"""Folders of models: built under another name, and renamed when they are complete."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, locked_folder, read_json, read_text, sync_folder, write_text

from rf_train.files.names import RUN_NAME
from rf_train.files.staged_files import has_files, sync_files

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
    """Yields an empty folder that is renamed to `final` when the block ends without an error.

    It is in the sibling `.NAME.merging`, which also holds the lock; what a killed process left
    there is removed. The folder to be replaced is kept there and restored if the rename fails. If
    `final` is a link, the folder it points to is written. Raises FileError where the disk refuses
    or another process writes there.
    """
    final = final.resolve() if final.is_symlink() else final
    staging = final.parent / f".{final.name}.merging"
    try:
        with locked_folder(staging):
            building, old = staging / "new", staging / "old"
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
        _remove_unless_locked(staging, final)


def _remove_unless_locked(staging: Path, final: Path) -> None:
    """Removes the staging folder unless another process is using it."""
    try:
        with locked_folder(staging):
            if not final.exists() and (staging / "old").is_dir():
                os.replace(staging / "old", final)
            for name in ("new", "old"):
                shutil.rmtree(staging / name, ignore_errors=True)
    except (FileError, OSError):  # what could not be restored is kept
        return
    shutil.rmtree(staging, ignore_errors=True)


def check_destination(
    final: Path, inputs: list[Path], *, what: str, marks: tuple[str, ...], force: bool
) -> None:
    """Raises FileError where a new folder would overwrite an input or something unrelated.

    Parameters
    ----------
    final : the folder to be written
    inputs : folders that are read, which `final` must not contain
    what : what is written, such as "model"; another one is replaced only with `force`
    marks : names of files of which a folder with such a thing has at least one
    """
    for path in inputs:
        if final.resolve() in (path.resolve(), *path.resolve().parents):
            raise FileError(final, f"holds {path}, which is read; choose another folder")
    if final.exists() and not final.is_dir():
        raise FileError(final, "is a file, expected a folder to write")
    if final.is_dir() and any(final.iterdir()):
        if not any((final / name).is_file() for name in marks):
            raise FileError(final, f"holds files but no {what}; choose another folder")
        if not force:
            raise FileError(final, f"holds another {what} (--force replaces it)")


def check_disk_space(final: Path, needed: int) -> None:
    """Raises FileError where the disk of `final` has no room for `needed` bytes of weights."""
    existing = next(parent for parent in final.resolve().parents if parent.is_dir())
    free = shutil.disk_usage(existing).free
    if free < needed + _ROOM:
        raise FileError(
            final, f"needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free on its disk"
        )


def existing_merge(final: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """The record of a merged model at `final` if it is complete and of the same identity."""
    if not (final / MERGE_NAME).is_file():
        return None
    record = read_json(final / MERGE_NAME)
    files = record.get("files")
    if record.get("identity") != identity or not isinstance(files, dict):
        return None
    return record if has_files(final, files) else None


def copy_model_files(base: Path, tokenizer: Path, run: Path | None, folder: Path) -> None:
    """Copies everything but weights: config and code of the base, tokenizer, record of the run."""
    names = ["config.json", "generation_config.json", "LICENSE", "NOTICE"]
    for name in [*names, *(path.name for path in sorted(base.glob("*.py")))]:
        _copy(base / name, folder)
    copy_tokenizer_and_run(tokenizer, run, folder)


def copy_tokenizer_and_run(tokenizer: Path, run: Path | None, folder: Path) -> None:
    """Copies the tokenizer with its template, and the `run.json` that prompts are rendered by."""
    for name in _TOKENIZER:
        _copy(tokenizer / name, folder)
    if run is not None:
        _copy(run / RUN_NAME, folder)


def set_chat_template(folder: Path, template: str) -> None:
    """Makes `template` the only chat template of a tokenizer folder."""
    config_path = folder / "tokenizer_config.json"
    if config_path.is_file():
        # Not with read_json: these files hold integers beyond 64 bits (model_max_length).
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
