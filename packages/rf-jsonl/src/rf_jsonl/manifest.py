"""Checksums and sizes of files, to be stored with what was made from them."""

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from rf_jsonl.errors import FileError

_TEXTS = re.compile(r"(?i)\.(jsonl?|csv|md|ya?ml|txt)")
_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"


def sha256_file(path: str | os.PathLike[str]) -> str:
    """Lower-case hex sha256 of a file's bytes. Raises FileError."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileError.from_os_error(path, error) from None


def sha256_text(path: str | os.PathLike[str]) -> str:
    """Lower-case hex sha256 of a text with LF line ends and without a byte order mark.

    So a checkout on Windows has the same hash. A file whose name is not that of JSON, CSV, YAML,
    Markdown or text is hashed as by `sha256_file`. Raises FileError.
    """
    if not _TEXTS.fullmatch(Path(path).suffix):
        return sha256_file(path)
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            if file.read(len(_BOM)) != _BOM:
                file.seek(0)
            while block := file.read(_BLOCK):
                while block.endswith(b"\r") and (more := file.read(1)):
                    block += more
                digest.update(block.replace(b"\r\n", b"\n"))
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    return digest.hexdigest()


def manifest(folder: str | os.PathLike[str], names: Iterable[str]) -> dict[str, dict[str, object]]:
    """`{name: {"bytes", "sha256"}}` of files in a folder, sorted by name. Raises FileError."""
    root = Path(folder)
    return {
        name: {"bytes": (root / name).stat().st_size, "sha256": sha256_file(root / name)}
        for name in sorted(names)
    }


def check_manifest(
    folder: str | os.PathLike[str], expected: dict[str, dict[str, object]]
) -> list[str]:
    """The names of files that are missing or differ from the manifest.

    Windows line ends and a byte order mark are ignored (`sha256_text`).
    """
    root = Path(folder)
    return [
        name
        for name, entry in expected.items()
        if not (root / name).is_file()
        or entry["sha256"] not in (sha256_file(root / name), sha256_text(root / name))
    ]
