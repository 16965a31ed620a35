"""A model and its tool judged together on data whose answers are no calls."""

import json

import pytest
from rf_eval.answer import answer_of
from rf_eval.backends import as_asked
from rf_eval.backends.rendering import prompts_of_run
from rf_eval.errors import EvalError
from rf_eval.metrics.filter import order
from rf_eval.samples import Sample

SPEC = {
    "filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.1, "fc": 1e9, "fs": 2e9,
    "R0": 50, "La_target": 40, "order": 5,
}  # fmt: skip
SAMPLE = Sample(
    "t-1",
    [{"role": "system", "content": "Answer in JSON."}, {"role": "user", "content": "LPF 1 GHz"}],
    json.dumps(SPEC),
    {"type": "full", "lang": "en", "order": 5},
)
CALL = '<tool_call>{"name": "design_filter", "arguments": {}}</tool_call>'


def predicted(result):
    return {"id": "t-1", "completion": CALL, "result": result}


def test_the_published_answer_is_that_of_the_tool():
    answer = answer_of(predicted({"status": "designed", "answer": SPEC}), SAMPLE)
    assert answer.strict == SPEC
    assert order(SAMPLE, answer).value == 1.0
    wrong = answer_of(predicted({"status": "designed", "answer": SPEC | {"order": 4}}), SAMPLE)
    assert order(SAMPLE, wrong).value == 0.0


@pytest.mark.parametrize(("lang", "said"), [("en", "Which ripple?"), ("mix", "波纹多少？")])
def test_a_question_is_asked_in_the_language_of_the_sample(lang, said):
    result = {"status": "incomplete", "question": {"zh": "波纹多少？", "en": "Which ripple?"}}
    sample = Sample("t-1", SAMPLE.messages, "?", {"type": "followup_question", "lang": lang})
    assert answer_of(predicted(result), sample).text == said


def test_where_a_call_is_expected_the_call_is_the_answer():
    sample = Sample("t-1", SAMPLE.messages, CALL, {"type": "full"})
    assert answer_of(predicted({"status": "designed", "answer": SPEC}), sample).text == CALL


def test_without_a_call_the_model_s_own_words_are_judged():
    found = {"id": "t-1", "completion": "Sorry?", "result": None}
    assert answer_of(found, SAMPLE).text == "Sorry?"


def test_a_model_may_be_asked_under_its_own_prompts():
    prompts = ("照抄。", "Copy.")
    assert as_asked(SAMPLE, prompts)[0] == {"role": "system", "content": "Copy."}
    chinese = Sample("t-2", [{"role": "user", "content": "低通 １GHz"}], "")
    assert [m["content"] for m in as_asked(chinese, prompts)] == ["照抄。", "低通 1GHz"]
    assert as_asked(SAMPLE)[0]["content"] == "Answer in JSON."


def test_the_prompts_are_those_that_the_run_recorded(tmp_path):
    run = {"rendering": {"system_prompts": [{"text": "Copy.", "records": 3}]}}
    (tmp_path / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert prompts_of_run(str(tmp_path), "run") == ("Copy.",)
    assert prompts_of_run(str(tmp_path), "data") == ()
    (tmp_path / "run.json").write_text('{"rendering": {}}', encoding="utf-8")
    with pytest.raises(EvalError, match="has system prompts"):
        prompts_of_run(str(tmp_path), "run")
    with pytest.raises(EvalError, match="expected data or run"):
        prompts_of_run(str(tmp_path), "own")
