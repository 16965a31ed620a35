"""Requests in plain characters: what input methods write, as keyboards would have written it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rf_jsonl import plain_text

ASKED = "2.4 GHz, -40 dB, 50 Ω"


@pytest.mark.parametrize(
    "typed",
    [
        "２．４ ＧＨｚ, －４０ ｄＢ, ５０ Ω",
        "2.4 ㎓, −40 ㏈, 50 Ω",
        "2.4\u00a0GHz, \u221240\u202fdB, 50\u2009Ω",
        "2.4\u3000GHz, ﹣40 dB, 50 Ω",
        "2\u200b.4 G\u200dHz\ufeff, -4\u200c0 dB, 50\u00ad Ω",
        "\u202d2.4 GHz\u202c, \u200e-40 dB, 50 Ω",
        "𝟐.𝟒 𝖦𝖧𝗓, ‑40 dB, 𝟱𝟬 Ω",
        "٢٫٤ GHz, -٤٠ dB, ٥٠ Ω",
        "२.४ GHz, -४० dB, ५० Ω",
        "2.4 GHz, -4\ufe0e0 dB, 50 \u2126",
    ],
)
def test_every_form_of_a_request_becomes_one(typed):
    assert plain_text(typed) == ASKED
    assert plain_text(ASKED) == ASKED


@pytest.mark.parametrize(
    "kept",
    [
        "中心 2.4 GHz，带宽（纹波）：0.1 dB；怎么样？～！",  # Chinese is punctuated so
        "10² ½ ① 10⁻³ x₁",  # NFKC would make them 102, 1/2, 1, 10-3, x1
        "824–849 MHz — ±5 % “about” …",
        "tabs\tand\nlines",
        "👩\u200d🔬 ❤\ufe0f می\u200cخواهم",  # joiners and selectors that mean something
    ],
)
def test_what_means_something_else_stays(kept):
    assert plain_text(kept) == kept


def test_no_digit_of_any_script_is_left():
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) == "Nd":
            assert plain_text(character) == str(unicodedata.decimal(character))


@given(st.text())
def test_plain_text_is_its_own_plain_text(text):
    assert plain_text(plain_text(text)) == plain_text(text)
