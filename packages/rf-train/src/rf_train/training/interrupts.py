"""Ctrl-C during training: stop after the step, and save."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rf_train.training.loop import StopRequest

_SAME_WISH = 2.0  # seconds within which two interrupts mean one: torchrun passes on the terminal's


@contextmanager
def interruptible(say: Callable[[str], None]) -> Iterator[StopRequest]:
    """Inside, Ctrl-C asks the run to stop after the step; a second one stops at once."""
    stop, asked = StopRequest(), list[float]()

    def ask(number: int, frame: FrameType | None) -> None:
        if asked and time.monotonic() - asked[0] > _SAME_WISH:
            raise KeyboardInterrupt
        if not asked:
            asked.append(time.monotonic())
            stop.asked = True
            say("stopping after this step (Ctrl-C again: at once, without saving)")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
