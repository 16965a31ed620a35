"""Each metric on answers that are right, wrong in one way, and unreadable."""

import json
import random

import pytest
from rf_eval import Answer, EvalError, Sample
from rf_eval.metrics.generic import from_template
from rf_eval.registry import metrics
from rf_eval.samples import turns

SPEC = {
    "filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.1,
    "fc": 1000000000, "fs": 1500000000, "R0": 50, "La_target": 40,
}  # fmt: skip
RIGHT = SPEC | {"order": 8}
SAMPLE = Sample(
    "a",
    [{"role": "user", "content": "设计"}],
    json.dumps(RIGHT),
    {"type": "full", "band": "lowpass", "spec": SPEC, "missing": []},
)


def score(name, text, sample=SAMPLE, finish="stop"):
    answer = Answer(text if isinstance(text, str) else json.dumps(text), finish)
    return metrics.get(name)(sample, answer)


PROPORTIONS = [
    "json_strict", "json_recovered", "filter_type", "filter_band", "order", "order_strict",
    "order_within_one", "keys_complete", "schema_valid", "meets_own_spec", "meets_spec",
    "minimal_order", "exact_match",
]  # fmt: skip


@pytest.mark.parametrize("name", PROPORTIONS)
def test_the_right_answer_scores_one(name):
    assert score(name, RIGHT).value == 1.0


@pytest.mark.parametrize("name", PROPORTIONS)
@pytest.mark.parametrize("text", ["no idea", '{"order": 7', "", "[7]"])
def test_the_unreadable_counts_as_zero_with_a_reason(name, text):
    found = score(name, text)
    assert (found.value, found.status) == (0.0, "parse_error") and found.why


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"order": 9}, {"order", "order_strict", "minimal_order", "exact_match"}),
        (
            {"order": 7},
            {"order", "order_strict", "meets_own_spec", "meets_spec", "minimal_order",
             "exact_match"},
        ),
        (
            {"order": 10},
            {"order", "order_strict", "order_within_one", "minimal_order", "exact_match"},
        ),
        ({"La_target": 35}, {"meets_spec", "minimal_order", "exact_match"}),
        ({"fs": 1500001000}, {"exact_match"}),
        ({"fs": 1500010000}, {"meets_spec", "minimal_order", "exact_match"}),
        (
            {"filter_band": "highpass"},
            {"filter_band", "meets_own_spec", "meets_spec", "minimal_order", "exact_match"},
        ),
        (
            {"filter_type": "butterworth"},
            {"filter_type", "schema_valid", "meets_own_spec", "meets_spec", "minimal_order",
             "exact_match"},
        ),
        ({"order": "8"}, set(PROPORTIONS) - {"json_strict", "json_recovered", "filter_type",
                                             "filter_band", "keys_complete"}),
        ({"note": "x"}, {"schema_valid", "exact_match"}),
    ],
)  # fmt: skip
def test_one_wrong_thing_fails_exactly_the_metrics_about_it(change, wrong):
    answer = RIGHT | change
    assert {name for name in PROPORTIONS if score(name, answer).value != 1.0} == wrong
    assert all(score(name, answer).why for name in wrong)


def test_a_missing_key_is_named():
    answer = {key: value for key, value in RIGHT.items() if key != "R0"}
    assert score("keys_complete", answer).why == "missing R0"
    assert score("meets_spec", answer).why == "R0 is missing"


def test_strict_and_recovered_are_two_numbers():
    fenced = f"```json\n{json.dumps(RIGHT)}\n```"
    strict, recovered = score("json_strict", fenced), score("json_recovered", fenced)
    assert (strict.value, strict.status) == (0.0, "parse_error")
    assert "code fence" in strict.why and "code fence" in recovered.why
    assert recovered.value == 1.0
    assert score("order", fenced).value == 1.0 and score("order_strict", fenced).value == 0.0


def test_an_answer_cut_off_by_the_token_limit_is_not_repaired():
    found = score("json_recovered", "Here: " + json.dumps(RIGHT), finish="length")
    assert found.status == "parse_error" and "token limit" in found.why


def test_signed_order_errors():
    assert score("order_error", RIGHT | {"order": 6}).value == -2.0
    assert score("order_error", RIGHT | {"order": 11}).value == 3.0
    assert score("order_error", RIGHT | {"order": "x"}).status == "parse_error"


