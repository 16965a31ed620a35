"""What a person is shown of a file that may be anybody's."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rf_jsonl import FileError, printable, read_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 中文, Ω, é", "plain, 中文, Ω, é"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("bell\x07 null\0", "bell\\x07 null\\x00"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("\u202ereversed", "\\u202ereversed"),
        ("\x9bcontrol", "\\x9bcontrol"),
        ("\ud800", "\\ud800"),
        ("C:\\runs", "C:\\runs"),
    ],
)
def test_what_would_steer_a_terminal_is_written_out(text, shown):
    assert printable(text) == shown


def test_some_may_be_kept():
    assert printable("a\tb\n\x1b", keep="\t\n") == "a\tb\n\\x1b"


@given(st.text())
def test_the_result_is_one_line_of_characters_that_are_seen(text):
    shown = printable(text)
    assert not any(unicodedata.category(c)[0] == "C" for c in shown)
    assert printable(shown) == shown


def test_an_error_about_a_file_is_one_line(tmp_path):
    odd = Path(tmp_path / "odd\x1b[2J\nname.json")
    with pytest.raises(FileError) as caught:
        read_json(odd)
    assert str(caught.value).endswith("odd\\x1b[2J\\nname.json: no such file or directory")
    assert caught.value.path == odd
