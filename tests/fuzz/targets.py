"""What is fuzzed: for each reader the inputs, and what must hold whatever stands in them.

A target is at once a hypothesis test (`test_fuzz.py`) and an entry point for coverage-guided
fuzzing (`fuzz.py`). A check raises AssertionError, or anything else that its reader should not.
"""

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fuzz_text import PIECES, made_of, spoiled_yaml, texts
from hypothesis import strategies as st
from recipe_kinds import RECIPES, Kind
from rf_eval.calls import Call, find_call
from rf_eval.extract import extract
from rf_eval.reading.compare import compare_calls
from rf_eval.reading.meaning import KEYS
from rf_eval.reading.quantities import read_quantity
from rf_jsonl import FileError, codec, dumps, loads, parse_yaml, read_jsonl
from rf_synth.language import numbers
from rf_synth.language.reading import quantities, skeleton


@dataclass(frozen=True)
class Target:
    """inputs: a strategy for tuples, the arguments of `check`."""

    inputs: st.SearchStrategy[tuple[Any, ...]]
    check: Callable[..., None]


@cache
def scratch_file() -> Path:
    """A file of this process to put every input into."""
    folder = tempfile.mkdtemp(prefix="rf-fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder) / "input"


def extractor(text: str, finish_reason: str) -> None:
    """Strict is strict; what was recovered is JSON, and says what was repaired."""
    found = extract(text, finish_reason)
    if found.strict is not None:
        assert found.recovered == found.strict == json.loads(text)
    if found.recovered is None:
        assert found.why
    else:
        assert loads(dumps(found.recovered)) == found.recovered
        assert found.strict is not None or (found.repairs and finish_reason == "stop")


def call_finder(text: str, finish_reason: str) -> None:
    """A call that could be sent to a tool, or why there is none."""
    found = find_call(text, finish_reason)
    if isinstance(found, Call):
        assert loads(dumps(found.to_record())) == found.to_record()
    else:
        assert found and len(found.splitlines()) == 1


def call_comparison(expected: dict[str, Any], found: dict[str, Any]) -> None:
    """Every argument of both calls is judged once; a call is right against itself."""
    assert all(slot.kind == "right" for slot in compare_calls(expected, expected))
    slots = compare_calls(expected, found)
    from_zero = {"edge"} if "f2" in {*expected, *found} else set()  # `f1` DC and `f2` are one edge
    assert {slot.key for slot in slots} <= {*expected, *found} | from_zero
    assert not (expected or found) or slots
    for text in filter(lambda value: isinstance(value, str), found.values()):
        quantity = read_quantity(text)
        assert quantity is None or (quantity.value.is_finite() and quantity.value >= 0)


def json_line(line: bytes) -> None:
    """Both ways of reading a line agree, and what they read can be written and read again."""
    try:
        value = loads(line)
    except ValueError as error:
        assert one_line(error)
        value = None
    try:
        strict = codec._loads_strictly(line)
    except ValueError:
        strict = None
    assert repr(value) == repr(strict)
    if value is not None:
        assert repr(loads(dumps(value))) == repr(value)


def jsonl_file(data: bytes) -> None:
    """Every line is read, or the first one that is none is named."""
    scratch_file().write_bytes(data)
    read = 0
    try:
        for number, record in read_jsonl(scratch_file(), max_line_bytes=100_000):
            read += 1
            assert number == read and type(record) is dict
    except FileError as refused:
        assert str(refused).startswith(f"{scratch_file()}:{read + 1}: ")
        assert one_line(refused)
    else:
        assert read == data.count(b"\n") + (not data.endswith(b"\n"))


def number_parser(text: str, form: numbers.FrequencyForm, hertz: int) -> None:
    """Any text is read, and a printed frequency is found in the middle of it."""
    printed = form.text(hertz)
    found = quantities(f"{text} {printed} {text}")
    assert Decimal(hertz) in found.hertz, printed
    assert all(0 <= value < float("inf") for value in (*found.decibels, *found.ohms))
    assert skeleton(skeleton(text)) == skeleton(text)


def yaml(text: str) -> None:
    """A mapping, or a refusal that names the file."""
    try:
        content, _ = parse_yaml(text, "r.yaml")
    except FileError as refused:
        assert str(refused).startswith("r.yaml:")
        assert one_line(refused)
    else:
        assert type(content) is dict


def recipe(kind: Kind) -> Callable[[str], None]:
    """A check that a recipe is read or refused in the words of its package."""

    def check(text: str) -> None:
        scratch_file().write_text(text, "utf-8", errors="surrogatepass")
        try:
            kind.load(scratch_file())
        except kind.refusals as refused:
            assert one_line(refused)

    return check


def one_line(error: Exception) -> bool:
    return len(str(error).splitlines()) == 1


FORMS = [form for form in vars(numbers).values() if isinstance(form, numbers.FrequencyForm)]
LINES = st.binary(max_size=60) | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
CALLS = st.dictionaries(
    st.sampled_from(KEYS),
    made_of(PIECES, 6) | st.sampled_from(["1 MHz", "0.5dB", "DC", "±3 kHz", "五"]) | st.integers(),
    max_size=8,
)
TARGETS = {
    "extractor": Target(st.tuples(texts, st.sampled_from(["stop", "length"])), extractor),
    "call-finder": Target(
        st.tuples(
            st.tuples(st.sampled_from(["", "<tool_call>", "<think></think>"]), texts).map("".join),
            st.sampled_from(["stop", "length"]),
        ),
        call_finder,
    ),
    "call-comparison": Target(st.tuples(CALLS, CALLS), call_comparison),
    "json-line": Target(st.tuples(LINES), json_line),
    "jsonl-file": Target(st.tuples(st.lists(LINES, max_size=5).map(b"\n".join)), jsonl_file),
    "number-parser": Target(
        st.tuples(made_of(PIECES, 30), st.sampled_from(FORMS), st.integers(1, 10**12)),
        number_parser,
    ),
    "yaml": Target(st.tuples(texts), yaml),
    **{
        f"{name}-recipe": Target(
            st.tuples(spoiled_yaml(kind.good) | made_of(PIECES, 10)), recipe(kind)
        )
        for name, kind in RECIPES.items()
    },
}
