"""All examples of docs/calls.md, its translation and the README show the solver's real results."""

import doctest
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rf_synth import solve_call
from rf_synth.schemas import load_schema

PAGES = [Path(__file__).parents[3] / "docs" / name for name in ("calls.md", "calls.zh.md")]
README = Path(__file__).parents[1] / "README.md"
EXAMPLE = re.compile(r"\n> (.+)\n\n```json\n(\{.+\})\n```\n\n(\w+)(?:: |：)(.+)\n")
EXAMPLES, CHINESE = (
    EXAMPLE.findall(page.read_text("utf-8")) if page.is_file() else [] for page in PAGES
)


@pytest.mark.parametrize(("request_text", "call", "status", "reply"), EXAMPLES)
def test_an_example_of_the_page_replies_as_printed(request_text, call, status, reply):
    arguments = json.loads(call)
    Draft202012Validator(load_schema("call")).validate(arguments)
    result = solve_call(arguments)
    assert result["status"] == status and reply in result["reply"].values()


@pytest.mark.parametrize(("request_text", "call", "status", "reply"), EXAMPLES)
def test_the_values_of_an_example_stand_in_its_request(request_text, call, status, reply):
    """Number by number: the unit may be elsewhere in the request."""
    for value in json.loads(call).values():
        number = re.match(r"[\d.]*", value).group()
        assert value in request_text or (number and number in request_text), value


@pytest.mark.parametrize(("english", "chinese"), list(zip(EXAMPLES, CHINESE, strict=True)))
def test_the_chinese_page_has_the_same_examples_with_chinese_replies(english, chinese):
    assert chinese[:3] == english[:3]
    assert chinese[3] == solve_call(json.loads(chinese[1]))["reply"]["zh"]


def test_nearly_every_key_has_an_example():
    shown = {re.sub(r"[2-6]$", "1", key) for _, call, *_ in EXAMPLES for key in json.loads(call)}
    keys = {re.sub(r"[2-6]$", "1", key) for key in load_schema("call")["properties"]}
    assert keys - shown == {"gamma", "z_source", "z_load"}


def test_the_readme_shows_the_real_output_of_the_solver():
    outcome = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert outcome.attempted >= 3 and outcome.failed == 0
