"""Types of path options for click (extra `cli`)."""

import os
from pathlib import Path
from typing import Any

import click

from rf_jsonl.paths import STREAM, expanded


class UserPath(click.Path):
    """A path on the command line, with `~` expanded, as a `pathlib.Path`.

    With `folder`, `-` is wrong usage, since a standard stream is not a folder; `./-` always means
    the file or folder of that name. Other arguments are those of `click.Path`.
    """

    def __init__(self, *, folder: bool = False, **checks: Any) -> None:
        super().__init__(path_type=Path, **checks)
        self.folder = folder

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """The value as a Path. Raises click.BadParameter."""
        if isinstance(value, Path):  # a default, or already converted
            return super().convert(value, param, ctx)
        text = expanded(value)
        if text == STREAM and self.folder:
            self.fail("- is a standard stream, expected a folder (./- for one of that name)")
        if text != STREAM and os.path.normpath(text) == STREAM:
            text = str(Path.cwd() / STREAM)  # a relative Path would mean the stream
        return super().convert(text, param, ctx)


PATH = UserPath()
FOLDER = UserPath(folder=True)
