"""`rf-train train --devices N`: one process for each of N devices of this machine.

The processes are those that torchrun would start, but an error is one line: as soon as one process
fails the others are stopped, and the reason is reported once. For several machines use torchrun.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

from rf_train.errors import TrainError
from rf_train.files.names import LAUNCHED

_POLL = 0.05  # seconds
_GRACE_SECONDS = 5.0  # for the other processes to end by themselves, with the same error
_TERMINATE_SECONDS = 10.0  # between SIGTERM and SIGKILL


def launch(arguments: list[str], processes: int) -> int:
    """Runs `rf-train ARGUMENTS` in several processes; returns the exit code of the first one.

    The first process writes to the terminal. Raises TrainError where another one failed first, with
    its error or the signal that ended it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = [_start(arguments, rank, processes, folder) for rank in _ranks(processes)]
        with _forwarded_signals(started):
            first = _first_failure(started)
            if first is None:
                return 0
            killed = started[first].returncode < 0
            _stop(started, patience=0.0 if killed else _GRACE_SECONDS)
        if first == 0 and not killed:
            return int(started[0].returncode)
        if not killed and started[0].returncode > 0:
            return int(started[0].returncode)  # it has reported the same error
        error = _last_line(folder / f"{first}.err")
        raise TrainError(_reason(first, processes, started[first].returncode, error))


def _ranks(processes: int) -> Iterator[int]:
    """All ranks, after choosing the port of their communication."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    yield from range(processes)


def _start(
    arguments: list[str], rank: int, processes: int, folder: Path
) -> "subprocess.Popen[bytes]":
    threads = str(max(1, (os.cpu_count() or 1) // processes))
    environment = {"OMP_NUM_THREADS": threads} | dict(os.environ)
    environment |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
        LAUNCHED: "1",
    }
    errors: IO[bytes] | None = None
    if rank:
        errors = open(folder / f"{rank}.err", "wb")  # noqa: SIM115 - closed below
    process = subprocess.Popen(
        [sys.executable, "-m", "rf_train", *arguments], env=environment, stderr=errors
    )
    if errors is not None:
        errors.close()
    return process


@contextmanager
def _forwarded_signals(started: list["subprocess.Popen[bytes]"]) -> Iterator[None]:
    """Inside, SIGINT and SIGTERM are forwarded to the processes, for which the launcher waits.

    Ctrl-C also reaches them from the terminal; they count both as one (see `interruptible`).
    """

    def forward(number: int, frame: FrameType | None) -> None:
        for process in started:
            if process.poll() is None:
                process.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(number, forward) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, previous, strict=True):
            signal.signal(number, handler)
        _stop(started, patience=0.0)


def _first_failure(started: list["subprocess.Popen[bytes]"]) -> int | None:
    """Waits for all processes; returns the rank that failed first, None if none did."""
    while True:
        codes = [process.poll() for process in started]
        failed = [rank for rank, code in enumerate(codes) if code]
        if failed:  # if several have ended since the last poll, a killed one is the cause
            return min(failed, key=lambda rank: (started[rank].returncode >= 0, rank))
        if all(code == 0 for code in codes):
            return None
        time.sleep(_POLL)


def _stop(started: list["subprocess.Popen[bytes]"], *, patience: float) -> None:
    """Waits `patience` seconds for running processes, then terminates and finally kills them."""
    for request, seconds in (
        (None, patience),
        (signal.SIGTERM, _TERMINATE_SECONDS),
        (signal.SIGKILL, 60.0),
    ):
        running = [process for process in started if process.poll() is None]
        for process in running:
            if request is not None:
                process.send_signal(request)
        deadline = time.monotonic() + seconds
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))


def _last_line(path: Path) -> str:
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _reason(rank: int, processes: int, code: int, error: str) -> str:
    process = f"process {rank} of {processes} (counted from 0)"
    rest = "the others were stopped; --resume continues at the last checkpoint"
    if code < 0:
        return f"{process} was ended by {signal.Signals(-code).name}, {rest}"
    return f"{process}: {error.removeprefix('rf-train: ') or f'exit code {code}'}; {rest}"
