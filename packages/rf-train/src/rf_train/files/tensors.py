"""Whole safetensors files, written and read; nothing is ever unpickled."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rf_jsonl import FileError

from rf_train.files.file_modes import follow_umask
from rf_train.files.safetensors_ranges import incomplete_file


@contextmanager
def report_disk_errors(path: Path) -> Iterator[None]:
    """Turns the SafetensorError of a failed write into an OSError about `path`.

    safetensors reports a full disk as text only; the operating system's message is clearer.
    """
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        text = str(error)
        full = errno.ENOSPC if "No space" in text else errno.EIO
        code = errno.EFBIG if "large" in text else full
        raise OSError(code, os.strerror(code), str(path)) from None


def save_tensors(path: Path, tensors: dict[str, Any]) -> None:
    """Writes tensors as safetensors. Raises OSError where the disk refuses."""
    from safetensors.torch import save_file

    with report_disk_errors(path):
        save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"format": "pt"})
    follow_umask(path)


def load_tensors(path: Path) -> dict[str, Any]:
    """Reads a safetensors file onto the CPU. Raises FileError."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise FileError(path, "no such file (only safetensors are read)")
    try:
        tensors: dict[str, Any] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise incomplete_file(path, error) from None
    return tensors
