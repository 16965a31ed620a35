"""kill -9 at any moment: the old output or the new one, and the next run ends as if undisturbed.

Moments that are drawn find most of what can go wrong; that no file is opened for writing under its
own name leaves no moment in which it could be half written.
"""

import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from children import Child, run
from writers import APPENDED, WRITERS, assert_made_good, assert_old_or_new, content

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="kill -9 and fork are POSIX"),
]

MOMENTS = 20
"""For each command; a half of them over older output, a half told by the clock."""
LANDING = 4
"""Of these, how many a landing takes: one of each kind."""
CASES = [
    pytest.param(name, number, marks=[pytest.mark.landing] if number < LANDING else [])
    for name in WRITERS
    for number in range(6 if name == "merge" else MOMENTS)
]


@pytest.mark.landing
@pytest.mark.parametrize("name", WRITERS)
def test_no_file_is_written_under_its_own_name(name, undisturbed):
    """But for the logs, of which a whole line is appended at a time; locks are never written to."""
    opened = [Path(file) for file in undisturbed(name).opened]
    assert opened
    under_their_own = {
        file.name for file in opened if not any(part.startswith(".") for part in file.parts)
    }
    assert under_their_own <= set(APPENDED)


def struck(job, moment, undisturbed):
    """Runs a command and kills it at a moment from 0 to 1 of its undisturbed course."""
    share, by_the_clock = moment
    if not by_the_clock:
        return run(replace(job, operation=int(share * undisturbed.operations)))
    child = Child(job)
    child.wait_until_begun()
    time.sleep(share * undisturbed.seconds)
    child.send(signal.SIGKILL)
    return child.wait()


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_killed_command_is_made_good_by_the_next(name, number, inputs, undisturbed, place):
    writer, whole = WRITERS[name], undisturbed(name)
    replacing, by_the_clock = number % 2 == 1, number % 4 >= 2
    if replacing:
        assert run(writer.job(inputs, place, other=True)).code == 0
    old = content(place)
    job = writer.job(inputs, place, "--force" if replacing else "")
    share = random.Random(f"{name}:{number}").random()
    ended = struck(job, (share, by_the_clock), whole)
    # Over older output there is less to do where some files stay as they are.
    assert ended.code == -signal.SIGKILL or ((by_the_clock or replacing) and ended.code == 0)
    assert_old_or_new(content(place), old, whole.content)

    again = run(writer.job(inputs, place, writer.replace if replacing else writer.again))
    assert_made_good(again, place, whole.content)
