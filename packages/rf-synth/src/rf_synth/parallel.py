"""An ordered parallel map over worker processes, in constant memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from rf_jsonl.workers import Workers

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
    four tasks per worker are in flight.
    """
    if workers == 1:
        start(setup)
        yield from map(function, tasks)
        return
    pool = Workers(workers, start, setup)
    running: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            running.append(pool.submit(function, task))
            if len(running) >= 4 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
