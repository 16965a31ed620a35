"""Two commands on one output: the second is told so, or the last complete one wins."""

import os
import signal
from dataclasses import replace

import pytest
from children import Child, run
from writers import WRITERS, assert_made_good, assert_refused

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="stops a process by a POSIX signal"),
]


@pytest.mark.parametrize("share", [0.3, 0.7])
@pytest.mark.parametrize("name", WRITERS)
def test_the_second_waits_for_nobody_and_mixes_nothing(name, share, inputs, undisturbed, place):
    """The first stands still in the middle of its work while the second, another, tries."""
    writer, whole = WRITERS[name], undisturbed(name)
    moment = int(share * whole.operations)
    job = replace(writer.job(inputs, place), operation=moment, sent=signal.SIGSTOP)
    first = Child(job)
    try:
        assert first.wait_until_stopped()
        second = run(writer.job(inputs, place, writer.replace, other=True))
        assert_refused(second)
        assert "another process is writing there" in second.last_line
    finally:
        first.send(signal.SIGCONT)
        ended = first.wait()
    assert_made_good(ended, place, whole.content)
