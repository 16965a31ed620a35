"""The one error this package raises, and how text from a file may be shown to a person."""

import os
import unicodedata
from pathlib import Path


class FileError(Exception):
    """Something is wrong with a file; `str()` is one line, `path:line: reason`.

    Parameters
    ----------
    path : the file, as the caller named it
    reason : what is wrong and what was expected
    line : from 1; None where the fault is not on one line
    """

    def __init__(self, path: str | os.PathLike[str], reason: str, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        self.reason = reason
        super().__init__(str(path), reason, line)

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return printable(f"{place}: {self.reason}")

    @classmethod
    def from_os_error(cls, path: str | os.PathLike[str], error: OSError) -> "FileError":
        """The same refusal in our words: `path: no such file or directory`."""
        reason = (error.strerror or str(error)).lower()
        return cls(path, reason)


def printable(text: str, keep: str = "") -> str:
    r"""`text` with what would steer a terminal written out: an escape character as `\x1b`.

    That is every character of Unicode's "other" categories: control characters, line ends among
    them, marks that turn the direction of writing, surrogates; and its two separators of lines.
    Those in `keep` stay as they are.
    """
    return "".join(repr(c)[1:-1] if _steers(c) and c not in keep else c for c in text)


def _steers(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")
