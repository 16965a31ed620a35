"""Whole safetensors files, written and read; nothing is ever unpickled."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rf_jsonl import FileError

from rf_train.files.file_modes import follow_umask


@contextmanager
def report_disk_errors(path: Path) -> Iterator[None]:
    """Inside, what safetensors says of a disk that refuses becomes an OSError about `path`."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise _as_os_error(path, error) from None


def save_tensors(path: Path, tensors: dict[str, Any]) -> None:
    """Writes tensors as safetensors. Raises OSError where the disk refuses."""
    from safetensors.torch import save_file

    with report_disk_errors(path):
        save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"format": "pt"})
    follow_umask(path)


def load_tensors(path: Path) -> dict[str, Any]:
    """Reads a safetensors file onto the CPU. Raises FileError; never unpickles."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise FileError(path, "no such file (only safetensors are read)")
    try:
        tensors: dict[str, Any] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise FileError(path, f"not a whole safetensors file ({error})") from None
    return tensors


def _as_os_error(path: Path, error: Exception) -> OSError:
    """safetensors reports a full disk as text; the operating system's own words are clearer."""
    import errno

    text = str(error)
    code = errno.ENOSPC if "No space" in text else errno.EFBIG if "large" in text else errno.EIO
    return OSError(code, os.strerror(code), str(path))
