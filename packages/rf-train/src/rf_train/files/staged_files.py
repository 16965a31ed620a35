"""Files that other libraries write: complete before they get their names.

Those libraries open a file under its final name and write into it; an interruption in between
leaves half of it. So they write into a hidden folder, and what is whole is moved.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rf_jsonl import FileError, replace_file, sync_folder
from rf_jsonl.writer import TEMPORARY_SUFFIX

_STAGING = f".writing{TEMPORARY_SUFFIX}"


@contextmanager
def staged_files(folder: Path) -> Iterator[Path]:
    """Yields an empty hidden folder within `folder`; what is in it moves there at the end.

    Each file is synced first and takes the place of one of its name; other files in `folder` stay.
    On an error, or when the process is killed, every name stands for the old file or the complete
    new one. The folder must be locked (`rf_jsonl.locked_folder`), which also clears what a killed
    process has left. Raises FileError where the disk refuses.
    """
    hidden = folder / _STAGING
    try:
        hidden.mkdir(parents=True)
        yield hidden
        sync_files(hidden)
        for path in sorted(path for path in hidden.rglob("*") if path.is_file()):
            target = folder / path.relative_to(hidden)
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, target)
        sync_folder(folder)
    except OSError as error:
        raise FileError.from_os_error(folder, error) from None
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def sync_files(folder: Path) -> None:
    """Makes the files below a folder, and their names, durable. Raises OSError."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)
