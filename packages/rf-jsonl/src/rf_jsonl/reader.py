"""Reading: every line checked, every complaint with its path and line number."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rf_jsonl.codec import MAX_LINE_BYTES, Record, loads
from rf_jsonl.errors import FileError

_BOM_NAMES = {
    b"\xff\xfe": "a UTF-16 byte order mark",
    b"\xfe\xff": "a UTF-16 byte order mark",
    b"\xef\xbb\xbf": "a byte order mark",
}


def read_jsonl(
    path: str | os.PathLike[str],
    *,
    allow_empty: bool = False,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Iterator[tuple[int, Record]]:
    """Yields (line number from 1, object) for every line of a JSONL file, in order.

    Memory holds one line at a time. Raises FileError for whatever cannot be read, for a blank
    line, and for a file without any line unless `allow_empty`.
    """
    number = 0
    with open_regular(path) as file:
        try:
            while line := file.readline(max_line_bytes + 1):
                number += 1
                if len(line) > max_line_bytes:
                    raise FileError(path, f"line longer than {max_line_bytes} bytes", number)
                yield number, parse_line(path, number, line)
        except OSError as error:
            raise FileError.from_os_error(path, error) from None
    if number == 0 and not allow_empty:
        raise FileError(path, "empty file, expected one JSON object a line", 1)


def read_json(path: str | os.PathLike[str]) -> Record:
    """Reads a file that holds one JSON object, over as many lines as it likes.

    Raises FileError under the rules of `read_jsonl`.
    """
    data = _read_bytes(path)
    if not data:
        raise FileError(path, "empty file, expected a JSON object", 1)
    try:
        _refuse_encodings(data)
        return loads(data)
    except ValueError as error:
        raise FileError(path, str(error), 1) from None


def read_text(path: str | os.PathLike[str]) -> str:
    """Reads a small UTF-8 text file (a recipe, a template). Raises FileError."""
    data = _read_bytes(path)
    try:
        _refuse_encodings(data)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"not UTF-8 at byte {error.start + 1}", line) from None
    except ValueError as error:
        raise FileError(path, str(error), 1) from None


def parse_line(path: str | os.PathLike[str], number: int, line: bytes) -> Record:
    """The object in one line of a file, its newline included where it has one.

    For those who split a file into lines themselves. Raises FileError.
    """
    body = line[:-1] if line.endswith(b"\n") else line
    try:
        if number == 1:
            _refuse_encodings(body)
        if b"\r" in body:
            raise ValueError("carriage return, expected lines that end in \\n alone")
        if not body.strip():
            raise ValueError("blank line, expected a JSON object")
        return loads(body)
    except ValueError as error:
        # A last line without its newline that does not parse was most likely cut off.
        cut = "" if line.endswith(b"\n") else " (the last line has no newline: cut off?)"
        raise FileError(path, f"{error}{cut}", number) from None


def _refuse_encodings(start: bytes) -> None:
    for mark, name in _BOM_NAMES.items():
        if start.startswith(mark):
            raise ValueError(f"starts with {name}, expected plain UTF-8")
    if b"\0" in start:
        raise ValueError("NUL byte, expected UTF-8 text")


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens for reading in binary; a folder, pipe or device is refused, not waited for.

    Raises FileError.
    """
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError(path, "is a folder, expected a file")
        if not stat.S_ISREG(mode):
            raise FileError(path, "is not a regular file")
        return open(path, "rb")
    except OSError as error:
        raise FileError.from_os_error(path, error) from None


def _read_bytes(path: str | os.PathLike[str]) -> bytes:
    with open_regular(path) as file:
        try:
            data: bytes = file.read(MAX_LINE_BYTES + 1)
        except OSError as error:
            raise FileError.from_os_error(path, error) from None
    if len(data) > MAX_LINE_BYTES:
        raise FileError(Path(path), f"larger than {MAX_LINE_BYTES} bytes")
    return data
