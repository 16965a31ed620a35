"""An ordered parallel map over worker processes, in constant memory."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Setup = TypeVar("Setup")


def in_order(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    workers: int,
    start: Callable[[Setup], None],
    setup: Setup,
) -> Iterator[Result]:
    """Yields `function(task)` for each task, in order, computed by `workers` processes.

    `start(setup)` runs once in every process; a single worker is this process itself. At most
    four tasks per worker are in flight. Processes are spawned, not forked, for the same behaviour
    on every system.
    """
    if workers == 1:
        start(setup)
        yield from map(function, tasks)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, context, initializer=_begin_worker, initargs=(start, setup)
    ) as pool:
        running: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                running.append(pool.submit(function, task))
                if len(running) >= 4 * workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


def _begin_worker(start: Callable[[Setup], None], setup: Setup) -> None:
    end_with_parent()
    start(setup)


def end_with_parent() -> None:
    """Makes this worker exit when its parent process does."""
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    # A worker whose parent was killed (kill -9) would wait for its next task forever.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
