"""Guessing changes no answer, down to the last bit, in quantised weights too.

Plain greedy decoding is the same engine without guesses: each pass computes the last token, and
beside it a copy of it that nothing is taken from.
"""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")

from rf_eval.engine import load, prepare
from rf_eval.engine.drafts import PromptLookup
from rf_eval.engine.gguf_file import embedded_gguf
from rf_eval.engine.paged_model import Chunk, blocks_for
from rf_eval.errors import EvalError

ROOT = Path(__file__).parents[3]
DERIVER = ROOT / "models" / "smollm2-135m-rf"
REQUESTS = ROOT / "recipes" / "smollm2-135m" / "handwritten_val.jsonl"


def plainly(engine, messages, tokens, monkeypatch):
    """The answer without guesses, and the number of its passes."""
    with monkeypatch.context() as patch:
        patch.setattr("rf_eval.engine.decoding._DRAFT_TOKENS", 2)
        patch.setattr(PromptLookup, "propose", lambda *_: [])
        return counted(engine, messages, tokens)


def counted(engine, messages, tokens):
    """An answer, and the number of its passes."""
    model, passes = engine._decoder._model, []
    compute = model.compute
    model.compute = lambda chunks: passes.append(chunks) or compute(chunks)
    try:
        [(_, answer)] = engine.answers([messages], tokens)
    finally:
        model.compute = compute
    return answer, len(passes)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to write a model")
    from engine_models import save_model

    return save_model(tmp_path_factory.mktemp("model"), "llama")


@pytest.fixture(scope="module", params=["float32", "int8", "int4"])
def engine(request, tiny, tmp_path_factory):
    return load(prepare(tiny, precision=request.param, cache=tmp_path_factory.mktemp("cache")))


def test_a_random_model_answers_as_without_guesses(engine, monkeypatch):
    saved = 0
    for number in range(6):
        messages = [{"role": "user", "content": f"fc {number}.4 GHz, fs {number}.9 GHz"}]
        plain, most = plainly(engine, messages, 60, monkeypatch)
        for _ in range(2):  # the second time from what was said the first time
            answer, passes = counted(engine, messages, 60)
            assert (answer.text, answer.finish_reason) == (plain.text, plain.finish_reason)
        saved += most - passes
    assert saved > 60


def test_wrong_guesses_change_nothing(engine, monkeypatch):
    messages = [{"role": "user", "content": "fc 2.4 GHz"}]
    plain, _ = plainly(engine, messages, 40, monkeypatch)
    draw = np.random.default_rng(0)
    wrong = lambda *_: draw.integers(2, 200, 7).tolist()  # noqa: E731
    monkeypatch.setattr(PromptLookup, "propose", wrong)
    assert counted(engine, messages, 40)[0].text == plain.text


@pytest.mark.parametrize("tokens", [1, 2, 9])
def test_a_limit_holds_also_where_guesses_lead_beyond_it(engine, tokens, monkeypatch):
    messages = [{"role": "user", "content": "fc 2.4 GHz"}]
    whole, _ = plainly(engine, messages, 40, monkeypatch)
    engine.expect([whole.text])
    answer, _ = counted(engine, messages, tokens)
    assert answer.completion_tokens == tokens
    assert whole.text.startswith(answer.text.rstrip("\ufffd"))  # half a character


def test_logits_do_not_depend_on_the_size_of_a_pass(engine):
    """What the equality rests on; a pass of a single token is the exception that is avoided."""
    model, ids = engine._decoder._model, engine.chat.ids("0123456789 MHz " * 8)
    blocks = [model.allocate() for _ in range(blocks_for(len(ids)))]
    model.compute([Chunk(ids[:64], 0, blocks, 1)])
    rows = [model.compute([Chunk(ids[i : i + 2], i, blocks, 2)])[0].copy() for i in range(64, 90)]
    for size in (2, 3, 4, 8, 16):
        logits = model.compute([Chunk(ids[64 : 64 + size], 64, blocks, size)])
        np.testing.assert_array_equal(logits, rows[:size])
    model.release(blocks)


@pytest.mark.slow
def test_the_shipped_deriver_answers_as_without_guesses(monkeypatch):
    try:
        embedded_gguf()
    except EvalError as error:
        pytest.skip(str(error))
    engine = load(prepare("embedded", DERIVER))
    lines = REQUESTS.read_text(encoding="utf-8").splitlines()[:80:4]
    guessed = plain_passes = 0
    for line in lines:
        messages = json.loads(line)["messages"][:2]
        answer, passes = counted(engine, messages, 400)
        plain, most = plainly(engine, messages, 400, monkeypatch)
        assert answer.text == plain.text
        guessed, plain_passes = guessed + passes, plain_passes + most
    assert len(lines) == 20
    assert guessed < plain_passes / 2.5
