"""Calls written by hand for real requests give the correct orders, questions and reasons.

`data/dev_calls.jsonl` holds only the calls, by the id of the request; a `note` says if the answer
differs from what version 1 could do with the same request.
"""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rf_synth import solve_call
from rf_synth.schemas import load_schema

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "dev_calls.jsonl").read_text("utf-8").splitlines()
]
CALL, RESULT = (Draft202012Validator(load_schema(name)) for name in ("call", "result"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_call_of_a_real_request_is_answered_correctly(case):
    CALL.validate(case["arguments"])
    result = solve_call(case["arguments"])
    RESULT.validate(result)
    expect = dict(case["expect"])
    asked, said = expect.pop("ask", ()), expect.pop("says", ())
    assert {key: result.get(key) for key in expect} == expect
    for text in asked:
        assert text in result["question"]["en"] and text in result["question"]["zh"]
    for text in said:
        assert text in result["reason"]["en"] and text in result["reason"]["zh"]


def test_all_dev_requests_have_a_call():
    assert len({case["id"] for case in CASES}) == 16 + 39
