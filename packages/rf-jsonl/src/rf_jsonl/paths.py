"""Paths as people type them and as messages show them."""

import os
from pathlib import Path

from rf_jsonl.errors import printable

STREAM = "-"
"""The name of the standard streams, where a command reads or writes one."""


def expanded(path: str | os.PathLike[str]) -> str:
    """The path with a leading `~` or `~user` replaced by that home folder.

    For every path that a person typed in an option or a recipe: the shell expands neither
    `--out=~/x` nor YAML. Anything else is returned unchanged: unknown users, `./~`, hub ids,
    `embedded:NAME`.
    """
    return os.path.expanduser(os.fspath(path))  # noqa: PTH111 - a Path would change other texts


def shown(path: str | os.PathLike[str]) -> str:
    r"""The path as messages and records show it, with everything unprintable escaped.

    A byte that is not UTF-8 becomes `\udcff`, an escape character `\x1b`.
    """
    return printable(path.as_posix() if isinstance(path, Path) else os.fspath(path))
