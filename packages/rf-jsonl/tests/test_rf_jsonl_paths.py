"""Paths as people write them and as they are shown; files as Windows writes them."""

import io
import logging
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rf_jsonl import (
    expanded,
    parse_json,
    parse_text,
    read_json,
    read_jsonl,
    read_text,
    say_what_is_accepted,
    shown,
    utf8_streams,
)
from rf_jsonl.options import FOLDER, PATH


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setattr("rf_jsonl.reader._warned", set())
    return tmp_path / "home"


def test_a_tilde_is_the_home_folder_at_the_beginning_only(home):
    assert expanded("~") == str(home) and expanded("~/a/b") == f"{home}/a/b"
    for other in ("./~", "a~/b", "~nobody-of-that-name/x", "org/model", "embedded:NAME", "-"):
        assert expanded(other) == other


@click.command()
@click.option("--file", type=PATH)
@click.option("--out", type=FOLDER)
def command(**options):
    for name, value in options.items():
        if value is not None:
            click.echo(f"{name} {type(value).__name__} {value}")


def test_options_expand_it_and_know_a_dash(home, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    kind = type(Path()).__name__

    def said(*arguments):
        outcome = CliRunner().invoke(command, arguments)
        return outcome.exit_code, outcome.output.strip()

    assert said("--file=~/x") == (0, f"file {kind} {home / 'x'}")
    assert said("--file", "-") == (0, f"file {kind} -")
    assert said("--file", "./-") == (0, f"file {kind} {tmp_path / '-'}")
    code, output = said("--out", "-")
    assert code == 2 and "- is a standard stream, expected a folder" in output


def test_a_name_that_is_no_text_is_shown_and_steers_nothing():
    name = os.fsdecode(b"caf\xe9\x1b[31m\n") if os.name == "posix" else "caf\udce9\x1b[31m\n"
    assert shown(name) == shown(Path(name)) == r"caf\udce9\x1b[31m\n"
    assert shown("中文 name.jsonl") == "中文 name.jsonl"


def test_a_stream_writes_out_what_it_cannot_encode(monkeypatch):
    caught = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", caught)
    utf8_streams()
    print("带通 \udcff", flush=True)
    assert caught.buffer.getvalue().decode("utf-8") == "带通 \\udcff" + os.linesep


WINDOWS = b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}\r\n'


def remarks(caplog):
    return [r.getMessage() for r in caplog.records if r.name == "rf_jsonl"]


def test_a_file_of_windows_is_read_and_both_are_said_once(tmp_path, caplog):
    path = tmp_path / "r.jsonl"
    path.write_bytes(WINDOWS)
    for _ in range(2):
        assert list(read_jsonl(path)) == [(1, {"a": 1}), (2, {"a": 2})]
    assert remarks(caplog) == [
        f"{path}: starts with a byte order mark (accepted; output files have neither)",
        f"{path}: has Windows line ends (accepted; output files have neither)",
    ]
    assert all(record.levelno == logging.WARNING for record in caplog.records)


def test_other_files_of_windows_are_read_alike(tmp_path, caplog):
    path = tmp_path / "f"
    path.write_bytes(b'\xef\xbb\xbf{\r\n"a": "x"\r\n}\r\n')
    assert read_json(path) == {"a": "x"}
    assert read_text(path) == '{\n"a": "x"\n}\n'
    assert len(remarks(caplog)) == 2
    assert parse_text("<stdin>", b"a\r\nb") == "a\nb"
    assert parse_json("<stdin>", b'\xef\xbb\xbf{"a": 1}\r\n') == {"a": 1}


def test_what_workers_keep_quiet_about_is_said_before(tmp_path, caplog):
    path = tmp_path / "r.jsonl"
    path.write_bytes(WINDOWS)
    say_what_is_accepted(path)
    assert len(remarks(caplog)) == 2
    say_what_is_accepted(tmp_path / "none")  # the reader will complain
    assert len(remarks(caplog)) == 2
