"""Files that may be read by whom the user's umask lets."""

import stat
from pathlib import Path

from rf_jsonl.writer import TEMPORARY_SUFFIX


def follow_umask(*paths: Path) -> None:
    """Gives files the mode of any new file in their folder. Raises OSError.

    safetensors writes through a temporary file, and leaves what it wrote readable by its owner
    only. The mode is taken from a file made on the spot: asking for the umask would change it for
    a moment, for all threads, and a folder may have defaults of its own.
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
