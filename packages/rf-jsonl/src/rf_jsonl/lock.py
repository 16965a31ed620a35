"""Locks for one writer at a time, which the operating system releases when the holder dies."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from rf_jsonl.errors import FileError
from rf_jsonl.paths import STREAM
from rf_jsonl.writer import TEMPORARY_SUFFIX, folders_held

LOCK_NAME = ".rf-lock"

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[bytes]) -> bool:
        """Locks an open file without waiting; False where another process holds the lock."""
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(file: IO[bytes]) -> bool:
        """Locks an open file without waiting; False where another process holds the lock."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def locked_folder(folder: str | os.PathLike[str], *, wait_seconds: float = 0.0) -> Iterator[Path]:
    """Creates and locks `folder`, and removes what a killed writer left there.

    Every command that writes several files into a folder uses this. The lock ends with the block or
    the process; the empty lock file stays.

    Parameters
    ----------
    folder : created with its parents where it does not exist
    wait_seconds : how long to wait for another process that holds the lock

    Yields
    ------
    The folder as a Path

    Raises
    ------
    FileError : another process still holds the lock, or the folder cannot be created
    """
    path = Path(folder)
    if str(path) == STREAM:
        raise FileError(path, "is a standard stream, expected a folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = open(path / LOCK_NAME, "ab")  # noqa: SIM115 - closed below, after the yield
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    with file:
        deadline = time.monotonic() + wait_seconds
        while not try_lock(file):
            if time.monotonic() >= deadline:
                raise FileError(path, "another process is writing there")
            time.sleep(0.2)
        for leftover in path.glob(f".*{TEMPORARY_SUFFIX}"):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
                continue
            with suppress(OSError):
                leftover.unlink()
        held = path.resolve()
        folders_held.append(held)
        try:
            yield path
        finally:
            folders_held.remove(held)
