"""What bytes these were: sha256 and size of files, to be kept beside what was made of them."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from rf_jsonl.errors import FileError


def sha256_file(path: str | os.PathLike[str]) -> str:
    """Lower-case hex sha256 of a file's bytes. Raises FileError."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileError.from_os_error(path, error) from None


def manifest(folder: str | os.PathLike[str], names: Iterable[str]) -> dict[str, dict[str, object]]:
    """`{name: {"bytes", "sha256"}}` for files of one folder, sorted by name. Raises FileError."""
    root = Path(folder)
    return {
        name: {"bytes": (root / name).stat().st_size, "sha256": sha256_file(root / name)}
        for name in sorted(names)
    }


def check_manifest(
    folder: str | os.PathLike[str], expected: dict[str, dict[str, object]]
) -> list[str]:
    """The names whose file is missing or holds other bytes than the manifest says."""
    root = Path(folder)
    return [
        name
        for name, entry in expected.items()
        if not (root / name).is_file() or sha256_file(root / name) != entry["sha256"]
    ]
