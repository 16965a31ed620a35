"""Twice the input takes about twice the time, whatever it is made of: no reader is quadratic."""

import time
from contextlib import suppress

import pytest
from fuzz_text import PIECES
from rf_eval.calls import find_call
from rf_eval.extract import extract
from rf_jsonl import FileError, codec, parse_yaml
from rf_synth.language.reading import quantities, skeleton

pytestmark = pytest.mark.slow

MEASURABLE = 0.01
"""Seconds of processor time from which a ratio of two times means something."""
LONGEST = 100_000
"""Characters; what is faster than `MEASURABLE` with as many is fast enough."""
QUADRATIC = 3.0
"""Ratios about 2 are linear, those about 4 quadratic."""
PAIRS = [
    '{"',
    "[{",
    '{"a": [',
    '"\\',
    "{“",
    "1.",
    "1e",
    "1 G",
    "a: ",
    "- ",
    "? ",
    "[a, ",
    "{}",
    "x]",
    "<tool_call>",
    "<tool_call>{</tool_call>",
    "</think>",
]


def refusing(read):
    def call(text):
        with suppress(ValueError, FileError):
            read(text)

    return call


READERS = {
    "extractor": extract,
    "call finder": find_call,
    "number parser": quantities,
    "skeleton": skeleton,
    "json line": refusing(lambda text: codec.loads(text.encode("utf-8", "surrogatepass"))),
    "strict json": refusing(
        lambda text: codec._loads_strictly(text.encode("utf-8", "surrogatepass"))
    ),
    "yaml": refusing(lambda text: parse_yaml(text, "r.yaml")),
}


def seconds(read, text, times=3):
    taken = []
    for _ in range(times):
        start = time.process_time()
        read(text)
        taken.append(time.process_time() - start)
    return min(taken)


def growth(read, piece, end):
    """Time for twice the input over the time for the input; 0 where both are nothing.

    The smallest of three doublings: PyYAML looks 1,024 characters ahead, and up to there its time
    grows with the square.
    """
    count = 64
    while seconds(read, piece * count + end, 1) < MEASURABLE:
        count *= 2
        if len(piece) * count > LONGEST:
            return 0.0
    took, ratio = seconds(read, piece * count + end), float("inf")
    for _ in range(3):
        count *= 2
        before, took = took, seconds(read, piece * count + end)
        ratio = min(ratio, took / before)
        if ratio < QUADRATIC:
            break
    return ratio


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("end", ["", '"} GHz'])
def test_time_grows_no_faster_than_the_input(name, end):
    read = READERS[name]
    slow = {p: r for p in [*PIECES, *PAIRS] if (r := growth(read, p, end)) >= QUADRATIC}
    again = {p: r for p in slow if (r := growth(read, p, end)) >= QUADRATIC}
    assert not again


def test_a_quadratic_reader_is_noticed():
    """Without this, a measure that notices nothing would pass the test above.

    Measured up to three times, since a busy machine disturbs one measurement.
    """

    def quadratic(text):
        for end in range(0, len(text), 32):  # one interpreted step a character: no call is cheap
            sum(1 for character in text[:end] if character == "x")

    assert any(growth(quadratic, "a", "") >= QUADRATIC for _ in range(3))
