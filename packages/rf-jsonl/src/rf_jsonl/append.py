"""Appending results as they come in: a crash loses at most the batch in flight."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

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
    path : the file; a pipe, a device and `-` (standard output) are written to and hold nothing
    resume : whether it may hold records already; a last line that a crash cut short is dropped

    Attributes
    ----------
    existing : the records that the file held

    Raises
    ------
    FileError : the file holds anything and `resume` is not set, another process appends to it, or
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
            followed(self.path)  # refuses what leads out of a folder
            # Unbuffered: what a failed write left over must not be written again at close.
            self._file = open(self.path, "a+b", buffering=0)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise FileError.from_os_error(path, error) from None
        try:
            self._take_over(resume)
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
            self._write_out(self._stream, lines)
            return
        size = self._file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(size)  # no half line stays
            raise FileError.from_os_error(self.path, error) from None

    def close(self) -> None:
        """Closes the file and frees it for other writers."""
        if self._stream is None:
            self._file.close()
        elif self._stream is not sys.stdout.buffer:
            self._stream.close()

    def __enter__(self) -> "AppendWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write_out(self, stream: BinaryIO, lines: bytes) -> None:
        try:
            stream.write(lines)
            stream.flush()
        except OSError as error:
            raise FileError.from_os_error(self.path, error) from None

    def _take_over(self, resume: bool) -> None:
        if not try_lock(self._file):
            raise FileError(self.path, "another process is appending to it")
        size = self._file.seek(0, os.SEEK_END)
        if size and not resume:
            raise FileError(self.path, "exists already (resume it, or choose another place)")
        self._drop_torn_line(size)
        self.existing = [record for _, record in read_jsonl(self.path, allow_empty=True)]

    def _drop_torn_line(self, size: int) -> None:
        """Cuts the file behind its last newline: what follows never was a whole record."""
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
