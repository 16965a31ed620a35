"""Recipes by declaration: every refusal names its key, in words, at the line of the file."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct
from rf_jsonl import FileError, did_you_mean, parse_yaml
from rf_jsonl.recipes import KeyFault, Share, about, convert, faults_in

PlainName = Annotated[str, Meta(pattern=r"^\w+$(?!\n)", title="a plain name")]


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1), about("records")]
    share: Share = 0.5
    lang: Literal["zh", "en"] = "zh"
    ends: Annotated[tuple[float, float], Meta(title="[low, high]")] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if self.ends[0] > self.ends[1]:
            raise ValueError("ends: the first is above the second")
        if self.count == 13:
            raise ValueError("no luck")


class Whole(Struct, frozen=True, forbid_unknown_fields=True):
    name: PlainName
    parts: dict[PlainName, Part] = {}
    first: Part | None = None
    out: Path | None = None
    words: tuple[str, ...] = ()
    strict: bool = False
    options: dict[Literal["threads", "cache"], Any] = {}


def test_a_recipe_becomes_its_class():
    content = {"name": "a", "parts": {"x": {"count": 2, "share": 1}}, "out": "~/b", "words": ["c"]}
    whole = convert(content, Whole)
    assert whole.parts == {"x": Part(count=2, share=1.0)}
    assert whole.out == Path.home() / "b"
    assert whole.words == ("c",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "r.yaml: name: is missing"),
        ("name: a\nnam: b", "r.yaml:2: nam: no such key (known: parts, first, out, words, strict"),
        ("name: a\nfist: {}", "r.yaml:2: fist: no such key, did you mean first?"),
        ("name:", "r.yaml:1: name: has no value"),
        ("name: ../a", "r.yaml:1: name: expected a plain name, found '../a'"),
        ("name: a\nfirst:\n  count: 0", "r.yaml:3: first.count: expected a whole number of at lea"),
        ("name: a\nfirst:\n  count: 1.5", "r.yaml:3: first.count: expected a whole number, found"),
        ("name: a\nfirst:\n  count: true", "first.count: expected a whole number, found True"),
        ("name: a\nfirst: 7", "r.yaml:2: first: expected keys and values, found 7"),
        ("name: a\nfirst: {share: 0.1}", "r.yaml:2: first.count: is missing"),
        (
            "name: a\nfirst: {count: 1, share: 2}",
            "first.share: expected a share of 0 to 1, found 2",
        ),
        ("name: a\nfirst: {count: 1, share: .nan}", "first.share: expected a share of 0 to 1"),
        ("name: a\nfirst: {count: 1, lang: e}", "first.lang: 'e' is not known, did you mean en?"),
        ("name: a\nfirst: {count: 1, lang: 3}", "first.lang: 3 is not known (known: zh, en)"),
        ("name: a\nfirst: {count: 1, ends: 3}", "first.ends: expected [low, high], found 3"),
        ("name: a\nfirst: {count: 1, ends: [1]}", "first.ends: expected [low, high], found [1]"),
        ("name: a\nfirst: {count: 1, ends: [1, x]}", "first.ends.1: expected a number, found 'x'"),
        ("name: a\nfirst:\n  count: 1\n  ends: [2, 1]", "r.yaml:4: first.ends: the first is above"),
        ("name: a\nfirst: {count: 13}", "r.yaml:2: first: no luck"),
        (
            "name: a\nparts:\n  x: {count: 1}\n  y: {cuont: 1}",
            "r.yaml:4: parts.y.cuont: no such key",
        ),
        ("name: a\nparts:\n  x: {count: 1}\n  y: [1]", "r.yaml:4: parts.y: expected keys and valu"),
        ("name: a\nparts: {a/b: {count: 1}}", "r.yaml:2: parts.a/b: expected a plain name, found"),
        ("name: a\nparts: {1: {count: 1}}", "parts.1: expected a plain name, found 1"),
        ("name: a\noptions: {thread: 1}", "options.thread: 'thread' is not known, did you mean"),
        ("name: a\n'x - at `$.first`': 1", "x - at `$.first`: no such key"),
        (
            "name: a\nfirst: {count: 1, lang: 'x - at `$.out`'}",
            "first.lang: 'x - at `$.out`' is not",
        ),
        ("name: a\nout: 3", "out: expected a path, found 3"),
        ("name: a\nwords: b", "words: expected a list, found 'b'"),
        ("name: a\nwords: [b, 3]", "words.1: expected a text, found 3"),
        ("name: a\nstrict: 'true'", "strict: expected true or false, found 'true'"),
        ("name: a\n1: b", "1: expected a text, found 1"),
        (f"name: a\nout: [{'x' * 200}]", "..."),
    ],
)
def test_every_fault_names_its_key_and_line(text, said):
    content, lines = parse_yaml(text, "r.yaml")
    with pytest.raises(FileError) as refused, faults_in("r.yaml", lines):
        convert(content, Whole)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 200


def test_texts_may_stand_for_numbers_where_a_recipe_says_so():
    content = {"count": "8", "share": "1e-1", "lang": "en"}
    assert convert(content, Part, strict=False) == Part(count=8, share=0.1, lang="en")
    with pytest.raises(KeyFault, match="count: expected a whole number, found '8'"):
        convert(content, Part)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["count", "share", "ends", "x", "", 3]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(["name", "parts", "first", "words", "options", "x", 1]), values)
)
def test_anything_is_read_or_refused(content):
    try:
        convert(content, Whole)
    except KeyFault as fault:
        assert str(fault).startswith(fault.key)


def test_what_is_near_is_suggested_and_little_is_listed():
    assert did_you_mean("sede", ["seed", "splits"]) == ", did you mean seed?"
    assert did_you_mean(7, ["a", "b"]) == " (known: a, b)"
    assert did_you_mean("x", map(str, range(100))) == ""
