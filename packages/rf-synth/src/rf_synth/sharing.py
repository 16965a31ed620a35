"""Distributes a stream of items over processes once it is long enough to pay off."""

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rf_jsonl.workers import Workers

_MIN_STREAM = 4000
"""Items after which a stream is long enough to start more processes."""
_MIN_BATCH = 100
"""Batches of fewer items cost more to hand over than they save."""


def usual_workers() -> int:
    """The default number of processes: all cores, at most 16."""
    return min(os.cpu_count() or 1, 16)


class Shared:
    """Applies `function` to batches of a stream, later ones with the help of other processes.

    `function` maps a list of items to the concatenation of their results. Short streams never
    start a process, and no stream waits for one to start: until the helpers are ready, and after
    one of them dies, this process does all of the work.
    """

    def __init__(self, function: Callable[[list[bytes]], bytes], helpers: int) -> None:
        self._function, self._helpers = function, helpers
        self._done = 0
        self._pool: Workers | None = None
        self._starting: list[Future[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __call__(self, items: list[bytes]) -> bytes:
        """The results of one batch, in order."""
        self._done += len(items)
        if len(items) < _MIN_BATCH or not self.ready():
            return self._function(items)
        share = -(-len(items) // (self._helpers + 1))
        mine, *others = (items[at : at + share] for at in range(0, len(items), share))
        assert self._pool is not None
        try:
            made = [self._pool.submit(self._function, part) for part in others]
            return b"".join([self._function(mine), *(future.result() for future in made)])
        except BrokenExecutor:
            self._helpers = 0
            return self._function(items)

    def ready(self) -> bool:
        """Whether all helpers are running; starts them once the stream is long enough."""
        if not self._helpers or self._done < _MIN_STREAM:
            return False
        if self._pool is None:
            self._pool = _pool(self._helpers)
            self._starting = [self._pool.submit(self._function, []) for _ in range(self._helpers)]
        return all(future.done() for future in self._starting)


def _pool(processes: int) -> "Workers":
    """New processes; imported here since the imports take longer than to answer a short stream."""
    from rf_jsonl.workers import Workers

    return Workers(processes)
