"""A tool that answers calls: a command that reads and writes JSON Lines, started once.

It reads lines `{"id": …, "arguments": {…}}` and writes a line with the same `id` and the result for
each of them, in the same order. Many lines may be sent ahead. If it dies or exceeds its time limit
for an answer, it is started again and continues from there; a second failure there ends the run.
"""

import os
import shlex
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from queue import Empty, Queue
from types import TracebackType
from typing import Any

from rf_jsonl import MAX_LINE_BYTES, Record, dumps, expanded, loads, printable

from rf_eval.errors import EvalError

TIMEOUT = 30.0
"""Time limit in seconds for one answer; the first one includes the start of the command."""

GRACE = 5.0
"""Seconds that a tool may take to end after its input has ended."""

Question = tuple[str, Mapping[str, Any]]


def command_line(command: str | Sequence[str]) -> list[str]:
    """The arguments of a command given as a string or as a list. Raises EvalError."""
    if not isinstance(command, str):
        return list(command)
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError as error:
        raise EvalError(f"tool {command!r}: {str(error).lower()}") from None
    if not words:
        raise EvalError("tool: expected a command, such as 'rf-synth solve --calls -'")
    return [expanded(word) for word in words]


class Tool:
    """A running command, as a context manager; `timeout` in seconds is for each answer."""

    def __init__(self, command: str | Sequence[str], timeout: float = TIMEOUT) -> None:
        self.command, self.timeout = command_line(command), timeout
        self._process: _Process | None = None

    def __enter__(self) -> "Tool":
        self._process = _Process(self.command)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    def describe(self) -> dict[str, Any]:
        """What determines the results, as JSON."""
        return {"command": self.command}

    def answer(self, questions: Sequence[Question]) -> Iterator[Record]:
        """The results in the order of the questions, each as soon as it arrives.

        Raises EvalError if the tool fails twice at one question, and for an invalid answer.
        """
        done, failed_at = 0, -1
        while done < len(questions):
            self._running().send(questions[done:])
            try:
                for question in questions[done:]:
                    yield self._read(question)
                    done += 1
            except _Failure as failure:
                self._stop()
                if failed_at == done:
                    name = printable(questions[done][0])
                    raise EvalError(f"{self._label()} {failure} at id {name!r}, twice") from None
                failed_at = done

    def _running(self) -> "_Process":
        if self._process is None:
            self._process = _Process(self.command)
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _read(self, question: Question) -> Record:
        identity = question[0]
        line = self._running().line(self.timeout)
        try:
            answer = loads(line)
        except ValueError as error:
            raise EvalError(f"{self._label()} did not answer a JSON object: {error}") from None
        if answer.pop("id", identity) != identity:
            raise EvalError(f"{self._label()} answered another id than {printable(identity)!r}")
        return answer

    def _label(self) -> str:
        return f"tool {printable(' '.join(self.command))!r}"


class _Failure(Exception):
    """The tool gave no answer; restarting it may help."""


class _Process:
    """The child process and the threads that keep its pipes from blocking."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self.child = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise EvalError(f"tool {printable(command[0])!r} cannot be started: {reason}") from None
        self._questions: Queue[bytes | None] = Queue()
        self._lines: Queue[bytes | None] = Queue()
        self._last_error: deque[str] = deque(maxlen=1)
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._write, self._read, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, questions: Sequence[Question]) -> None:
        """Passes questions to the thread that writes them."""
        for identity, arguments in questions:
            self._questions.put(dumps({"id": identity, "arguments": dict(arguments)}) + b"\n")

    def line(self, timeout: float) -> bytes:
        """The next line of output. Raises _Failure."""
        try:
            line = self._lines.get(timeout=timeout)
        except Empty:
            raise _Failure(f"gave no answer within {timeout:g} s") from None
        if line is None:
            raise _Failure(self._death())
        return line

    def close(self) -> None:
        """Ends the input, waits up to GRACE seconds, then kills the child."""
        self._questions.put(None)
        try:
            self.child.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.child.kill()
        self._finish()

    def kill(self) -> None:
        """Kills the child."""
        self.child.kill()
        self._questions.put(None)
        self._finish()

    def _finish(self) -> None:
        self.child.wait()
        for thread in self._threads:
            thread.join(GRACE)

    def _death(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(GRACE)
        self._threads[2].join(GRACE)
        reason = f": {printable(self._last_error[0])[:200]}" if self._last_error else ""
        code = self.child.returncode
        return "closed its output" if code is None else f"ended with exit code {code}{reason}"

    def _write(self) -> None:
        assert self.child.stdin is not None
        with suppress(OSError, ValueError):  # it died, which the end of its output reveals
            while (line := self._questions.get()) is not None:
                self.child.stdin.write(line)
                if self._questions.empty():
                    self.child.stdin.flush()
        with suppress(OSError, ValueError):
            self.child.stdin.close()

    def _read(self) -> None:
        assert self.child.stdout is not None
        with self.child.stdout as output, suppress(OSError, ValueError):
            while line := output.readline(MAX_LINE_BYTES):
                if line.strip():
                    self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.child.stderr is not None
        with self.child.stderr as errors, suppress(OSError, ValueError):
            while line := errors.readline(MAX_LINE_BYTES):
                if line.strip():
                    self._last_error.append(line.decode("utf-8", "replace").strip())
