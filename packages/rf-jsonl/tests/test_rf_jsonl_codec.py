"""One object per line: what is written comes back, and both readers agree on every line."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rf_jsonl import MAX_DEPTH, codec, dumps, loads

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
records = st.dictionaries(texts, values, max_size=6)

# Bytes that look like JSON and mostly are not: pieces of real lines in any order.
pieces = r"""{ } [ ] : , " \ "a" "a":1 "\":" "\\":3 1e999 -0 0.1 NaN null \ud800 \u003a "\\u003A"
中文 12345678901234567890123 9223372036854775808"""
fragments = st.sampled_from(
    [*(piece.encode() for piece in pieces.split()), b" ", b" :", b"\t", b"\xff"]
)


@given(records)
def test_what_is_written_comes_back(record):
    line = dumps(record)
    assert b"\n" not in line
    assert loads(line) == record
    assert json.loads(line) == record  # an independent reader sees the same


@given(records)
def test_types_come_back_too(record):
    line = dumps(record)
    assert dumps(loads(line)) == line


@given(st.lists(fragments, max_size=12).map(lambda parts: b"{" + b"".join(parts) + b"}"))
def test_with_and_without_orjson_every_line_is_read_alike(line):
    pytest.importorskip("orjson", reason="compares against orjson")
    outcomes = []
    for read in (loads, codec._loads_strictly):
        try:
            outcomes.append(dumps(read(line)))
        except ValueError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "beyond the range of a double"),
        (b'{"a": 1, "a": 2}', "duplicate key 'a'"),
        (b'{"x": {"b" : 1, "b" : 2}}', "duplicate key 'b'"),
        (b'{"x\\\\": 1, "q\\":": 2, "x\\\\": 3}', "duplicate"),
        (b'{"a": "\\u003a", "a": 1}', "duplicate key 'a'"),
        (b'{"a": "\\ud800"}', "lone surrogate"),
        (b'{"a": ' + b"1" * 5000 + b"}", "5000 digits"),
        (b'{"a": 18446744073709551616}', "20 digits"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper"),
        (b'{"a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "nested deeper"),
        (b"[1]", "expected a JSON object, found a list"),
        (b"3", "found a number"),
        (b"null", "found null"),
        (b'{"a": 1} x', "not JSON at column 10"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
    ],
)
@pytest.mark.parametrize("fast", [True, False])
def test_each_kind_of_bad_line_is_refused_with_its_reason(line, reason, fast, monkeypatch):
    if not fast:
        monkeypatch.setattr(codec, "orjson", None)
    with pytest.raises(ValueError, match=reason):
        loads(line)


def test_nesting_up_to_the_limit_is_read():
    line = b'{"a": ' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert dumps(loads(line)) == line


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800"])
def test_what_could_not_be_read_again_is_not_written(value):
    with pytest.raises(ValueError):
        dumps({"a": value})


def test_endless_nesting_is_not_written():
    record: dict = {}
    record["self"] = record
    with pytest.raises(ValueError, match="nested deeper"):
        dumps(record)
