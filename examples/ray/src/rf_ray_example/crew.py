"""Workers of a Ray cluster that take one task after another, and are replaced when they die.

A worker is an actor that keeps what is costly to load. It is given a task only once it is ready,
so that a task never waits for a machine that is gone; the task of a worker that died goes to the
next one. A task that has taken three workers with it ends the run.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError, RayTaskError

LIVES = 3
"""Workers that a task may cost."""

Task = TypeVar("Task")


class CrewError(Exception):
    """What a worker said, or that a task keeps killing workers; one line."""


def carry_out(
    hire: Callable[[], ActorHandle], tasks: Sequence[Task], workers: int
) -> Iterator[tuple[Task, Any]]:
    """Yields (task, what its worker returned) as they finish.

    `hire` starts a worker with the methods `ready()` and `work(task)`. Raises CrewError.
    """
    todo, lost = deque(tasks), dict[int, int]()
    at_work: dict[Any, tuple[ActorHandle, Task | None]] = {}
    for _ in range(min(workers, len(todo))):
        _wait_for(hire(), at_work)
    while at_work:
        [reference], _ = ray.wait(list(at_work), num_returns=1)
        worker, task = at_work.pop(reference)
        try:
            result = ray.get(reference)
        except RayActorError as error:
            if task is not None:
                _put_back(task, todo, lost, error)
            elif not at_work:
                raise CrewError(f"no worker can be started: {_first_line(error)}") from None
            if todo:
                _wait_for(hire(), at_work)
            continue
        except RayTaskError as error:
            raise CrewError(_first_line(error.cause or error)) from None
        if task is not None:
            yield task, result
        if todo:
            following = todo.popleft()
            at_work[worker.work.remote(following)] = (worker, following)
        else:
            ray.kill(worker)


def _wait_for(worker: ActorHandle, at_work: dict[Any, tuple[ActorHandle, Any]]) -> None:
    at_work[worker.ready.remote()] = (worker, None)


def _put_back(task: Task, todo: deque[Task], lost: dict[int, int], error: Exception) -> None:
    """First in the queue again. Raises CrewError where it has cost too many workers."""
    lost[id(task)] = lost.get(id(task), 0) + 1
    if lost[id(task)] == LIVES:
        raise CrewError(f"{task}: {LIVES} workers died of it, the last: {_first_line(error)}")
    todo.appendleft(task)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
