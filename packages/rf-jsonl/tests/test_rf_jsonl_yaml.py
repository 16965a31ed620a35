"""Recipes: what YAML accepts and a reader of recipes should not, each with its line."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rf_jsonl import FileError, parse_yaml, read_yaml

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(st.dictionaries(texts, values, min_size=1))
def test_what_the_library_writes_is_read_back(content):
    assert parse_yaml(yaml.safe_dump(content), "r.yaml")[0] == content


def test_every_key_has_its_line():
    text = "a: 1\nb:\n  c: [1, 2]\n  d: {e: 5}\nstages:\n  - name: x\n  - name: y\n    run: z\n"
    content, lines = parse_yaml(text, "r.yaml")
    assert content["stages"][1] == {"name": "y", "run": "z"}
    assert lines == {
        "a": 1, "b": 2, "b.c": 3, "b.d": 4, "b.d.e": 4, "stages": 5,
        "stages.0.name": 6, "stages.1.name": 7, "stages.1.run": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "r.yaml:2: duplicate key 'a'"),
        ("x:\n  a: 1\n  a: 2\n", "r.yaml:3: duplicate key 'a'"),
        ("a: &x 1\nb: *x\n", "r.yaml:2: alias *x, expected the value itself"),
        ("a: [\n", "r.yaml:2: not YAML: "),
        ("a:\n\tb: 1\n", "r.yaml:2: not YAML: found character '\\t'"),
        ("a: " + "7" * 5_000, "r.yaml:1: integer of 5000 digits is beyond 64 bits"),
        ("a: " + "[" * 100_000, "r.yaml:1: nested deeper than 100 levels"),
        ("a: !!python/object/apply:os.getcwd []", "r.yaml:1: tag 'tag:yaml.org,2002:python/object"),
        ("a: 1\nb: !!int x", "r.yaml:2: tag 'tag:yaml.org,2002:int', expected a value without"),
        ("a: !!float ''", "r.yaml:1: tag "),
        ("a: !!timestamp x", "r.yaml:1: tag "),
        ("a: ! {b: 1}", "r.yaml:1: tag '!', "),
        ("a: 1:00" + ":00" * 300 + ".5", "r.yaml: not YAML: int too large"),
        ('a: 1\nb: "x\\0"', "r.yaml:2: a string contains NUL or a lone surrogate"),
        ('a: ["\\ud800"]', "r.yaml:1: a string contains NUL or a lone surrogate"),
        ("a: 2024-13-45", "r.yaml: not YAML: month must be in 1..12"),
        ("a: \x07", "r.yaml: not YAML: unacceptable character #x0007"),
        ("- 1\n", "r.yaml:1: expected a mapping of keys and values"),
        ("", "r.yaml:1: expected a mapping of keys and values"),
        ("a: 1\n---\nb: 2\n", "r.yaml:2: not YAML: but found another document"),
    ],
)
def test_what_yaml_lets_pass_is_refused_with_its_line(text, said):
    with pytest.raises(FileError, match="^" + re.escape(said)):
        parse_yaml(text, "r.yaml")


def test_a_file_is_held_to_the_rules_of_all_text(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_bytes("a: 阶\n".encode("utf-16"))
    with pytest.raises(FileError, match=r"r\.yaml:1: starts with a UTF-16 byte order mark"):
        read_yaml(path)
    path.write_bytes("a: 阶\n".encode())
    assert read_yaml(path) == ({"a": "阶"}, {"a": 1})
