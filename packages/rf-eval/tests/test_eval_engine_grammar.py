"""Answers held to a grammar: always in it, and unchanged where the grammar allows them."""

import json
import re

import jsonschema
import pytest

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to make a model")

from engine_models import plain_answers, save_model
from rf_eval.engine import load, prepare, tool_call_grammar
from rf_eval.errors import EvalError

ASKED = [[{"role": "user", "content": text}] for text in ("设计低通", "fc 2.4 GHz", "x" * 30, "?")]
SCHEMA = {
    "type": "object",
    "properties": {
        "edge": {"type": "string", "maxLength": 8},
        "order": {"type": "integer", "minimum": 1, "maximum": 99},
    },
    "required": ["edge", "order"],
    "additionalProperties": False,
}
CALL = re.compile(
    r'<tool_call>\n?(\{"name": "design_filter", "arguments": .*\})\n?</tool_call>', re.S
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model"), "llama")


@pytest.fixture(scope="module")
def engine(model, tmp_path_factory):
    return load(prepare(model, precision="float32", cache=tmp_path_factory.mktemp("cache")))


def test_answers_are_valid_in_their_schema(engine):
    for answer in engine.answer_many(ASKED, 200, grammar=SCHEMA):
        jsonschema.validate(json.loads(answer), SCHEMA)
        # As Python writes it, like the training data.
        assert re.fullmatch(r'\{"edge": ".*", "order": \d+\}', answer, re.S)


def test_calls_have_the_form_of_the_training_data(engine):
    grammar = tool_call_grammar(SCHEMA, "design_filter")
    for messages in ASKED:
        found = CALL.fullmatch(engine.answer(messages, 200, grammar=grammar))
        jsonschema.validate(json.loads(found[1])["arguments"], SCHEMA)


def test_batches_answer_as_single_requests_do(engine):
    alone = [engine.answer(messages, 200, grammar=SCHEMA) for messages in ASKED]
    assert engine.answer_many(ASKED, 200, grammar=SCHEMA) == alone
    assert engine.answer_many(ASKED[::-1], 200, grammar=SCHEMA) == alone[::-1]


def test_the_likeliest_token_that_is_allowed_is_taken(engine, model):
    """As in transformers, told by a list of tokens instead of a grammar."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    expected = plain_answers(model, ASKED, only=letters)
    assert engine.answer_many(ASKED, 40, grammar="start: /[a-z]*/") == expected
    assert max(map(len, expected)) > 10 and len(set(expected)) > 1


def test_forced_text_takes_few_passes(engine):
    """A constant of 60 characters is copied, not written token by token."""
    passes = []
    compute = engine._decoder._model.compute
    engine._decoder._model.compute = lambda chunks: passes.append(1) or compute(chunks)
    try:
        constant = "abcdefghij" * 6
        assert engine.answer(ASKED[0], 100, grammar=f'start: "{constant}"') == constant
    finally:
        engine._decoder._model.compute = compute
    assert len(passes) < 20


@pytest.mark.parametrize("grammar", ["start: undefined_rule", {"type": "no such type"}])
def test_a_grammar_that_makes_no_sense_is_refused(grammar, engine):
    with pytest.raises(EvalError, match=r"^the grammar cannot be used: [^\n]+$"):
        engine.answer(ASKED[0], 10, grammar=grammar)
