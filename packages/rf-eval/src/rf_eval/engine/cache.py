"""The folder of prepared models: its location, and how models are published in it atomically.

A model is written to a temporary folder by one process at a time and renamed once it is complete.
"""

import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from rf_jsonl import FileError, expanded, sync_folder
from rf_jsonl.lock import try_lock
from rf_jsonl.writer import TEMPORARY_SUFFIX

CACHE_VARIABLE = "RF_CACHE"
_APPLICATION = "rf-filter-llm"
_SAMPLES, _SAMPLE_BYTES = 64, 1 << 16
_POLL_SECONDS = 0.2


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder for prepared models: `RF_CACHE`, or the user's cache folder on this system."""
    chosen = environment.get(CACHE_VARIABLE)
    if chosen:
        return Path(expanded(chosen))
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / _APPLICATION
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / _APPLICATION
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / _APPLICATION


def sampled_sha256(path: Path) -> str:
    """sha256 over a file's size and 64 chunks of 64 KiB, evenly spaced from its start to its end.

    This distinguishes weights without reading gigabytes, since training changes all of them.
    Raises FileError.
    """
    try:
        size = path.stat().st_size
        digest = sha256(f"{size}".encode())
        with open(path, "rb") as file:
            for number in range(_SAMPLES):
                file.seek(max(0, size - _SAMPLE_BYTES) * number // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE_BYTES))
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    return digest.hexdigest()


def publish(
    folder: Path,
    is_complete: Callable[[Path], bool],
    write: Callable[[Path], None],
    waiting: Callable[[], None],
) -> bool:
    """Creates `folder` unless it is complete already; returns whether it was written.

    `write` fills an empty temporary folder, which is synced and renamed. Other processes that need
    the same folder call `waiting` and wait. A killed process leaves nothing under the final name,
    and its temporary folders are removed later. Raises FileError if the disk cannot be written.
    """
    with _locked(folder, waiting):
        if is_complete(folder):
            return False
        hidden = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
        try:
            hidden.mkdir()
            write(hidden)
            _sync(hidden)
            shutil.rmtree(folder, ignore_errors=True)  # incomplete, if it exists
            os.replace(hidden, folder)
            sync_folder(folder.parent)
        except OSError as error:
            raise FileError.from_os_error(folder, error) from None
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    return True


@contextmanager
def _locked(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Waits for the lock of one model's folder and holds it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        file = open(folder.with_name(f"{folder.name}.lock"), "ab")  # noqa: SIM115 - closed below
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = f"{reason} (set {CACHE_VARIABLE} to a folder that can be written)"
        raise FileError(folder.parent, hint) from None
    with file:
        reported = False
        while not try_lock(file):
            if not reported:
                waiting()
            reported = True
            time.sleep(_POLL_SECONDS)
        for leftover in folder.parent.glob(f".{folder.name}.*{TEMPORARY_SUFFIX}"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def _sync(folder: Path) -> None:
    for path in folder.iterdir():
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