def test_numeric_errors_are_relative():
    assert score("numeric_error.fc", RIGHT).value == 0.0
    assert score("numeric_error.fc", RIGHT | {"fc": 1.01e9}).value == pytest.approx(0.01)
    assert score("numeric_error.fc", RIGHT | {"fc": "1e9"}).status == "parse_error"
    assert score("numeric_error.bandwidth", RIGHT).status == "not_applicable"
    absurd = score("numeric_error.ripple_db", RIGHT | {"ripple_db": 1e308})  # would be infinite
    assert (absurd.value, absurd.status) == (None, "parse_error")


def test_a_question_is_no_json():
    question = Sample("q", [], "请提供纹波。", {"type": "followup_question"})
    assert score("json_strict", "请提供纹波。", question).status == "not_applicable"


def test_derivations_travel_before_the_order():
    answer = {**SPEC, "derivation": {"a": 1}, "order": 8}
    assert score("schema_valid", answer).value == 1.0


def test_simulation_and_formula_agree_on_random_answers(helpers):
    rng = random.Random(11)
    for i in range(60):
        answer = helpers.make_answer(rng)
        sample = next(turns(helpers.make_record(f"r{i}", answer)))
        assert score("minimal_order", answer, sample).value == 1.0
        low = answer | {"order": answer["order"] - 1}
        if low["order"]:
            assert score("meets_spec", low, sample).value == 0.0


ADDRESS = Sample("x", [], '{"name": "Ann", "address": {"city": "Köln", "zip": 50667}, "p": [1.5]}')


@pytest.mark.parametrize(
    ("template", "parameters", "answer", "value"),
    [
        ("field_equal", {"path": "address.city"}, {"address": {"city": "Köln"}}, 1.0),
        ("field_equal", {"path": "address.city"}, {"address": {"city": "Bonn"}}, 0.0),
        ("field_equal", {"path": "address.city"}, {"address": 3}, 0.0),
        ("field_equal", {"path": "address.zip"}, {"address": {"zip": 50667.0}}, 1.0),
        ("field_equal", {"path": "address.zip"}, {"address": {"zip": "50667"}}, 0.0),
        ("field_equal", {"path": "p.0"}, {"p": [1.5]}, 1.0),
        ("field_equal", {"path": "p.1"}, {"p": [1.5]}, None),
        ("field_close", {"path": "p.0", "rel": 0.1}, {"p": [1.6]}, 1.0),
        ("field_close", {"path": "p.0", "rel": 0.01}, {"p": [1.6]}, 0.0),
        ("field_close", {"path": "p.0", "rel": 0, "abs": 0.11}, {"p": [1.6]}, 1.0),
        ("field_close", {"path": "p.0"}, {"p": [True]}, 0.0),
        ("field_close", {"path": "name"}, {"name": "Ann"}, None),
        ("schema_valid", {"schema": {"required": ["name"]}}, {"name": 1}, 1.0),
        ("schema_valid", {"schema": {"required": ["name"]}}, {"nom": 1}, 0.0),
        ("schema_valid", {"schema": {"properties": {"a": {"type": "string"}}}}, {"a": 1}, 0.0),
    ],
)
def test_generic_metrics_know_no_filters(template, parameters, answer, value):
    found = from_template(template, parameters)(ADDRESS, Answer(json.dumps(answer)))
    assert found.value == value
    assert found.status == ("ok" if value is not None else "not_applicable")


def test_schema_checks_agree_with_an_independent_validator():
    from jsonschema.validators import validator_for
    from rf_eval.validation import packaged_schema, validator

    schema = packaged_schema("answer")
    ours, oracle = validator(schema), validator_for(schema)(schema)
    broken = [{"order": 0}, {"order": 7.5}, {"fs_lower": 1}, {"fc": -1}, {"R0": "50"}, {"x": 1}]
    verdicts = set()
    for answer in (RIGHT, {}, {"order": 3}, *(RIGHT | change for change in broken)):
        why = ours(answer)
        assert (why == "") == oracle.is_valid(answer), answer
        verdicts.add(why == "")
    assert verdicts == {True, False}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "no such type"},
        {"$ref": "http://127.0.0.1:9/other.json"},
        {"$ref": "other.json"},
        {"pattern": "["},
    ],
)
def test_what_is_no_schema_or_leads_out_of_it(schema, tmp_path):
    with pytest.raises(EvalError, match="not a JSON Schema"):
        from_template("schema_valid", {"schema": schema})
    file = tmp_path / "s.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    with pytest.raises(EvalError, match="not a JSON Schema"):
        from_template("schema_valid", {"schema": str(file)})
