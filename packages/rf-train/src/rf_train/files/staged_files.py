"""Files that other libraries write, moved to their final names once they are complete.

Those libraries open a file under its final name and write into it, so that an interruption leaves
it incomplete. Here they write into a hidden folder, whose complete files are then moved.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rf_jsonl import FileError, replace_file, sync_folder
from rf_jsonl.writer import TEMPORARY_SUFFIX

_STAGING = f".writing{TEMPORARY_SUFFIX}"


@contextmanager
def staged_files(folder: Path) -> Iterator[Path]:
    """Yields an empty hidden folder inside `folder`, whose files move to `folder` at the end.

    Each file is synced first and replaces one of the same name; other files in `folder` stay. After
    an error, or when the process is killed, every name still refers to the old file or the complete
    new one. The folder must be locked (`rf_jsonl.locked_folder`), which also removes what a killed
    process has left. Raises FileError where the disk refuses.
    """
    staging = folder / _STAGING
    try:
        staging.mkdir(parents=True)
        yield staging
        sync_files(staging)
        for path in sorted(path for path in staging.rglob("*") if path.is_file()):
            target = folder / path.relative_to(staging)
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, target)
        sync_folder(folder)
    except OSError as error:
        raise FileError.from_os_error(folder, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def sync_files(folder: Path) -> None:
    """Makes all files below a folder, and their names, durable. Raises OSError."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)


def has_files(folder: Path, sizes: Mapping[str, int]) -> bool:
    """Whether a folder holds files with these names and sizes in bytes."""
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == size
        for name, size in sizes.items()
    )
