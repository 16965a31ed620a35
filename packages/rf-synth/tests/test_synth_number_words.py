"""Numbers in words: written by the data, read by the solver."""

from decimal import Decimal

import pytest
from rf_synth.calls.numerals import english_number, han_number
from rf_synth.calls.quantities import decibels
from rf_synth.requests.number_words import SPOKEN_PARTS, spoken_number


@pytest.mark.parametrize(("lang", "read"), [("zh", han_number), ("en", english_number)])
def test_what_is_written_in_words_is_read_back(lang, read):
    digits = [*map(str, range(1, 1300)), "2450", "10010", "20305", "99999", "0.1", "0.25", "0.05"]
    digits += ["1.5", "10.7", "824.5", "70.02"]
    for text in digits:
        words = spoken_number(text, lang)
        assert words is not None and read(words) == Decimal(text), (text, words)


def test_numbers_are_spoken_as_people_do():
    assert spoken_number("110", "zh") == "一百一十" and spoken_number("12", "zh") == "十二"
    assert spoken_number("1050", "zh") == "一千零五十" and spoken_number("0.2", "zh") == "零点二"
    assert spoken_number("824.5", "en") == "eight hundred and twenty four point five"
    assert spoken_number("0.1", "en") == "point one"


def test_long_numbers_are_not_spoken():
    assert spoken_number("7368.42", "en") is None
    assert spoken_number("1e5", "zh") is None


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("one fifty", 150),
        ("twenty four fifty", 2450),
        ("one oh five", 105),
        ("eight two four", 824),
        ("nineteen ninety", 1990),
        ("two thousand four hundred", 2400),
        ("oh point one", Decimal("0.1")),
    ],
)
def test_spoken_english_numbers_are_read(words, value):
    assert english_number(words) == value


def test_fractions_of_a_decibel_are_read():
    for value, words in SPOKEN_PARTS.items():
        assert decibels(f"{words} a dB") == (Decimal(str(value)), "")
    assert english_number("three quarters of a") == Decimal("0.75")
    assert decibels("half dB") == (Decimal("0.5"), "")
