"""Ctrl-C: exit code 130, one line, no debris, and the next run ends as if undisturbed."""

import os
import random
import signal
import time
from dataclasses import replace

import pytest
from children import Child, run
from writers import WRITERS, assert_made_good, assert_old_or_new, comparable_to, content, leftovers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal"),
]
MOMENTS = 4
"""For each command; every other one is told by the clock."""


@pytest.mark.parametrize("number", range(MOMENTS))
@pytest.mark.parametrize("name", WRITERS)
def test_an_interrupted_command_says_so(name, number, inputs, undisturbed, place):
    writer, whole = WRITERS[name], undisturbed(name)
    share, by_the_clock = random.Random(f"{name}:{number}:interrupt").random(), number % 2 == 1
    job = writer.job(inputs, place)
    if by_the_clock:
        child = Child(job)
        child.wait_until_begun()
        time.sleep(share * whole.seconds)
        child.send(signal.SIGINT)
        ended = child.wait()
    else:
        moment = int(share * whole.operations)
        ended = run(replace(job, operation=moment, sent=signal.SIGINT))
    assert "Traceback" not in ended.said
    if ended.code == 0:  # it was through, or the last step of a training was being taken
        assert by_the_clock or name == "train"
        assert content(place) == whole.content
    else:
        assert ended.code == 130, ended.said
        assert "stopped" in ended.last_line or "interrupted" in ended.last_line
        assert_old_or_new(comparable_to(whole.content, content(place)), {}, whole.content)
    assert leftovers(place) == []
    again = run(writer.job(inputs, place, writer.again))
    assert_made_good(again, place, whole.content)


@pytest.mark.parametrize("before_the_end", range(3, 13, 2))
def test_an_interrupt_while_files_take_their_places(before_the_end, inputs, undisturbed, place):
    """Half a data set in place would look like another one to the next run."""
    writer, whole = WRITERS["generate"], undisturbed("generate")
    moment = whole.operations - before_the_end
    run(replace(writer.job(inputs, place), operation=moment, sent=signal.SIGINT))
    assert leftovers(place) == []
    assert_made_good(run(writer.job(inputs, place)), place, whole.content)
