"""The standard streams of a command: UTF-8 on every system, without encoding errors."""

import sys
from typing import Any


def utf8_streams() -> None:
    r"""Sets standard output and error to UTF-8; lone surrogates are escaped (`\udcff`).

    Every command of the workspace calls this first.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
