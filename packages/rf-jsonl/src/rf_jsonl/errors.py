"""The one error this package raises: a place in a file, and what is wrong there."""

import os
from pathlib import Path


class FileError(Exception):
    """Something is wrong with a file; `str()` is one line, `path:line: reason`."""

    def __init__(self, path: str | os.PathLike[str], reason: str, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        self.reason = reason
        super().__init__(str(path), reason, line)

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.reason}"

    @classmethod
    def from_os_error(cls, path: str | os.PathLike[str], error: OSError) -> "FileError":
        """The same refusal in our words: `path: no such file or directory`."""
        reason = (error.strerror or str(error)).lower()
        return cls(path, reason)
