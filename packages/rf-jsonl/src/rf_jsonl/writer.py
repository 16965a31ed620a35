"""Atomic writing: a path holds either the old file or the complete new one.

Only regular files are replaced. Links are followed (but not out of a locked folder), files keep
their mode and owner, and pipes, devices and standard streams are written to directly. These rules
are implemented here for all writers of the workspace.
"""

import errno
import json
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from rf_jsonl.codec import Record, dumps
from rf_jsonl.errors import FileError
from rf_jsonl.paths import STREAM

TEMPORARY_SUFFIX = ".rf-tmp"
folders_held: list[Path] = []
"""Resolved paths of the folders that this process has locked (`rf_jsonl.lock`)."""
_DESCRIPTOR = re.compile(r"/dev/(?:(stdout)|(stderr)|fd/(\d+))|/proc/self/fd/(\d+)")


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Yields a binary file that replaces `path` when the block ends without an error.

    It is written under a hidden name in the same folder, synced and renamed; missing folders are
    created. After an error, or when the process is killed, `path` is unchanged. Links are followed.
    Where `path` is a pipe, a device or `-` (standard output), the block writes to it directly.
    Raises FileError where the disk or the folder refuses.
    """
    try:
        if not is_file_to_be(path):
            with _opened_stream(path) as stream:
                yield stream
            return
        target = followed(path)
        temporary = _temporary_name(target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with _create_for(temporary, target) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
            sync_folder(target.parent)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise FileError.from_os_error(path, error) from None


def replace_file(finished: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Moves the file `finished` to `path`, by the rules of `atomic_writer`. Raises FileError.

    If `path` is on another disk or a stream, the file is copied and then removed.
    """
    source = Path(finished)
    try:
        target = followed(path) if is_file_to_be(path) else None
        if target is None or not _same_disk(source, target.parent):
            with open(source, "rb") as data, atomic_writer(path) as file:
                shutil.copyfileobj(data, file)
            source.unlink()
            return
        _copy_mode_and_owner(target, source)
        os.replace(source, target)
        sync_folder(target.parent)
    except OSError as error:
        raise FileError.from_os_error(path, error) from None


def is_file_to_be(path: str | os.PathLike[str]) -> bool:
    """Whether writing to `path` creates or replaces a regular file.

    False for pipes, devices, and names of open streams (`-`, /dev/stdout, /dev/fd/3). Raises
    FileError for a folder.
    """
    if _descriptor_of(path) is not None:
        return False
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return True
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    if stat.S_ISDIR(mode):
        raise FileError(path, "is a folder, expected a file to write")
    return stat.S_ISREG(mode)


def refuse_replacing(path: str | os.PathLike[str], *, force: bool) -> None:
    """Raises FileError where a file exists at `path`, unless forced.

    For callers that know that it differs from what they are about to write.
    """
    if not force and is_file_to_be(path) and Path(path).exists():
        raise FileError(path, "holds something else (--force replaces it)")


def write_whole(path: str | os.PathLike[str], data: bytes, *, force: bool) -> bool:
    """Writes a file atomically; returns False where it already holds these bytes.

    Raises FileError where it holds other bytes, unless forced.
    """
    if is_file_to_be(path) and Path(path).exists():
        if _holds(path, data):
            return False
        refuse_replacing(path, force=force)
    with atomic_writer(path) as file:
        file.write(data)
    return True


def write_jsonl(path: str | os.PathLike[str], records: Iterable[Record]) -> int:
    """Writes one record per line, atomically; returns how many.

    Only one record is in memory at a time. Raises FileError, with the line number, for a record
    that cannot be JSON.
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
    """Writes one object as indented JSON, atomically. Raises FileError."""
    try:
        dumps(record)  # refuses what loads would refuse
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)
    except (TypeError, ValueError) as error:
        raise FileError(path, f"cannot be written: {error}") from None
    write_text(path, text + "\n")


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes UTF-8 text without newline translation, atomically. Raises FileError."""
    with atomic_writer(path) as file:
        file.write(text.encode("utf-8"))


def sync_folder(folder: Path) -> None:
    """Makes new and renamed entries of a folder durable; does nothing on Windows."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _descriptor_of(path: str | os.PathLike[str]) -> int | None:
    """The descriptor that a path such as /dev/fd/3 means, None for other paths.

    Such a path must not be reopened: it may be a file that the shell is already writing.
    """
    text = os.fspath(path)
    if text == STREAM:
        return 1
    match = _DESCRIPTOR.fullmatch(text) if os.name == "posix" else None
    if match is None:
        return None
    return 1 if match[1] else 2 if match[2] else int(match[3] or match[4])


def open_stream(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens the stream or device at a path for writing. Raises FileError.

    `-` returns standard output itself, which must not be closed.
    """
    if sys.stdout is not None:
        sys.stdout.flush()  # so that earlier output comes first
    if os.fspath(path) == STREAM:
        return sys.stdout.buffer
    number = _descriptor_of(path)
    try:
        return open(path, "wb") if number is None else os.fdopen(os.dup(number), "wb")
    except OSError as error:
        raise FileError.from_os_error(path, error) from None


@contextmanager
def _opened_stream(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    stream = open_stream(path)
    if os.fspath(path) != STREAM:
        with stream:
            yield stream
        return
    yield stream
    stream.flush()


def followed(path: str | os.PathLike[str]) -> Path:
    """The target of a link or a chain of links, whether it exists or not; other paths unchanged.

    Raises FileError for a link that leads out of a locked folder (`locked_folder`), since that
    folder may come from an untrusted source.
    """
    link = Path(path)
    if not link.is_symlink():
        return link
    target, location = link.resolve(), link.parent.resolve() / link.name
    for folder in folders_held:
        if folder in location.parents and folder not in target.parents:
            raise FileError(path, "is a link out of the folder being written; remove it first")
    return target


def _temporary_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")


def _create_for(temporary: Path, target: Path) -> BinaryIO:
    """A new file with the mode and owner of the file that it will replace."""
    exists = target.exists()
    mode = 0o600 if exists else 0o666  # a private file must not be readable even for a moment
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(temporary, flags, mode), "wb")
    try:
        _copy_mode_and_owner(target, temporary)
    except BaseException:
        file.close()
        raise
    return file


def _copy_mode_and_owner(old: Path, new: Path) -> None:
    """Gives `new` the mode and, where permitted, the owner of `old`, if that exists.

    Raises PermissionError where `old` is not writable.
    """
    try:
        found = old.stat()
    except FileNotFoundError:
        return
    if not os.access(old, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if os.name == "posix":
        own = new.stat()
        if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid):
            with suppress(PermissionError):
                os.chown(new, found.st_uid, found.st_gid)
    new.chmod(stat.S_IMODE(found.st_mode))


def _same_disk(file: Path, folder: Path) -> bool:
    return folder.is_dir() and file.stat().st_dev == folder.stat().st_dev


def _holds(path: str | os.PathLike[str], data: bytes) -> bool:
    with open(path, "rb") as file:
        return os.fstat(file.fileno()).st_size == len(data) and file.read() == data
