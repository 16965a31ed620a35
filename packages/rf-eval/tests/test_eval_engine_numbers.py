"""Guesses of numbers: from the step that a number was carried over from, in whatever text."""

import pytest
from rf_eval.engine.drafts import Phrasebook, PromptLookup

DIGITS = [ord(digit) for digit in "0123456789."]


def ids(text):
    return [ord(character) for character in text]


def proposed(before, count, *answers):
    book = Phrasebook(DIGITS)
    for answer in answers:
        book.add(ids(answer))
    return "".join(map(chr, PromptLookup(book).propose(ids(before), count)))


def test_a_number_is_carried_over_from_the_step_that_it_came_from_before():
    assert proposed("sum=47; prod=5; out=", 2, "sum=12; prod=3; out=12;") == "47"


def test_a_number_may_be_written_in_reverse():
    assert proposed("rev=73.61; fwd=", 6, "rev=42.8; fwd=8.24; end") == "16.37;"


def test_what_follows_a_number_follows_also_one_of_other_digits():
    assert proposed("a1: 123, ", 6, "a1: 456, b2: 7") == "b2: 7"
    assert proposed("a1: 123", 4, "a1: 456, b2: 7") == ", b2"


def test_a_number_goes_on_as_the_one_that_it_begins_like():
    """The sum repeats the first number or the second; its first digit says which."""
    learned = ("a1:31 b2:42 sum:42;", "a1:31 b2:42 sum:42;", "a1:35 b2:46 sum:35;")
    assert proposed("a1:71 b2:82 sum:", 2, *learned) == "82"
    assert proposed("a1:71 b2:82 sum:7", 1, *learned) == "1"


def test_what_happened_once_in_many_answers_is_no_rule():
    often = [f"sum=1{i}; out=2{i};" for i in range(9)]
    assert proposed("sum=47; out=", 2, "sum=12; out=12;", *often) == "28"


def test_texts_without_numbers_are_guessed_as_before():
    assert proposed("wid", 5, '{"width": "9"}') == 'th": '
    assert proposed("", 3, "no numbers") == ""


def test_a_guess_made_step_by_step_is_that_made_at_once():
    text, learned = "rev=73.61; fwd=16.37; sum=9; ", "rev=42.8; fwd=8.24; sum=3; out=8.24; end"
    book = Phrasebook(DIGITS)
    book.add(ids(learned))
    lookup = PromptLookup(book)
    for end in range(1, len(text) + 1):
        growing = lookup.propose(ids(text[:end]), 7)
        assert growing == PromptLookup(book).propose(ids(text[:end]), 7), text[:end]
    assert len(growing) == 7


def test_the_oldest_places_make_room(monkeypatch):
    monkeypatch.setattr("rf_eval.engine.numbers._PLACES", 2)
    book = Phrasebook(DIGITS)
    book.add(ids("a=1 b=2 c=3"))
    assert len(book.numbers._places) == 2
    assert book.numbers.next(ids("1 b="), {}) == (ord("2"), *ids(" c="))
    assert book.numbers.next(ids("a="), {}) == ()


@pytest.mark.parametrize("kind", ["one", "several"])
def test_digits_are_tokens_of_the_vocabulary(kind):
    pytest.importorskip("jinja2")
    from rf_eval.engine.chat import Chat
    from tokenizers import Tokenizer, models

    vocabulary = {"one": ["x", "0", "7", "."], "several": ["x", "0", ".", "07", "123", "1234"]}[
        kind
    ]
    core = Tokenizer(models.WordLevel({token: i for i, token in enumerate(vocabulary)}, "x"))
    found = Chat(core, None, {}, {}, (0,)).digits()
    assert sorted(vocabulary[number] for number in found) == {
        "one": [".", "0", "7"], "several": [".", "0", "07", "123"],
    }[kind]  # fmt: skip
