"""Ctrl-C during training: stop after the current step, and save."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Two interrupts within this time count as one, since torchrun forwards the terminal's.
_REPEAT_SECONDS = 2.0


@contextmanager
def interruptible(say: Callable[[str], None]) -> Iterator[threading.Event]:
    """Yields an event that Ctrl-C sets to stop after the step; a second Ctrl-C stops at once."""
    stop, times = threading.Event(), list[float]()

    def handle(number: int, frame: FrameType | None) -> None:
        if times and time.monotonic() - times[0] > _REPEAT_SECONDS:
            raise KeyboardInterrupt
        if not times:
            times.append(time.monotonic())
            stop.set()
            say("stopping after this step (Ctrl-C again: at once, without saving)")

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)
