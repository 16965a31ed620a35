"""Guesses of what comes next: where they come from, and that they change no answer."""

import pytest
from rf_eval.engine.drafts import Phrasebook, PromptLookup

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def ids(text):
    return [ord(character) for character in text]


def proposed(before, count, *answers, begun=""):
    book = Phrasebook()
    for answer in answers:
        book.add(ids(answer))
    return "".join(map(chr, PromptLookup(book).propose(ids(before), count, ids(begun))))


def test_a_text_goes_on_as_it_did_before():
    assert proposed("stop at 2.2 GHz and 2.", 3) == "2 G"


def test_the_longest_match_decides():
    """After "1." it was 5 last, after "f1 1." it was 8."""
    assert proposed("f1 1.8; f2 1.5; f1 1.", 1) == "8"
    assert proposed("x1 1.8; f2 1.5; zz1.", 1) == "5"


def test_what_is_not_in_the_text_comes_from_earlier_answers():
    assert proposed("wid", 5, '{"width": "9"}') == 'th": '
    assert proposed("xyz", 5, '{"width": "9"}') == ""


def test_the_text_itself_comes_before_other_answers():
    assert proposed("abcX abc", 1, "abcY") == "X"


def test_the_latest_answer_comes_before_older_ones():
    assert proposed("abc", 1, "abcY", "abcZ") == "Z"


def test_a_guess_goes_on_from_its_own_end():
    assert proposed("ab", 20, LETTERS) == LETTERS[2:22]


def test_tokens_that_must_follow_begin_the_guess():
    assert proposed("ab", 6, LETTERS, begun="!") == "!"
    assert proposed("ab", 6, LETTERS, begun="klm") == "klmnop"
    assert proposed("ab", 2, LETTERS, begun="klm") == "kl"


def test_the_oldest_phrases_make_room(monkeypatch):
    monkeypatch.setattr("rf_eval.engine.drafts._PHRASES", 40)
    assert proposed("abc", 1, LETTERS, "0123456789") == ""
    assert proposed("456", 1, LETTERS, "0123456789") == "7"


def test_what_is_expected_decides_how_long_answers_take_and_nothing_else(tmp_path):
    pytest.importorskip("openvino", reason="needs the extra rf-eval[cpu]")
    pytest.importorskip("torch", reason="needs the extra rf-eval[hf], to write a model")
    from engine_models import save_model
    from rf_eval.engine import load, prepare

    model = save_model(tmp_path / "model", "llama")
    folder = prepare(model, precision="float32", cache=tmp_path / "cache")
    letters = "start: /[a-z]*/"  # a random model writes no text
    answers, passes = {}, {}
    for name in ("plain", "expecting"):
        engine = load(folder)
        if name == "expecting":
            engine.expect(answers["plain"])
        compute, counted = engine._decoder._model.compute, []
        engine._decoder._model.compute = lambda chunks, c=compute, n=counted: (
            n.append(1) or c(chunks)
        )
        answers[name] = [
            engine.answer([{"role": "user", "content": f"fc {i}.4 GHz"}], 40, grammar=letters)
            for i in range(4)
        ]
        passes[name] = len(counted)
    assert answers["expecting"] == answers["plain"]
    assert max(map(len, answers["plain"])) > 10
    assert passes["expecting"] < passes["plain"]
