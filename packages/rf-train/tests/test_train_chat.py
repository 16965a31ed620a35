"""Answering: text from tokens, the prompt of training id by id, a cache that changes nothing."""

import os

import pytest
import torch
from rf_train.data.rendering import prompt_ids, render, tokenise
from rf_train.data.templates import TEMPLATES, apply_template
from rf_train.errors import TrainError
from rf_train.inference.generate import Decoding, TokenGenerator
from rf_train.inference.load import stop_ids
from rf_train.inference.stream import StreamDecoder
from rf_train.inference.trained_rendering import system_prompt_for
from rf_train.model.loading import load_tokenizer

DIALOGUE = [
    {"role": "system", "content": "你是滤波器设计助手。频率单位 Hz。"},
    {"role": "user", "content": "低通, 1.2 GHz, 2.4 GHz"},
    {"role": "assistant", "content": "缺少衰减，要多少 dB？"},
    {"role": "user", "content": "40 dB"},
    {"role": "assistant", "content": '{"fc": 1200000000, "order": 7}'},
]
TEXTS = [
    "低通滤波器，截止 1.2 GHz。",
    "é ß Ω ≥ 40 dB, 𝛀 🎛️👩🏽‍🔬",
    '  {"a": 1}\n\n  b',
    "",
]


@pytest.fixture(scope="module")
def qwen3():
    folder = os.environ.get("RF_QWEN3_TOKENIZER")
    if not folder:
        pytest.skip("RF_QWEN3_TOKENIZER names no folder with the official tokenizer")
    return load_tokenizer(folder)


# -- text from tokens ----------------------------------------------------------------------------


def pieces_of(tokenizer, ids):
    decoder = StreamDecoder(tokenizer)
    return [decoder.push(token) for token in ids] + [decoder.flush()]


@pytest.mark.parametrize("text", TEXTS)
def test_characters_cut_in_two_by_tokens_come_out_whole(tokenizer, text):
    """This vocabulary knows few characters: most are several tokens of a byte or two."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    pieces = pieces_of(tokenizer, ids)
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)
    for cut in range(len(ids)):  # a stream may end anywhere
        assert "".join(pieces_of(tokenizer, ids[:cut])) == tokenizer.decode(ids[:cut])


def test_text_comes_as_soon_as_a_character_is_whole(tokenizer):
    ids = tokenizer("稳", add_special_tokens=False)["input_ids"]
    assert len(ids) > 1
    *early, last, flushed = pieces_of(tokenizer, ids)
    assert (set(early), last, flushed) == ({""}, "稳", "")


def test_bytes_that_are_no_text_and_special_tokens(tokenizer):
    first = tokenizer("稳", add_special_tokens=False)["input_ids"][0]
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    a = tokenizer("a", add_special_tokens=False)["input_ids"]
    assert "".join(pieces_of(tokenizer, [first, *a, end, first])) == "\ufffda\ufffd"


@pytest.mark.parametrize("text", TEXTS)
def test_the_official_vocabulary_streams_alike(qwen3, text):
    ids = qwen3(text, add_special_tokens=False)["input_ids"]
    assert "".join(pieces_of(qwen3, ids)) == text


# -- the prompt ----------------------------------------------------------------------------------


def check_prompts(tokenizer, name):
    """Before each answer: the ids that training has in front of the tokens with loss."""
    template = TEMPLATES[name]
    apply_template(tokenizer, template)
    for turn in (2, 4):
        (*_, example) = tokenise(render(DIALOGUE[: turn + 1], tokenizer, template), tokenizer)
        # The last stretch of loss is this answer; whole, so no token of it is an earlier one's.
        answer = tokenizer(DIALOGUE[turn]["content"], add_special_tokens=False)["input_ids"]
        before = example.ids[: -len(answer) - 1].tolist()
        assert prompt_ids(DIALOGUE[:turn], tokenizer, template) == before
        assert example.answer[len(before)] and not example.answer[len(before) - 1]


def test_a_prompt_is_what_training_shows(tokenizer):
    check_prompts(tokenizer, "chatml")


@pytest.mark.parametrize("name", ["qwen3", "qwen3_nothink", "chatml"])
def test_a_prompt_is_what_training_shows_qwen3(qwen3, name):
    plain = load_tokenizer(os.environ["RF_QWEN3_TOKENIZER"])
    check_prompts(plain, name)
    shown = plain.decode(prompt_ids(DIALOGUE[:4], plain, TEMPLATES[name]))
    empty_block = shown.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert empty_block == (name == "qwen3")
    assert shown.count("<think>") == (name == "qwen3")  # none in the history


def test_a_system_prompt_is_chosen_by_the_language_of_the_question():
    prompts = ["用中文回答。", "Answer in English.", "旧提示"]
    assert system_prompt_for(prompts, "设计 LPF") == "用中文回答。"
    assert system_prompt_for(prompts, "a low-pass") == "Answer in English."
    assert system_prompt_for(["用中文回答。"], "a low-pass") == "用中文回答。"
    assert system_prompt_for(["", "x"], "a low-pass") == ""
    assert system_prompt_for([], "a low-pass") == ""


# -- tokens --------------------------------------------------------------------------------------


@pytest.fixture
def model(make_model):
    made = make_model("qwen3").eval()
    made.set_attn_implementation("sdpa")
    return made


def greedy(model, prompt, count):
    """transformers' own generation, from scratch."""
    ids = model.generate(
        torch.tensor([prompt]), max_new_tokens=count, do_sample=False, eos_token_id=None
    )
    return ids[0, len(prompt) :].tolist()


