"""The user's cache folder, where what can be made again is kept between runs."""

import os
from pathlib import Path


def user_cache(name: str) -> Path:
    """`rf-train/NAME` in `$XDG_CACHE_HOME`, or else in `~/.cache`."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "rf-train" / name
