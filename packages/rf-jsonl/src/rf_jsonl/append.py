"""Appending results one batch at a time: a crash loses at most the batch being written."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rf_jsonl.codec import Record, dumps
from rf_jsonl.errors import FileError
from rf_jsonl.lock import try_lock
from rf_jsonl.reader import read_jsonl
from rf_jsonl.writer import followed, is_file_to_be, open_stream


class AppendWriter:
    """Appends records to a JSONL file. Use as a context manager.

    Only one process can append to a file at a time.

    Parameters
    ----------
    path : the file; a pipe, a device or `-` (standard output) is written to and holds no records
    resume : whether the file may hold records already; an incomplete last line is dropped

    Attributes
    ----------
    existing : the records in the file when it was opened

    Raises
    ------
    FileError : the file is not empty and `resume` is not set, another process appends to it, or
        the disk refuses
    """

    def __init__(self, path: str | os.PathLike[str], *, resume: bool = False) -> None:
        self.path = Path(path)
        self.existing: list[Record] = []
        self._stream = None if is_file_to_be(path) else open_stream(path)
        if self._stream is not None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            followed(self.path)  # refuses a link out of a folder being written
            # Unbuffered, so that close() does not retry the rest of a failed write.
            self._file = open(self.path, "a+b", buffering=0)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise FileError.from_os_error(path, error) from None
        try:
            self._lock_and_read(resume)
        except BaseException:
            self._file.close()
            raise

    def append(self, records: Iterable[Record]) -> None:
        """Writes one record per line and returns once they are safe on disk. Raises FileError."""
        try:
            lines = b"".join(dumps(record) + b"\n" for record in records)
        except (TypeError, ValueError) as error:
            raise FileError(self.path, f"cannot be written: {error}") from None
        if self._stream is not None:
            try:
                self._stream.write(lines)
                self._stream.flush()
            except OSError as error:
                raise FileError.from_os_error(self.path, error) from None
            return
        size = self._file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(size)  # removes an incomplete line
            raise FileError.from_os_error(self.path, error) from None

    def close(self) -> None:
        """Closes the file and releases its lock."""
        if self._stream is None:
            self._file.close()
        elif self._stream is not sys.stdout.buffer:
            self._stream.close()

    def __enter__(self) -> "AppendWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _lock_and_read(self, resume: bool) -> None:
        if not try_lock(self._file):
            raise FileError(self.path, "another process is appending to it")
        size = self._file.seek(0, os.SEEK_END)
        if size and not resume:
            raise FileError(self.path, "exists already (resume it, or choose another path)")
        self._drop_incomplete_line(size)
        self.existing = [record for _, record in read_jsonl(self.path, allow_empty=True)]

    def _drop_incomplete_line(self, size: int) -> None:
        """Truncates the file after its last newline: anything later is not a complete record."""
        end, block = size, 65536
        while end:
            start = max(0, end - block)
            self._file.seek(start)
            newline = self._file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end != size:
            self._file.truncate(end)