FIRST, FOLLOW_UP = [5, 6, 7, 8, 9], [5, 6, 7, 30, 31, 32, 33]


def test_greedy_tokens_are_those_of_transformers(model):
    generator = TokenGenerator(model, [], Decoding())
    assert list(generator.tokens(FIRST, 20)) == greedy(model, FIRST, 20)


def test_a_cache_from_other_dialogues_changes_nothing(model):
    """After a longer, a shorter, an equal and a foreign prompt: as if each were the first."""
    generator = TokenGenerator(model, [], Decoding())
    for prompt in (FOLLOW_UP, FIRST, FIRST, [40, 41], FIRST + greedy(model, FIRST, 4) + [11]):
        assert list(generator.tokens(prompt, 6)) == greedy(model, prompt, 6)


def test_what_was_read_is_not_read_again(model):
    generator = TokenGenerator(model, [], Decoding())
    answer = list(generator.tokens(FIRST, 6))
    lengths = []
    model.model.embed_tokens.register_forward_hook(lambda *a: lengths.append(a[1][0].shape[1]))
    list(generator.tokens([*FIRST, *answer, 50, 51], 2))
    assert lengths == [3, 1]  # the answer's last token was chosen, and never read


def test_an_interrupt_inside_the_model_leaves_no_half_cache(model):
    generator = TokenGenerator(model, [], Decoding())
    list(generator.tokens(FIRST, 2))

    def interrupt(*_):
        raise KeyboardInterrupt

    hook = model.model.layers[1].register_forward_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(generator.tokens(FOLLOW_UP, 2))
    hook.remove()
    assert list(generator.tokens(FOLLOW_UP, 6)) == greedy(model, FOLLOW_UP, 6)


def test_an_answer_ends_with_its_end_token(model):
    third = greedy(model, FIRST, 10)
    stop = third[2]
    tokens = list(TokenGenerator(model, [stop], Decoding()).tokens(FIRST, 10))
    assert tokens == third[: third.index(stop) + 1]


def test_drawing_repeats_itself_by_its_seed_and_differs_by_temperature(model):
    def drawn(**keys):
        decoding = Decoding(do_sample=True, top_k=50, **keys)
        return list(TokenGenerator(model, [], decoding).tokens(FIRST, 12))

    assert drawn(seed=1) == drawn(seed=1) != drawn(seed=2)
    assert drawn(temperature=1e-4) == greedy(model, FIRST, 12)
    assert drawn(top_p=1e-6) == greedy(model, FIRST, 12)


def test_repetition_penalty_is_that_of_transformers(model):
    penalised = Decoding(repetition_penalty=1.7)
    expected = model.generate(
        torch.tensor([FIRST]), max_new_tokens=12, do_sample=False, repetition_penalty=1.7,
        eos_token_id=None,
    )  # fmt: skip
    tokens = list(TokenGenerator(model, [], penalised).tokens(FIRST, 12))
    assert tokens == expected[0, len(FIRST) :].tolist()


def test_stop_tokens_are_those_of_the_run_and_of_the_tokenizer(tokenizer):
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert stop_ids(tokenizer, ["<|endoftext|>"]) == [0, end]
    with pytest.raises(TrainError, match="no token <stop>"):
        stop_ids(tokenizer, ["<stop>"])
