"""The worker processes of a command: Ctrl-C is for the command alone, and they end with it."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process, resource_tracker
from threading import Thread, current_thread, main_thread
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Workers(ProcessPoolExecutor):
    """`count` processes, in each of which `start(*setup)` runs once, before its first task.

    Ctrl-C reaches every process of a terminal; only this one acts on it. The workers end when this
    process does, even by SIGKILL. They are spawned, not forked, for the same behaviour on every
    system.
    """

    def __init__(self, count: int, start: Callable[..., None] | None = None, *setup: Any) -> None:
        context = get_context("spawn")
        super().__init__(count, context, initializer=_begin, initargs=(start, setup))

    def submit(
        self,
        fn: Callable[Arguments, Result],
        /,
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Future[Result]:
        """The future result of a call in a worker, which is started here if none is idle."""
        with interrupts_held():  # an interrupted start leaves a worker that nobody tells to end
            return super().submit(fn, *args, **kwargs)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Delays Ctrl-C to the end of the block; processes that start in it have SIGINT blocked.

    A worker imports for a second before it can ignore SIGINT, and would answer Ctrl-C with a
    traceback until then. It inherits what is blocked (not on Windows), then ignores SIGINT, as do
    the programs that it starts.
    """
    with _sigint_blocked():
        if current_thread() is not main_thread():  # Python interrupts the main thread alone
            yield
            return
        held: list[int] = []  # by way of a thread where SIGINT is not blocked, such as numpy's
        before = signal.signal(signal.SIGINT, lambda number, _: held.append(number))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
            if held:
                signal.raise_signal(signal.SIGINT)


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start, with the first process, would unblock SIGINT
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(start: Callable[..., None] | None, setup: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()
    if start is not None:
        start(*setup)


def _leave_with_parent() -> None:
    # A worker whose parent was killed (kill -9) would wait for its next task forever.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
