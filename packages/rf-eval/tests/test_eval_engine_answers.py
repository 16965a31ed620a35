"""The engine answers as transformers does, token by token, however the requests are grouped."""

import subprocess
import sys

import pytest

pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to compare with transformers")

from engine_models import MODELS, TEMPLATE, plain_answers, save_model, save_tokenizer
from rf_eval.engine import load, prepare
from rf_eval.errors import EvalError

SYSTEM = {"role": "system", "content": "You design filters. 设计滤波器。" * 3}
TEXTS = ["设计一个低通滤波器", "a", "Design a band-pass filter " * 9, "fc 2.4 GHz", "x" * 40]
ALONE = [[{"role": "user", "content": text}] for text in TEXTS]
WITH_SYSTEM = [[SYSTEM, *messages] for messages in ALONE]
DIALOGUE = [SYSTEM, *ALONE[0], {"role": "assistant", "content": "order?"}, *ALONE[3]]


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model"), request.param)


@pytest.fixture(scope="module")
def expected(model):
    found = plain_answers(model, [*ALONE, *WITH_SYSTEM, DIALOGUE])
    return {"alone": found[:5], "system": found[5:10], "dialogue": found[10]}


@pytest.fixture(scope="module")
def prepared(model, tmp_path_factory):
    return prepare(model, precision="float32", cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def engine(prepared):
    """A fresh engine: nothing of another test is cached in it."""
    return load(prepared, threads=2)


def test_single_answers_are_those_of_transformers(engine, expected):
    assert [engine.answer(messages, 40) for messages in ALONE] == expected["alone"]
    assert len(set(expected["alone"])) == len(ALONE), "the model says the same to everything"


def test_a_cached_system_message_changes_nothing(engine, expected):
    first = [engine.answer(messages, 40) for messages in WITH_SYSTEM]
    again = [engine.answer(messages, 40) for messages in WITH_SYSTEM]
    assert first == again == expected["system"]
    assert engine.answer(DIALOGUE, 40) == expected["dialogue"]


def test_a_cached_system_message_is_not_computed_again(engine):
    counted = []
    compute = engine._decoder._model.compute

    def counting(chunks):
        counted.append(sum(len(chunk.tokens) for chunk in chunks))
        return compute(chunks)

    engine._decoder._model.compute = counting
    engine.answer(WITH_SYSTEM[1], 1)
    whole = sum(counted)
    counted.clear()
    engine.answer(WITH_SYSTEM[1], 1)
    prefix = len(engine.chat.system_prefix(WITH_SYSTEM[1]))
    assert prefix > 50
    assert sum(counted) == whole - prefix


@pytest.mark.parametrize("size", [1, 2, 16])
def test_unequal_lengths_in_a_batch_answer_as_single_ones(size, engine, expected):
    both = [*ALONE, *WITH_SYSTEM, DIALOGUE]
    wanted = [*expected["alone"], *expected["system"], expected["dialogue"]]
    assert engine.answer_many(both, 40, batch_size=size) == wanted
    assert engine.answer_many(both[::-1], 40, batch_size=size) == wanted[::-1]


def test_prompts_longer_than_a_pass_are_read_in_pieces(engine, model):
    long = [[SYSTEM, {"role": "user", "content": "0123456789 " * 60}], ALONE[0]]
    assert engine.answer_many(long, 30) == plain_answers(model, long, tokens=30)


def test_streamed_pieces_add_up_to_the_answer(engine, expected):
    pieces = []
    answer = engine.answer(ALONE[0], 40, on_text=pieces.append)
    assert "".join(pieces) == answer == expected["alone"][0]
    assert len(pieces) > 5


def test_finish_reasons_and_lengths_are_counted(engine):
    answers = dict(engine.answers(ALONE, 7))
    for number, messages in enumerate(ALONE):
        answer = answers[number]
        assert answer.prompt_tokens == len(engine.chat.prompt(messages))
        assert answer.completion_tokens <= 7
        assert (answer.finish_reason == "length") == (answer.completion_tokens == 7)
        assert answer.seconds > 0


def test_an_interruption_ends_the_answer_and_the_engine_goes_on(engine, expected):
    seen = []

    def interrupt(piece):
        seen.append(piece)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.answer(ALONE[2], 40, on_text=interrupt)
    assert len(seen) == 1
    assert engine.answer(ALONE[2], 40) == expected["alone"][2]


def test_an_abandoned_batch_gives_its_memory_back(engine, expected):
    answers = engine.answers(WITH_SYSTEM, 40, batch_size=4)
    next(answers)
    answers.close()
    pool = engine._decoder._model
    kept = sum(1 for owners in pool._references if owners)
    assert kept == sum(len(blocks) for blocks in engine._decoder._prefixes.values())
    assert engine.answer_many(WITH_SYSTEM, 40) == expected["system"]


def test_a_prompt_beyond_the_context_is_refused(engine):
    with pytest.raises(EvalError, match=r"prompt 2 has 5[0-9]{3} tokens, the model reads 2047"):
        engine.answer_many([ALONE[0], [{"role": "user", "content": "x" * 5000}]])


def test_an_answer_ends_where_the_context_does(engine):
    room = 2048 - len(engine.chat.prompt([{"role": "user", "content": ""}]))
    messages = [{"role": "user", "content": "y" * (room - 5)}]
    [(_, answer)] = engine.answers([messages], 100)
    assert answer.completion_tokens <= 5


def test_adapters_are_added_with_their_own_scales(model, tmp_path):
    import peft
    import torch
    import transformers

    torch.manual_seed(3)
    base = transformers.AutoModelForCausalLM.from_pretrained(model)
    config = peft.LoraConfig(
        r=4, lora_alpha=12, target_modules=["q_proj", "k_proj", "down_proj"],
        use_rslora=True, rank_pattern={"down_proj": 2}, alpha_pattern={"k_proj": 5},
        init_lora_weights=False,
    )  # fmt: skip
    peft.get_peft_model(base, config).save_pretrained(tmp_path / "adapter")
    engine = load(
        prepare(model, tmp_path / "adapter", precision="float32", cache=tmp_path / "cache")
    )
    expected = plain_answers(model, ALONE, tmp_path / "adapter")
    assert engine.answer_many(ALONE, 40) == expected
    assert expected != plain_answers(model, ALONE)


def test_a_template_that_refuses_is_told(tmp_path):
    save_model(tmp_path / "model", "llama")
    save_tokenizer(tmp_path / "model", "{{ raise_exception('roles must alternate') }}" + TEMPLATE)
    engine = load(prepare(tmp_path / "model", cache=tmp_path / "cache"))
    with pytest.raises(EvalError, match="the chat template fails: roles must alternate"):
        engine.answer(ALONE[0])


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_signal_is_survived_when_models_are_gone_in_any_order(prepared):
    """OpenVINO changes the stack that signals are handled on; a freed one would end the process."""
    code = """
import os, signal, sys
from pathlib import Path
from rf_eval.engine import load

signal.signal(signal.SIGINT, lambda *_: print("handled"))
first = load(Path(sys.argv[1]), threads=1)
second = load(Path(sys.argv[1]), threads=1)
del first
del second
os.kill(os.getpid(), signal.SIGINT)
print("alive")
"""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code, str(prepared)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, ["handled", "alive"]), done.stderr
