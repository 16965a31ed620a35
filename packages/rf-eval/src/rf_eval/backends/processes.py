"""Shards of prompts answered by several processes, one per GPU, in the order of the shards.

The processes are spawned, see one GPU each and answer whole shards. Their speed determines which
process takes which shard, but not the answers and their order.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from rf_jsonl.workers import interrupts_held

from rf_eval.errors import EvalError
from rf_eval.predictions import Prediction
from rf_eval.samples import Sample


class Answering(Protocol):
    """A picklable backend that answers a shard in one process."""

    def answer(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields the predictions of a shard in batches. Raises EvalError."""
        ...


@dataclass
class _Worker:
    """A process, the connection to it, and the index of its current shard."""

    process: BaseProcess
    connection: Connection
    shard: int | None = field(default=None)


class Processes:
    """`devices` processes that answer shards with `backend`, until this process ends."""

    def __init__(self, backend: Answering, devices: int) -> None:
        self.backend, self.devices = backend, devices
        self._workers: list[_Worker] = []

    def answer(self, shards: Sequence[Sequence[Sample]]) -> Iterator[list[Prediction]]:
        """Yields one list per shard, in order. Raises EvalError after ending all processes."""
        self._workers = self._workers or self._start()
        try:
            yield from self._in_order(shards)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Kills the processes, whether or not they are busy."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.connection.close()
        self._workers = []

    def _start(self) -> list[_Worker]:
        context, workers = multiprocessing.get_context("spawn"), []
        for device in _devices(self.devices):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(theirs, self.backend, device, self.devices), daemon=True
            )
            with interrupts_held():
                process.start()
            theirs.close()  # so that the end of the process is noticed here
            workers.append(_Worker(process, ours))
        return workers

    def _in_order(self, shards: Sequence[Sequence[Sample]]) -> Iterator[list[Prediction]]:
        todo = iter(range(len(shards)))
        done: dict[int, list[Prediction]] = {}
        for worker in self._workers:
            _hand_over(worker, next(todo, None), shards)
        for index in range(len(shards)):
            while index not in done:
                busy = {w.connection: w for w in self._workers if w.shard is not None}
                for ready in wait(list(busy)):
                    worker = busy[ready]  # type: ignore[index]
                    answered = worker.shard
                    assert answered is not None
                    done[answered] = self._received(worker)
                    _hand_over(worker, next(todo, None), shards)
            yield done.pop(index)

    def _received(self, worker: _Worker) -> list[Prediction]:
        """The predictions of a worker's current shard. Raises EvalError if it failed."""
        try:
            found = worker.connection.recv()
        except (EOFError, ConnectionError):
            worker.process.join()
            raise EvalError(self._ending(worker)) from None
        if isinstance(found, str):
            raise EvalError(found)
        predictions: list[Prediction] = found
        return predictions

    def _ending(self, worker: _Worker) -> str:
        code = worker.process.exitcode or 0
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        number = self._workers.index(worker)
        return (
            f"process {number} of {self.devices} (counted from 0) {how}; the others were stopped, "
            f"--resume goes on"
        )


def _hand_over(worker: _Worker, shard: int | None, shards: Sequence[Sequence[Sample]]) -> None:
    worker.shard = shard
    if shard is None:
        return
    try:
        worker.connection.send(list(shards[shard]))
    except ConnectionError:
        return  # the process has ended, which reading from it will report


def _devices(count: int) -> list[str | None]:
    """CUDA_VISIBLE_DEVICES for each process: one GPU each, None if there is no GPU."""
    import torch

    if not torch.cuda.is_available():
        return [None] * count
    found = torch.cuda.device_count()
    if count > found:
        raise EvalError(f"devices: {count} asked for, {found} visible")
    named = [one for one in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if one]
    return list(named[:count]) if named else [str(i) for i in range(count)]


def _work(connection: Connection, backend: Answering, device: str | None, processes: int) -> None:
    """The main function of a process: answers shards until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C
    if device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = device
    else:
        os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // processes))
    while True:
        try:
            shard = connection.recv()
        except (EOFError, ConnectionError):
            return
        try:
            answers: list[Prediction] | str = [
                one for batch in backend.answer(shard) for one in batch
            ]
        except EvalError as error:
            answers = str(error)
        try:
            connection.send(answers)
        except ConnectionError:
            return
