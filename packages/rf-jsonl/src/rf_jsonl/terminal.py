"""The standard streams of a command: UTF-8 on every system, and no character ends the program."""

import sys
from typing import Any


def utf8_streams() -> None:
    r"""Makes standard output and error UTF-8; what cannot be written so is written out (`\udcff`).

    The first thing that every command of the workspace does.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
