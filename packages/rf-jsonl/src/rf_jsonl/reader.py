"""Strict reading: every line is checked, and errors give path and line number.

A byte order mark and Windows line ends are accepted in every text, with one warning per file.
"""

import logging
import multiprocessing
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rf_jsonl.codec import MAX_LINE_BYTES, Record, loads
from rf_jsonl.errors import FileError

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 65536
_log = logging.getLogger("rf_jsonl")
_warned: set[tuple[str, str]] = set()
"""Paths and the warnings given for them."""


def read_jsonl(
    path: str | os.PathLike[str],
    *,
    allow_empty: bool = False,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Iterator[tuple[int, Record]]:
    """The objects of a JSONL file, one line in memory at a time.

    Parameters
    ----------
    path : a regular file; folders, pipes and devices are refused
    allow_empty : whether a file without any line is accepted
    max_line_bytes : longest line, its newline included

    Yields
    ------
    (line number from 1, object) in the order of the file

    Raises
    ------
    FileError : a line that is blank or not one JSON object, or a file that cannot be read
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
        raise FileError(path, "empty file, expected one JSON object per line", 1)


def read_json(path: str | os.PathLike[str]) -> Record:
    """Reads a file with one JSON object on any number of lines.

    Raises FileError by the rules of `read_jsonl`.
    """
    return parse_json(path, _read_bytes(path))


def parse_json(path: str | os.PathLike[str], data: bytes) -> Record:
    """Parses the JSON object in `data`. Raises FileError for `path`."""
    try:
        data = _plain(path, data)
        if not data.strip():
            raise ValueError("empty file, expected a JSON object")
        return loads(data)
    except ValueError as error:
        raise FileError(path, str(error), 1) from None


def read_text(path: str | os.PathLike[str]) -> str:
    """Reads a small UTF-8 text file (a recipe, a template); its lines end in `\\n`.

    Raises FileError.
    """
    return parse_text(path, _read_bytes(path))


def parse_text(path: str | os.PathLike[str], data: bytes) -> str:
    """Decodes UTF-8 text; its lines then end in `\\n`. Raises FileError for `path`."""
    try:
        data = _plain(path, data)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"not UTF-8 at byte {error.start + 1}", line) from None
    except ValueError as error:
        raise FileError(path, str(error), 1) from None


def parse_line(path: str | os.PathLike[str], number: int, line: bytes) -> Record:
    """Parses the JSON object in line `number` of a file. Raises FileError.

    For callers that split a file into lines themselves; `line` includes its newline, if any.
    """
    body = line[:-1] if line.endswith(b"\n") else line
    try:
        if number == 1:
            body = _without_bom(path, body)
        if body.endswith(b"\r"):
            body = body[:-1]
            _warn_once(path, "has Windows line ends")
        if b"\r" in body:
            raise ValueError("carriage return within a line")
        if not body.strip():
            raise ValueError("blank line, expected a JSON object")
        return loads(body)
    except ValueError as error:
        # A last line without newline that cannot be parsed was most likely cut off.
        hint = "" if line.endswith(b"\n") else " (the last line has no newline: cut off?)"
        raise FileError(path, f"{error}{hint}", number) from None


def say_what_is_accepted(path: str | os.PathLike[str]) -> None:
    """Warns about a byte order mark or Windows line ends in the first 64 KiB of a file.

    For callers that pass the file to worker processes, which do not warn. A file that cannot be
    read is left to the workers.
    """
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
    except (FileError, OSError):
        return
    if head.startswith(_BOM):
        _warn_once(path, "starts with a byte order mark")
    if b"\r\n" in head:
        _warn_once(path, "has Windows line ends")


def _plain(path: str | os.PathLike[str], data: bytes) -> bytes:
    """A whole text without a byte order mark, with LF line ends."""
    data = _without_bom(path, data)
    if b"\r\n" not in data:
        return data
    _warn_once(path, "has Windows line ends")
    return data.replace(b"\r\n", b"\n")


def _without_bom(path: str | os.PathLike[str], start: bytes) -> bytes:
    """A text without its byte order mark. Raises ValueError for what cannot be UTF-8 text."""
    if start.startswith(_UTF16_BOMS):
        raise ValueError("starts with a UTF-16 byte order mark, expected UTF-8")
    if b"\0" in start:
        raise ValueError("NUL byte, expected UTF-8 text")
    if start.startswith(_BOM):
        _warn_once(path, "starts with a byte order mark")
    return start.removeprefix(_BOM)


def _warn_once(path: str | os.PathLike[str], what: str) -> None:
    """Logs a warning once per file; worker processes leave it to their parent process.

    See `say_what_is_accepted`. Without a logging configuration it is a line on standard error.
    """
    key = os.fspath(path), what
    if key not in _warned and multiprocessing.parent_process() is None:
        _warned.add(key)
        _log.warning("%s", FileError(path, f"{what} (accepted; output files have neither)"))


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens a regular file for reading in binary.

    Raises FileError, also for a folder, pipe or device, instead of waiting for data.
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
