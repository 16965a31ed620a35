"""The error this package raises, and safe printing of text from files."""

import os
import unicodedata
from pathlib import Path


class FileError(Exception):
    """Something is wrong with a file; `str()` is one line, `path:line: reason`.

    Parameters
    ----------
    path : the file, as the caller named it
    reason : what is wrong and what was expected
    line : from 1; None where the fault is not in a particular line
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
        """The same error in this package's form: `path: no such file or directory`."""
        reason = (error.strerror or str(error)).lower()
        return cls(path, reason)


def printable(text: str, keep: str = "") -> str:
    r"""`text` with every character that could control a terminal escaped, such as `\x1b`.

    Escaped are the characters of Unicode's "other" categories (control characters including line
    ends, marks for the writing direction, surrogates) and its line and paragraph separators, except
    those in `keep`.
    """
    return "".join(repr(c)[1:-1] if _is_control(c) and c not in keep else c for c in text)


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")
