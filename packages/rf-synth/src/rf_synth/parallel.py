"""Many processes, one order: results come as their tasks went in, and memory stays flat."""

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
    """`function` of each task, in the order of the tasks, by `workers` processes.

    `start(setup)` runs once in every process; with one worker everything happens in this one.
    At most four tasks a worker are in the making. The processes are spawned, so that it is the
    same on every system.
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
    """Lets a worker end when the process that started it does."""
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """Ends this worker when the process that started it is gone, even by kill -9.

    Without it a worker would wait for the next task for ever.
    """
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
