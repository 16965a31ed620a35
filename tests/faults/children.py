"""Commands as real processes that start at once: forked from one that holds the libraries.

Importing torch takes longer than a whole tiny training. So a server process imports everything
once, and every command is a fork of it, with a process group, a directory and streams of its own:
what `kill -9` ends is a process like any other. Moments are told in file operations, which are the
same on every machine and in every run; a child counts its own by an audit hook.
"""

import importlib
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

LIBRARIES = [
    "rf_synth.cli.generate", "rf_synth.dataset.writer", "rf_train.training.run",
    "rf_train.merge.merge", "peft", "bitsandbytes", "transformers", "rf_eval.cli.run",
    "rf_eval.backends.hf", "rf_eval.report", "rf_figs.cli.render", "rf_figs.export",
    "matplotlib.pyplot",
]  # fmt: skip
BEGUN = b"!"
"""What a child writes before the lines that tell its operations."""
WRITING = os.O_WRONLY | os.O_RDWR
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"}
AT_MOST_SECONDS = 300


@dataclass(frozen=True)
class Job:
    """A command line to run in `folder`, and what befalls it.

    place: file operations below this path are counted; before number `operation` (from 0) the
    process sends itself `sent`. file_limit: no file of it may grow beyond so many bytes.
    memory_room: it may take so many bytes of address space beyond what the libraries have.
    """

    words: tuple[str, ...]
    folder: Path
    place: Path
    operation: int | None = None
    sent: signal.Signals = signal.SIGKILL
    file_limit: int | None = None
    memory_room: int | None = None
    said: Connection | None = None
    counted: Connection | None = None


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, negative for a signal, and all that it printed.

    operations: how often it was about to change its place; opened: the files below the place that
    it opened for writing, in that order.
    """

    code: int
    said: str
    seconds: float
    operations: int
    opened: tuple[str, ...]

    @property
    def last_line(self) -> str:
        return self.said.strip().splitlines()[-1] if self.said.strip() else ""


class Child:
    """A command that is running."""

    def __init__(self, job: Job) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(LIBRARIES)
        self._said, said = context.Pipe(duplex=False)
        self._counted, counted = context.Pipe(duplex=False)
        self._begun = time.monotonic()
        self._process = context.Process(
            target=_run, args=(replace(job, said=said, counted=counted),)
        )
        self._process.start()
        said.close()
        counted.close()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the command and to the workers that it started."""
        if self._process.pid is not None and self._process.is_alive():
            with suppress(ProcessLookupError):  # it has ended since
                try:
                    os.killpg(self._process.pid, number)
                except ProcessLookupError:  # it has no group of its own yet
                    os.kill(self._process.pid, number)

    def wait_until_begun(self) -> None:
        """Returns when the command itself has control of its process."""
        assert os.read(self._counted.fileno(), 1) == BEGUN

    def wait_until_stopped(self) -> bool:
        """Whether the command has stopped itself, or else has ended."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        while self._process.is_alive():
            if stat.read_text().rpartition(")")[2].split()[0] == "T":
                return True
            time.sleep(0.01)
        return False

    def wait(self) -> Ended:
        """Waits for the end of the command; ends it where it hangs."""
        self._process.join(AT_MOST_SECONDS)
        if self._process.is_alive():
            self.send(signal.SIGKILL)
            self._process.join()
            raise AssertionError(f"hung for {AT_MOST_SECONDS} s: {_all_of(self._said)}")
        seconds = time.monotonic() - self._begun
        assert self._process.exitcode is not None
        lines = _all_of(self._counted).removeprefix(BEGUN.decode()).splitlines()
        opened = tuple(line for line in lines if line)
        return Ended(self._process.exitcode, _all_of(self._said), seconds, len(lines), opened)


def _all_of(pipe: Connection) -> str:
    """What is in a pipe whose other end is closed. A pipe holds 64 KiB; commands print less."""
    parts = []
    while part := os.read(pipe.fileno(), 65536):
        parts.append(part)
    return b"".join(parts).decode("utf-8")


def run(job: Job) -> Ended:
    """Runs a command to its end."""
    return Child(job).wait()


def _run(job: Job) -> None:
    """In the child: everything set up, then the command as its script would run it."""
    os.setpgid(0, 0)
    os.chdir(job.folder)
    assert job.said is not None
    for stream in (1, 2):
        os.dup2(job.said.fileno(), stream)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    if "torch" in sys.modules:  # two threads are slower than one on a model of two layers
        sys.modules["torch"].set_num_threads(1)
    if job.file_limit is not None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (job.file_limit, hard))
    if job.memory_room is not None:
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (taken + job.memory_room, hard))
    sys.addaudithook(_counter(job))
    module = importlib.import_module(job.words[0].replace("-", "_") + ".cli")
    _tell_when_begun(job)
    module.main(list(job.words[1:]))


def _tell_when_begun(job: Job) -> None:
    """Has the command write BEGUN once Ctrl-C is its own concern, and ignore Ctrl-C when done.

    Its group runs inside `exit_code`, which turns an interrupt into one line. After that, an
    interrupt would only meet the end of this forked child, which differs from that of a script.
    """
    from rf_jsonl.commands import LazyGroup

    assert job.counted is not None
    counted, main = job.counted.fileno(), LazyGroup.main

    def told(group: Any, *arguments: Any, **named: Any) -> Any:
        os.write(counted, BEGUN)
        try:
            return main(group, *arguments, **named)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    LazyGroup.main = told


def _counter(job: Job) -> Callable[[str, tuple[Any, ...]], None]:
    """A hook that tells what is about to change the place, and strikes when it is time."""
    assert job.counted is not None
    place, counted, count = str(job.place), job.counted.fileno(), 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if not (event in CHANGES or (event == "open" and arguments[2] & WRITING)):
            return
        if not str(arguments[0]).startswith(place):
            return
        number, count = count, count + 1  # at once: while this writes, another thread comes by
        opened = os.path.relpath(arguments[0], place) if event == "open" else ""
        os.write(counted, opened.encode() + b"\n")
        if number == job.operation:
            os.kill(os.getpid(), job.sent)

    return hook
