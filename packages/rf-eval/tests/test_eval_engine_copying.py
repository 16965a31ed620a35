"""Calls held to the words of their request: what a value may be, and what it may not."""

import json
from pathlib import Path

import pytest
from rf_eval.engine import copied_call_grammar, user_words

llguidance = pytest.importorskip("llguidance", reason="needs the extra rf-eval[cpu]")

SCHEMA = {"properties": {key: {"type": "string"} for key in ("band", "f1", "f2", "ripple", "att")}}
MODEL = Path(__file__).parents[3] / "models" / "smollm2-135m-rf-tool"


@pytest.fixture(scope="module")
def tokenizer():
    return llguidance.LLTokenizer((MODEL / "tokenizer.json").read_text(encoding="utf-8"))


@pytest.fixture
def allows(tokenizer):
    def check(said, **arguments):
        messages = [{"role": "user", "content": said}]
        source = copied_call_grammar(SCHEMA, "design_filter", messages)
        matcher = llguidance.LLMatcher(tokenizer, llguidance.LLMatcher.grammar_from_lark(source))
        assert not matcher.is_error(), matcher.get_error()
        call = json.dumps({"name": "design_filter", "arguments": arguments}, ensure_ascii=False)
        tokens = tokenizer.tokenize_str(f"<tool_call>\n{call}\n</tool_call>")
        return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()

    return check


def test_a_value_is_a_span_of_the_request_or_two(allows):
    said = "824-849 MHz 带通，波纹 0.1dB，as=40 dB"
    assert allows(said, band="带通", f1="824 MHz", f2="849 MHz", ripple="0.1dB", att="40 dB")
    assert allows(said)
    assert not allows(said, f1="825 MHz")
    assert not allows(said, f1="824 GHz")
    assert not allows(said, f1="824 MHz 849 MHz dB")


@pytest.mark.parametrize(
    ("said", "whole", "part"),
    [
        ("ripple 0.25 dB", "0.25 dB", "25 dB"),
        ("ripple 0.25 dB", "0.25", "0.2"),
        ("波纹零点二分贝", "零点二分贝", "二分贝"),
        ("ripple point one dB", "point one dB", "one dB"),
        ("one hundred and fifty megahertz", "one hundred and fifty megahertz", "fifty megahertz"),
        ("2π×10⁴ rad/s", "2π×10⁴ rad/s", "2π×10"),
        ("7.4e+08Hz", "7.4e+08Hz", "7.4"),
        ("18.8 megs", "18.8 megs", "18.8 meg"),
    ],
)
def test_numbers_and_words_are_never_cut(allows, said, whole, part):
    assert allows(said, ripple=whole)
    assert not allows(said, ripple=part)


def test_words_written_together_come_apart(allows):
    assert allows("1.48GHzLP ChebBPF f011G", band="LP", f1="1.48GHz", f2="11G", ripple="Cheb")


def test_keys_come_in_their_order_and_once(allows):
    assert allows("1 2", f1="1", f2="2")
    assert not allows("1 2", f2="2", f1="1")
    assert not allows("1 2", order="1")


@pytest.mark.parametrize("said", ["", '"', "\\", 'a "quoted" \\ word\n\nand\ttabs', "é🙂" * 50])
def test_any_text_makes_a_grammar(allows, said):
    assert allows(said)


def test_only_the_user_is_copied():
    turns = [("system", "S"), ("user", "one"), ("assistant", "A"), ("user", "two")]
    assert user_words([{"role": role, "content": text} for role, text in turns]) == "one\ntwo"
