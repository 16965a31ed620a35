"""Writing: the old file or the complete new one, never half of either."""

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from rf_jsonl.codec import Record, dumps
from rf_jsonl.errors import FileError

TEMPORARY_SUFFIX = ".rf-tmp"


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Opens a binary file that takes the place of `path` when the block ends without an error.

    It is written beside `path` under a hidden name, synced and renamed; missing folders are
    made. On an error, or when the process is killed, `path` keeps what it held.
    Raises FileError where the disk or the folder refuses.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise FileError(path, "is a folder, expected a file to write")
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        sync_folder(target.parent)
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_jsonl(path: str | os.PathLike[str], records: Iterable[Record]) -> int:
    """Writes one record a line, atomically; returns how many. Holds one record at a time.

    Raises FileError, with the line number, for a record that is not JSON.
    """
    number = 0
    with atomic_writer(path) as file:
        for number, record in enumerate(records, start=1):
            try:
                file.write(dumps(record) + b"\n")
            except (TypeError, ValueError) as error:
                raise FileError(path, f"cannot be written: {error}", number) from None
    return number


def write_json(path: str | os.PathLike[str], record: Record) -> None:
    """Writes one object, indented for people, atomically. Raises FileError."""
    try:
        dumps(record)  # refuses what loads would refuse
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)
    except (TypeError, ValueError) as error:
        raise FileError(path, f"cannot be written: {error}") from None
    write_text(path, text + "\n")


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes UTF-8 text as it is (no newline translation), atomically. Raises FileError."""
    with atomic_writer(path) as file:
        file.write(text.encode("utf-8"))


def sync_folder(folder: Path) -> None:
    """Makes names and renames in a folder durable; Windows has no such call and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
