"""kill -9 of a command that has workers: they leave with it, and do not wait for ever."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc"),
]
PATIENCE = 600
"""Seconds until a worker must be there, or gone: thousands of times what either takes."""
COMMANDS = {
    "generate": "rf_synth generate --preset paper --count train=5000000 --workers 2 --out {out}",
    "render": "rf_figs render --inputs run --inputs results --inputs data --jobs 2 --out {out}",
}


def workers_of(pid):
    """Start times by pid of the processes that a command has spawned to work for it."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found[child] = started(child)
    return found


def started(pid):
    """When a process was started, in ticks; None where there is none, or only its end to note."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("name", COMMANDS)
def test_workers_leave_with_their_command(name, chain, tmp_path):
    words = COMMANDS[name].format(out=tmp_path / "out").split()
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=chain, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            wait_for(lambda: len(workers_of(process.pid)) == 2)
            workers = workers_of(process.pid)
            process.kill()
            process.wait()
            wait_for(lambda: all(started(pid) != ticks for pid, ticks in workers.items()))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
