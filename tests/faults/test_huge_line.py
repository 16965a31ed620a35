"""A line of two gigabytes: every reader says so, and none takes room for it."""

import sys

import pytest
from children import Job, run
from readers import READERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="limits the address space"),
]
LINE = 2 * 10**9
ROOM = 10**9
"""Bytes: for what the command does before it reads, and for the 64 MiB that a line may have."""


@pytest.mark.parametrize("name", READERS)
def test_memory_does_not_follow_the_line(name, work):
    reader = READERS[name]
    path = work / reader.file
    good = path.read_bytes()
    try:
        with open(path, "wb") as file:
            file.truncate(LINE)  # takes no room on the disk
        job = Job(tuple(reader.command.split()), work, work, memory_room=ROOM)
        ended = run(job)
    finally:
        path.write_bytes(good)
    assert ended.code == 1, ended.said
    assert reader.file in ended.last_line
    assert "Traceback" not in ended.said
