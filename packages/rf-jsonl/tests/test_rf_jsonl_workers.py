"""Ctrl-C and the worker processes of a command: no worker notices it, no start is cut short."""

import os
import signal
import subprocess
import sys
import time
from threading import Event, Thread

import pytest
from rf_jsonl.workers import Workers, interrupts_held

PROGRAM = """
import sys
import time
from pathlib import Path

from rf_jsonl.workers import Workers

importing, go_on = map(Path, sys.argv[1:])
if __name__ == "__mp_main__":  # a worker imports its command's file before anything else
    importing.touch()
    while not go_on.exists():
        time.sleep(0.01)

if __name__ == "__main__":
    pool = Workers(1)
    try:
        pool.submit(int).result()
    except KeyboardInterrupt:
        print("stopped")
    finally:
        pool.shutdown(cancel_futures=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_a_worker_that_is_still_importing_does_not_notice_an_interrupt(tmp_path):
    """Its own first line, which ignores SIGINT, has not been reached then."""
    program, importing, go_on = tmp_path / "program.py", tmp_path / "importing", tmp_path / "go_on"
    program.write_text(PROGRAM, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, program, importing, go_on],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as command:  # fmt: skip
        while not importing.exists():
            assert command.poll() is None, command.stderr.read()
            time.sleep(0.01)
        os.killpg(command.pid, signal.SIGINT)  # as Ctrl-C in a terminal does, to the worker too
        go_on.touch()
        said, errors = command.communicate(timeout=300)
    assert (said, errors) == ("stopped\n", "")


def test_every_worker_is_set_up_before_its_first_task(tmp_path):
    pool = Workers(2, os.chdir, tmp_path)
    places = [pool.submit(os.getcwd) for _ in range(5)]
    assert {place.result() for place in places} == {str(tmp_path.resolve())}
    pool.shutdown()


@pytest.fixture
def noted():
    """What this process has noticed of interrupts."""
    noted = []
    before = signal.signal(signal.SIGINT, lambda *_: noted.append("an interrupt"))
    yield noted
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_is_held_until_the_end_of_the_block(noted):
    with interrupts_held():
        signal.raise_signal(signal.SIGINT)
        assert noted == []
    assert noted == ["an interrupt"]


def test_an_interrupt_by_way_of_another_thread_is_held_as_well(noted):
    """A thread from before the block, as a numerical library has them, blocks nothing."""
    begun = Event()

    def interrupt():
        begun.wait(300)
        signal.raise_signal(signal.SIGINT)

    thread = Thread(target=interrupt)
    thread.start()
    with interrupts_held():
        begun.set()
        thread.join()
        assert noted == []
    assert noted == ["an interrupt"]


def test_outside_the_main_thread_nothing_is_changed(noted):
    """Only the main thread may set handlers, and only the main thread is interrupted."""
    failed = []

    def hold():
        try:
            with interrupts_held():
                noted.append("held")
        except ValueError as error:
            failed.append(error)

    thread = Thread(target=hold)
    thread.start()
    thread.join()
    signal.raise_signal(signal.SIGINT)
    assert (failed, noted) == ([], ["held", "an interrupt"])
