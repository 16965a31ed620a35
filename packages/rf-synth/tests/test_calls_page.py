"""docs/calls.md: every example is run, and its reply is what the solver says."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rf_synth import solve_call
from rf_synth.schemas import load_schema

PAGE = Path(__file__).parents[3] / "docs" / "calls.md"
EXAMPLE = re.compile(r"\n> (.+)\n\n```json\n(\{.+\})\n```\n\n(\w+): (.+)\n")
EXAMPLES = EXAMPLE.findall(PAGE.read_text("utf-8")) if PAGE.is_file() else []


@pytest.mark.parametrize(("request_text", "call", "status", "reply"), EXAMPLES)
def test_an_example_of_the_page_replies_as_printed(request_text, call, status, reply):
    arguments = json.loads(call)
    Draft202012Validator(load_schema("call")).validate(arguments)
    result = solve_call(arguments)
    assert result["status"] == status and reply in result["reply"].values()


@pytest.mark.parametrize(("request_text", "call", "status", "reply"), EXAMPLES)
def test_the_values_of_an_example_stand_in_its_request(request_text, call, status, reply):
    """Number by number: a unit may stand elsewhere in the request."""
    for value in json.loads(call).values():
        number = re.match(r"[\d.]*", value).group()
        assert value in request_text or (number and number in request_text), value


def test_nearly_every_key_has_an_example():
    shown = {re.sub(r"[2-6]$", "1", key) for _, call, *_ in EXAMPLES for key in json.loads(call)}
    keys = {re.sub(r"[2-6]$", "1", key) for key in load_schema("call")["properties"]}
    assert keys - shown == {"gamma", "z_source", "z_load"}
