"""Processes that serve over HTTP: waiting until they answer, and ending them."""

import subprocess
import time
import urllib.request

PATIENCE = 900  # seconds; uv may have packages to fetch first, and a model has to be loaded


def wait_until_answered(url: str, process: subprocess.Popen) -> None:
    """Returns as soon as a request is answered; fails where the process has ended before."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the server did not start")


def end_process(process: subprocess.Popen) -> None:
    """Asks a process to end, and kills it where it does not."""
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
