"""Ctrl-C: one line, exit code 130, and no incomplete file under its final name."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest


def kill_group(child: subprocess.Popen) -> None:
    """Kills a program that did not stop, and its workers, so that no test run hangs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupted_generation_says_so_and_leaves_no_data_set(tmp_path, workers):
    # The command itself: where an interrupt meets an import that runs exec(), as data classes do,
    # `python -m` ends by the signal, which is 130 only to a shell.
    script = shutil.which("rf-synth", path=str(Path(sys.executable).parent))
    assert script is not None
    command = [script, "generate", "--preset", "paper"]
    command += ["--count", "train=50000000", "--workers", workers, "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()  # what it is about to do: it is under way
            os.killpg(child.pid, signal.SIGINT)
            _, said = child.communicate(timeout=300)
        finally:
            kill_group(child)
    assert child.returncode == 130
    assert "rf-synth: stopped" in said
    assert "Traceback" not in said
    left = (
        {path.name for path in (tmp_path / "out").glob("*")}
        if (tmp_path / "out").exists()
        else set()
    )
    assert left <= {".rf-lock"}
