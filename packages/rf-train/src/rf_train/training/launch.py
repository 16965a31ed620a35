"""`rf-train train --devices N`: one process for each of N devices of this machine.

It is what torchrun does on one machine, with one line where torchrun has a page: as soon as one
process ends badly the others are stopped, and the reason is said once. Over several machines
torchrun starts the processes; they are the same.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from rf_train.errors import TrainError
from rf_train.files.names import LAUNCHED

_POLL = 0.05  # seconds
_GRACE_SECONDS = (
    5.0  # seconds in which the other processes may end by themselves, with the same error
)
_TERMINATE_SECONDS = 10.0  # seconds from the request to end to the end by force


def launch(arguments: list[str], processes: int) -> int:
    """Runs `rf-train ARGUMENTS` in so many processes; returns the first one's exit code.

    The first process has the terminal. Raises TrainError where another one ended first, with what
    it said, or by which signal.
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
        said = _last_line(folder / f"{first}.err")
        if not killed and started[0].returncode > 0:
            return int(started[0].returncode)  # it has said the same
        raise TrainError(_reason(first, processes, started[first].returncode, said))


def _ranks(processes: int) -> Iterator[int]:
    """All ranks on one address, chosen now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
        errors = open(folder / f"{rank}.err", "wb")  # noqa: SIM115 - the process keeps it
    process = subprocess.Popen(
        [sys.executable, "-m", "rf_train", *arguments], env=environment, stderr=errors
    )
    if errors is not None:
        errors.close()
    return process


@contextmanager
def _forwarded_signals(started: list["subprocess.Popen[bytes]"]) -> Iterator[None]:
    """Inside, a request to stop goes to the processes, and the launcher waits for them.

    Ctrl-C reaches them from the terminal, too; they take both for one.
    """

    def pass_on(number: int, frame: FrameType | None) -> None:
        for process in started:
            if process.poll() is None:
                process.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, pass_on) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        _stop(started, patience=0.0)


def _first_failure(started: list["subprocess.Popen[bytes]"]) -> int | None:
    """Waits; the rank that ended first with an error, None where none did."""
    while True:
        codes = [process.poll() for process in started]
        failed = [rank for rank, code in enumerate(codes) if code]
        if failed:  # one that was killed is the cause where several have ended since the last look
            return min(failed, key=lambda rank: (started[rank].returncode >= 0, rank))
        if all(code == 0 for code in codes):
            return None
        time.sleep(_POLL)


def _stop(started: list["subprocess.Popen[bytes]"], *, patience: float) -> None:
    """Ends what still runs: by itself within `patience` seconds, then on request, then by force."""
    for request, seconds in (
        (None, patience),
        (signal.SIGTERM, _TERMINATE_SECONDS),
        (signal.SIGKILL, 60.0),
    ):
        left = [process for process in started if process.poll() is None]
        for process in left:
            if request is not None:
                process.send_signal(request)
        until = time.monotonic() + seconds
        for process in left:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue


def _last_line(path: Path) -> str:
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _reason(rank: int, processes: int, code: int, said: str) -> str:
    who = f"process {rank} of {processes} (counted from 0)"
    end = "the others were stopped; --resume continues at the last checkpoint"
    if code < 0:
        return f"{who} was ended by {signal.Signals(-code).name}, {end}"
    return f"{who}: {said.removeprefix('rf-train: ') or f'ended with exit code {code}'}; {end}"
