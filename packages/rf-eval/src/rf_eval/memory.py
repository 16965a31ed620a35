"""Avoids the cost of garbage collection while millions of small objects are created."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pauses garbage collection within the block, for work that creates no reference cycles.

    While a large file is read or scored, the collector would visit all records repeatedly without
    finding anything, which takes half of the time of reading and a fifth of that of scoring.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
