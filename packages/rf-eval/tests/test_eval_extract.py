"""One object out of untrusted text: every kind of mess, and never more than linear time."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rf_eval import extract as module
from rf_eval.extract import MAX_CHARACTERS, extract

GOOD = {"a": 1}


@pytest.mark.parametrize(
    ("text", "value", "repairs"),
    [
        ('{"a": 1}', GOOD, ()),
        (' \n{"a": 1}\n', GOOD, ()),
        ('```json\n{"a": 1}\n```', GOOD, ("code fence",)),
        ('~~~\n{"a": 1}\n~~~', GOOD, ("code fence",)),
        ('Here it is:\n```\n{"a": 1}\n```\nDone.', GOOD, ("code fence", "prose around it")),
        ("\ufeff" + '{"a": 1}', GOOD, ("byte order mark",)),
        ('<think>maybe {"a": 2}?</think>\n{"a": 1}', GOOD, ("think block",)),
        ('well</think>{"a": 1}', GOOD, ("think block",)),
        ('The answer is {"a": 1}.', GOOD, ("prose around it",)),
        ('{ sic } {"a": 1}', GOOD, ("prose around it",)),
        ('open { brace, then {"a": 1}', GOOD, ("prose around it",)),
        ('a "quote {"a": 1}', GOOD, ("prose around it",)),
        ('{"a": 1}{"a": 1}', GOOD, ("the object repeated",)),
        ('{"a": 2}\n{"a": 1}', GOOD, ("several objects, the last taken",)),
        ('{"b": "}{", "a": 1}', {"b": "}{", "a": 1}, ()),
        ('x {"b": "}{\\"", "a": 1}', {"b": '}{"', "a": 1}, ("prose around it",)),
        ('｛"a"：1｝', GOOD, ("full-width punctuation",)),
        ('{“a”：1，"b"："，：{"}', {"a": 1, "b": "，：{"}, ("full-width punctuation",)),
        ('{"a": {"b": [1, {"c": 2}]}}', {"a": {"b": [1, {"c": 2}]}}, ()),
    ],
)
def test_what_can_be_recovered(text, value, repairs):
    found = extract(text)
    assert (found.recovered, found.repairs) == (value, repairs)
    assert found.strict == (value if json_is(text) else None)


def json_is(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("no object here", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('"text"', "no JSON object"),
        ('{"a": 1', "never closes"),
        ('{"a": "x', "never closes"),
        ('<think>{"a": 1}', "think block never closes"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1, "a": 1}', "duplicate"),
        ('{"a": 1e999}', "range of a double"),
        ('{"a": ' + "7" * 5000 + "}", "64 bits"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": "\ud800"}', "surrogate"),
        ("{'a': 1}", "not JSON"),
        ('{"a": 1,}', "not JSON"),
        ('{"a":' * 100_000, "never closes"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested deeper"),
        ('{"a": ' + "[" * 200 + "]" * 200 + "}", "nested deeper"),
        ("x" * (MAX_CHARACTERS + 1), "longer than"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_never_invented(text, why):
    found = extract(text)
    assert found.strict is None and found.recovered is None
    assert why in found.why


@pytest.mark.parametrize("text", ['```json\n{"a": 1}\n```', 'so {"a": 1}', '｛"a"：1｝', '{"a": 1'])
def test_nothing_is_repaired_after_the_token_limit(text):
    found = extract(text, "length")
    assert found.recovered is None and "token limit" in found.why


def test_a_complete_object_at_the_token_limit_counts():
    assert extract('{"a": 1}', "length").strict == GOOD


@pytest.mark.parametrize(
    "piece", ["{", "[", '{"', '{"a":', "{}", "“{", "}", "{{}", '"', "<think>", "```", "\\", "｛“"]
)
def test_work_is_linear_in_the_length(piece, monkeypatch):
    """Counts the characters that the patterns walk over: a fixed number of passes, no more."""
    walked = 0

    class Meter:
        def __init__(self, pattern):
            self.pattern = pattern

        def search(self, text, at=0):
            nonlocal walked
            found = self.pattern.search(text, at)
            walked += (found.end() if found else len(text)) - at
            return found

        def finditer(self, text, at=0):
            nonlocal walked
            for found in self.pattern.finditer(text, at):
                walked += found.end() - at
                at = found.end()
                yield found
            walked += len(text) - at

    for name in ("_STRUCTURE", "_QUOTE", "_FULL_WIDTH_MARKS"):
        monkeypatch.setattr(module, name, Meter(getattr(module, name)))
    ends = {quote: Meter(pattern) for quote, pattern in module._STRING_END.items()}
    monkeypatch.setattr(module, "_STRING_END", ends)
    text = (piece * 50_000)[:50_000]
    extract(text)
    assert walked <= 8 * len(text)


def test_ten_megabytes_of_braces_are_refused_at_once():
    assert extract("{" * 10_000_000).recovered is None


@settings(max_examples=300)
@given(st.text(alphabet='{}[]":,“”｛｝：a1\\ \n<think>/`', max_size=80))
def test_it_never_raises_and_never_contradicts_itself(text):
    found = extract(text)
    if found.strict is not None:
        assert found.recovered == found.strict and not found.repairs
    if found.recovered is None:
        assert found.why


JSON_OBJECTS = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)


@settings(max_examples=200)
@given(JSON_OBJECTS, st.booleans())
def test_any_object_survives_a_fence_and_prose(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert extract(text).strict == value
    found = extract(f"Of course:\n```json\n{text}\n```\nAnything else?")
    assert found.recovered == value
    assert found.repairs == ("code fence", "prose around it")
