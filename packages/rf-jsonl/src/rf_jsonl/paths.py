"""Paths as people write them and as they are shown: `~` means home, no name steers a terminal."""

import os
from pathlib import Path

from rf_jsonl.errors import printable

STREAM = "-"
"""The name of the standard streams, where a command reads or writes one."""


def expanded(path: str | os.PathLike[str]) -> str:
    """The path with a leading `~` or `~user` replaced by that home folder.

    For every path that a person typed, in an option or a recipe; the shell does it for neither
    `--out=~/x` nor YAML. A name for which there is no home, and whatever else a text may mean (a
    hub id, `embedded:NAME`), stays as it is; so does `./~`.
    """
    return os.path.expanduser(os.fspath(path))  # noqa: PTH111 - a Path would change other texts


def shown(path: str | os.PathLike[str]) -> str:
    r"""The path as messages and records hold it: characters that are no text written out.

    A byte that is not UTF-8 becomes `\udcff`, an escape character `\x1b`.
    """
    return printable(path.as_posix() if isinstance(path, Path) else os.fspath(path))
