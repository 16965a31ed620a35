"""The command: reports, JSON, files, batches, and one clear line for whatever is wrong."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from importlib.resources import files

import jsonschema
import pytest
from click.testing import CliRunner
from rf_design import Options, design
from rf_design.cli import run_command
from rf_design.cli.design import design as command
from rf_design.terminal.render import render

CALL = {"band": "BPF", "center": "2.4G", "width": "100M", "ripple": "0.1dB", "stop1": "2.2G",
        "stop2": "2.6G", "att": "40dB"}  # fmt: skip
BATCH_SCHEMA = json.loads((files("rf_design") / "schemas/batch.schema.json").read_text("utf-8"))


@pytest.fixture
def call_file(tmp_path):
    path = tmp_path / "call.json"
    path.write_text(json.dumps(CALL), encoding="utf-8")
    return str(path)


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("order", [None, 5, 16, 30])
def test_a_report_stays_below_forty_lines(lang, order):
    options = Options(order=order, e_series=96, q_l=80, q_c=300, tolerance=0.05, samples=20)
    many = {**CALL, **{f"stop{i}": f"{2.7 + i / 10:.1f}G" for i in range(3, 7)}}
    text = render(design(many, options, lang=lang), ["design.json"])
    lines = text.splitlines()
    assert len(lines) < 40
    assert lines[-1].endswith("design.json")
    assert all("\x1b" not in line for line in lines)


def test_a_report_says_what_was_read_the_order_the_parts_and_the_checks(call_file, capsys):
    assert run_command(["--call", call_file]) == 0
    text = capsys.readouterr().out
    for part in ("centre 2.4G", "order 4 (n = 3.544)", "2.35 GHz … 2.45 GHz", "decides",
                 "L4 65.10 nH", "load 36.891 ohm", "into 50 ohm the pass band loses 0.389 dB",
                 "--order 5"):  # fmt: skip
        assert part in text
    assert run_command(["--call", call_file, "--lang", "zh"]) == 0
    assert "决定阶数" in capsys.readouterr().out


def test_json_is_design_json(call_file, tmp_path, capsys):
    assert (
        run_command(["--call", call_file, "--json", "--out", str(tmp_path / "o"), "--no-plots"])
        == 0
    )
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "o" / "design.json").read_text("utf-8"))


def test_the_spec_of_a_printed_design_is_read_back(call_file, tmp_path, capsys):
    run_command(["--call", call_file, "--json"])
    (tmp_path / "design.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert run_command(["--spec", str(tmp_path / "design.json")]) == 0
    assert "order 4" in capsys.readouterr().out


def test_what_is_missing_is_asked_for(tmp_path, capsys):
    (tmp_path / "c.json").write_text(json.dumps({"band": "LPF", "edge": "1 MHz"}))
    assert run_command(["--call", str(tmp_path / "c.json")]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("Question")


def test_text_from_a_user_cannot_steer_the_terminal(tmp_path, capsys):
    (tmp_path / "c.json").write_text(
        json.dumps({"band": "\x1b[31mLPF\u202e", "edge": "<b>1</b>\n2"})
    )
    assert run_command(["--call", str(tmp_path / "c.json")]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text and "\u202e" not in text and r"\x1b[31mLPF" in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "empty file"), ("[]", "expected a JSON object"), ("{", "not JSON"),
     ('{"filter_band": "lowpass", "fc": true}', "fc is True, expected a number"),
     ('{"edge": "1 MHz"}', "is not a specification")],
)  # fmt: skip
def test_a_bad_file_is_one_line_and_exit_code_1(tmp_path, capsys, content, reason):
    path = tmp_path / "spec.json"
    path.write_text(content, encoding="utf-8")
    assert run_command(["--spec", str(path)]) == 1
    said = capsys.readouterr().err
    assert reason in said and said.count("\n") == 1 and str(path) in said


@pytest.mark.parametrize(
    "arguments",
    [[], ["text", "--spec", "x.json"], ["--order", "five"], ["--topology", "gamma"],
     ["--e-series", "48"], ["--batch", "x.jsonl"], ["--brew"]],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    assert run_command(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_without_a_model_one_line_says_how_to_do_without(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("RF_DESIGN_MODEL", str(tmp_path / "none"))
    assert run_command(["LPF 1 MHz"]) == 1
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder_is_one_line(call_file, tmp_path, capsys):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert run_command(["--call", call_file, "--out", str(locked / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_in_place_of_the_folder_is_one_line(call_file, tmp_path, capsys):
    assert run_command(["--call", call_file, "--out", call_file]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_help_imports_neither_numpy_nor_matplotlib():
    code = (
        "import sys; from rf_design.cli import run_command; run_command(['--help']); "
        "print({'numpy', 'matplotlib', 'rf_synth'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "set()"
    assert "rf-design prepare" in run.stdout


def test_a_batch_answers_in_order_with_parts(tmp_path):
    lines = [
        {"id": "a", "call": CALL},
        {
            "id": 2,
            "spec": {"filter_type": "butterworth", "filter_band": "lowpass", "fc": 1e6, "order": 3},
        },
        {"id": "c", "call": {"band": "LPF"}},
        {"id": "d", "call": {"edge": 5}},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = tmp_path / "out.jsonl"
    assert run_command(["--batch", str(tmp_path / "in.jsonl"), "--out", str(out)]) == 0
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    for line in found:
        jsonschema.validate(line, BATCH_SCHEMA)
    assert [line["id"] for line in found] == ["a", 2, "c", "d"]
    assert [line["result"]["status"] for line in found] == [
        "designed",
        "designed",
        "incomplete",
        "outside",
    ]
    assert found[0]["result"]["pass"] and len(found[0]["result"]["elements"]) == 8
    assert found[0]["result"]["elements"] == design(CALL).to_json()["elements"]
    assert found[1]["call"] is None and len(found[1]["result"]["elements"]) == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [("{}", "id is missing"), ('{"id": 1}', "expected one of request, call, spec"),
     ('{"id": 1, "request": "LPF 1 MHz", "call": {"edge": "2 MHz"}}', "expected one of request"),
     ('{"id": 1, "request": []}', "request is neither"),
     ('{"id": 1, "call": "x"}', "not an object"),
     ('{"id": 1, "spec": {"filter_band": "lowpass", "Q": 1}}', "'Q' is not a key"),
     ("{", "not JSON")],
)  # fmt: skip
def test_a_bad_line_stops_a_batch_before_anything_is_written(tmp_path, capsys, line, reason):
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": 0, "call": CALL}) + f"\n{line}\n")
    out = tmp_path / "out.jsonl"
    assert run_command(["--batch", str(tmp_path / "in.jsonl"), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert reason in said and "in.jsonl:2:" in said and said.count("\n") == 1
    assert not out.exists()


def test_a_batch_never_replaces_its_own_requests(tmp_path, capsys):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"id": 0, "call": CALL}) + "\n")
    assert run_command(["--batch", str(path), "--out", str(path)]) == 1
    assert "expected another one" in capsys.readouterr().err
    assert json.loads(path.read_text())["call"] == CALL


def test_a_question_at_a_terminal_goes_on_with_the_answer(monkeypatch):
    """The answer becomes the next turn of the conversation; recorded answers stand for a model."""
    first = {"band": "LPF", "edge": "1 MHz", "stop1": "2 MHz", "att": "40 dB"}

    class Recorded:
        def answer_many(self, conversations):
            more = {"ripple": "0.1 dB"} if len(conversations[0]) > 2 else {}
            return [json.dumps({"name": "design_filter", "arguments": {**first, **more}})]

    monkeypatch.setattr("rf_design.reading.model.prepare_model", lambda *_: None)
    monkeypatch.setattr("rf_design.reading.model._loaded", lambda *_: Recorded())
    monkeypatch.setattr("rf_design.cli.design._at_a_terminal", lambda: True)
    run = CliRunner().invoke(command, ["LPF 1 MHz, 40 dB at 2 MHz"], input="ripple 0.1 dB\n")
    assert run.exit_code == 0
    assert re.search(r"Question .*ripple", run.output) and "order 6" in run.output


def test_a_report_and_its_errors_follow_the_request_unless_told_otherwise(tmp_path, capsys):
    path = tmp_path / "call.json"
    path.write_text(
        json.dumps({"band": "低通", "edge": "30 MHz", "ripple": "0.1 dB", "order": "4"})
    )
    assert run_command(["--call", str(path)]) == 0
    report = capsys.readouterr().out
    assert "切比雪夫低通，波纹 0.1 dB，4 阶" in report and "ohm" not in report
    assert run_command(["--call", str(path), "--lang", "en"]) == 0
    assert "Chebyshev low-pass" in capsys.readouterr().out
    for arguments, line in (
        (["--call", str(path), "--order", "500", "--lang", "zh"], "阶数 500 超出范围"),
        (["--spec", str(path), "--lang", "zh"], "不是指标文件"),
        (["低通 1 MHz", "--model", str(tmp_path / "none")], "没有这个文件夹"),
        (["低通 1 MHz", "--model", str(tmp_path / "none"), "--lang", "en"], "no such folder"),
        (["LPF 1 MHz", "--q-l", "0", "--lang", "zh"], "q_l 为 0，应大于 0"),
    ):
        assert run_command(arguments) == 1
        said = capsys.readouterr().err
        assert line in said and said.count("\n") == 1


def test_every_word_of_a_chinese_report_is_chinese():
    """But for names, units, options and what the request says."""
    options = Options(e_series=24, q_l=80, q_c=300, tolerance=0.05, samples=20)
    names = {
        "BPF", "GHz", "MHz", "dB", "pF", "fF", "nH", "pH", "Pi", "Tee", "N", "n", "E24", "E96",
        "Q", "Qe", "Q_L", "Q_C", "L", "C", "LC", "G", "M", "design.json", "--out", "--order",
        "--e-series",
    }  # fmt: skip
    text = render(design(CALL, options, lang="zh"))
    words = re.findall(r"-{0,2}[A-Za-z][\w.-]*", text)
    assert {word.rstrip("0123456789") for word in words} <= names | {"k", "E", "fF", "Q_L"}
    assert not re.findall(r"[\u4e00-\u9fff][,;(]|[,;)][\u4e00-\u9fff]", text)
