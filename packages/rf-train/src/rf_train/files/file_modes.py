"""Modes of files that other libraries write."""

import stat
from pathlib import Path

from rf_jsonl.writer import TEMPORARY_SUFFIX


def follow_umask(*paths: Path) -> None:
    """Gives files the mode that any new file in their folder gets. Raises OSError.

    safetensors writes through a temporary file and leaves its result readable by the owner only.
    The mode is read from a new file: querying the umask would change it for a moment, for all
    threads, and a folder may have default permissions.
    """
    for folder in {path.parent for path in paths}:
        probe = folder / f".mode{TEMPORARY_SUFFIX}"
        probe.unlink(missing_ok=True)
        probe.touch()
        mode = stat.S_IMODE(probe.stat().st_mode)
        probe.unlink()
        for path in paths:
            if path.parent == folder:
                path.chmod(mode)
