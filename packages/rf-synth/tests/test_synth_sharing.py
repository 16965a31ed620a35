"""A long stream is answered by several processes; nobody can tell by the answers."""

import io
import json
import multiprocessing
import time

import pytest
from rf_synth.calls.tool import answer_lines, answer_stream
from rf_synth.sharing import Shared

LINES = [
    json.dumps({"id": i, "arguments": {"edge": f"{i} MHz", "ripple": "0.1 dB", "order": "5"}})
    for i in range(1, 6001)
]
BATCH = [line.encode() for line in LINES[:2000]]


@pytest.fixture
def shared():
    """Distributes batches of calls, with one running helper."""
    with Shared(answer_lines, 1) as shared:
        until = time.monotonic() + 600
        while not shared.ready() and time.monotonic() < until:
            shared(BATCH)
        assert shared.ready(), "no helper started within ten minutes"
        yield shared


def test_a_distributed_batch_keeps_its_order(shared):
    assert shared(BATCH) == answer_lines(BATCH)


def test_no_answer_is_lost_with_a_helper(shared):
    for helper in multiprocessing.active_children():
        helper.kill()
        helper.join()
    assert shared(BATCH) == answer_lines(BATCH)
    assert not shared.ready()


def test_a_short_stream_starts_no_process():
    with Shared(answer_lines, 1) as shared:
        shared(BATCH)
        assert multiprocessing.active_children() == []


def test_two_processes_give_the_same_answers_as_one():
    results = []
    for workers in (1, 2):
        results.append(io.BytesIO())
        source = io.BufferedReader(io.BytesIO("\n".join(LINES).encode()))
        answer_stream(source, results[-1], workers=workers)
    assert results[0].getvalue() == results[1].getvalue()
    assert results[0].getvalue().count(b"\n") == len(LINES)
