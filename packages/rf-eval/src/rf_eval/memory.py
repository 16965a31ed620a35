"""What the garbage collector costs where millions of small objects are made, and how not to pay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No garbage collection meanwhile, for work that makes no cycles.

    Reading or scoring a large file, the collector walks all records again and again and finds
    nothing: half of the time of reading, a fifth of that of scoring.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
