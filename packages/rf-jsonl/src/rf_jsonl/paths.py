"""Paths as users type them and as messages show them."""

import os
from pathlib import Path

from rf_jsonl.errors import printable

STREAM = "-"
"""The path that means standard input or output."""


def expanded(path: str | os.PathLike[str]) -> str:
    """The path with a leading `~` or `~user` replaced by that home folder.

    For every path that a user typed in an option or a recipe, since the shell expands neither
    `--out=~/x` nor YAML. Anything else is returned unchanged: unknown users, `./~`, hub ids,
    `embedded:NAME`.
    """
    return os.path.expanduser(os.fspath(path))  # noqa: PTH111 - a Path would change such names


def shown(path: str | os.PathLike[str]) -> str:
    r"""The path for messages and records, with everything unprintable escaped.


    A byte that is not UTF-8 becomes `\udcff`, an escape character `\x1b`.
    """
    return printable(path.as_posix() if isinstance(path, Path) else os.fspath(path))
