"""Ctrl-C during training: stop after the step, and save."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rf_train.training.loop import StopRequest

_REPEAT_SECONDS = (
    2.0  # seconds within which two interrupts mean one: torchrun passes on the terminal's
)


@contextmanager
def interruptible(say: Callable[[str], None]) -> Iterator[StopRequest]:
    """Inside, Ctrl-C asks the run to stop after the step; a second one stops at once."""
    stop, requested = StopRequest(), list[float]()

    def ask(number: int, frame: FrameType | None) -> None:
        if requested and time.monotonic() - requested[0] > _REPEAT_SECONDS:
            raise KeyboardInterrupt
        if not requested:
            requested.append(time.monotonic())
            stop.requested = True
            say("stopping after this step (Ctrl-C again: at once, without saving)")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
