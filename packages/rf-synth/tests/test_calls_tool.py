"""`rf-synth solve --calls` as used by another process, and lines that are not calls."""

import io
import json
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator
from rf_synth import solve_call
from rf_synth.calls.arguments import KEYS, MAX_WORDS, WORD_KEYS
from rf_synth.calls.quantities import MAX_TEXT
from rf_synth.calls.tool import MAX_LINE_BYTES, answer_stream
from rf_synth.cli import run_command
from rf_synth.schemas import load_schema

CALL = {
    "family": "Chebyshev",
    "band": "BPF",
    "f1": "824 MHz",
    "f2": "849 MHz",
    "ripple": "0.1 dB",
    "stop1": "869 MHz",
    "att1": "32 dB",
}
LINE = json.dumps(CALL).encode()


def answers(data):
    out = io.BytesIO()
    answer_stream(io.BufferedReader(io.BytesIO(data)), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_schema_and_the_solver_know_the_same_keys_and_lengths():
    properties = load_schema("call")["properties"]
    assert tuple(properties) == KEYS
    for key, schema in properties.items():
        assert schema["maxLength"] == (MAX_WORDS if key in WORD_KEYS else MAX_TEXT)
    for name in ("call", "result"):
        Draft202012Validator.check_schema(load_schema(name))


@pytest.mark.parametrize(
    "envelope",
    [
        {"arguments": CALL},
        {"name": "design_filter", "arguments": CALL},
        {"id": 7, "name": "design_filter", "arguments": json.dumps(CALL)},
        {"id": "call_1", "type": "function", "arguments": CALL},
    ],
)
def test_a_call_may_come_in_an_envelope_and_keeps_its_id(envelope):
    (answer,) = answers(json.dumps(envelope).encode() + b"\n")
    expected = solve_call(CALL)
    assert answer == ({"id": envelope["id"], **expected} if "id" in envelope else expected)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (LINE[:-20], "not a JSON object"),
        (b'{"band": "LPF", "band": "HPF"}', "duplicate"),
        (b"[" * 100_000, "not a JSON object"),
        (b'{"edge": ' * 5_000, "not a JSON object"),
        (b"[1, 2]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
        (b'{"edge": NaN}', "not a JSON object"),
        (b'{"edge": 1}', "edge holds a number"),
        (b'{"edge": ["1 GHz"]}', "edge holds a list"),
        (b'{"edge": {"value": "1 GHz"}}', "edge holds an object"),
        (b'{"edge": null}', "edge holds null"),
        (b'{"cutoff": "1 GHz"}', '"cutoff" is not a key'),
        (b'{"stop7": "1 GHz"}', '"stop7" is not a key'),
        (b'{"name": "web_search", "arguments": {}}', 'design_filter, not "web_search"'),
        (b'{"arguments": [1]}', "not an object"),
        (json.dumps({"edge": "1" * 1_000_000}).encode(), "1,000,000 characters"),
        (
            json.dumps({f"stop{i}": "1 GHz" for i in range(1, 10_001)}).encode(),
            '"stop7" is not a key',
        ),
        (json.dumps({"edge": "1 GHz" + " " * 90}).encode(), "at most 80"),
        (b'{"edge": "' + b"9" * (MAX_LINE_BYTES + 5) + b'"}', "more than 4,194,304 bytes"),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else "",
)
def test_a_line_that_is_not_a_call_is_answered_with_the_reason(line, says):
    broken, sound = answers(line + b"\n" + LINE + b"\n")
    assert (broken["status"], broken["reason_code"]) == ("outside", "unreadable")
    assert says in broken["reason"]["en"] and broken["reason"]["zh"]
    assert all(len(text) < 300 for text in broken["reply"].values())
    assert sound == solve_call(CALL)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"f1": "824 MHz and more"}, 'f1 "824 MHz and more"'),
        ({"att1": "32 dBm"}, 'att1 "32 dBm"'),
        ({"ripple": "small"}, 'ripple "small"'),
        ({"z0": "50 apples"}, 'z0 "50 apples"'),
        ({"f1": "-824 MHz"}, 'f1 "-824 MHz"'),
        ({"order": "many"}, 'order "many"'),
        ({"vswr": "good"}, 'vswr "good"'),
        ({"stop1": "\ud800\n\x1b[31m"}, "stop1"),
        ({"att1": "40 dB/octave"}, "is a slope"),
    ],
)
def test_an_unreadable_value_is_named_and_the_rest_is_kept(change, says):
    result = solve_call(CALL | change)
    assert (result["status"], result["reason_code"]) == ("outside", "unreadable")
    assert says in result["reason"]["en"]
    assert result["spec"]["filter_band"] == "bandpass"
    text = json.dumps(result, ensure_ascii=False)
    text.encode("utf-8")
    assert "\x1b" not in text


def test_values_that_are_not_known_yet_are_missing():
    for text in ("TBD", "", "待定", "n/a", "?"):
        assert solve_call(CALL | {"ripple": text})["missing"] == ["ripple_db"]


def test_strict_asks_for_the_impedance():
    assert solve_call(CALL)["assumed"] == ["R0"]
    result = solve_call(CALL, strict=True)
    assert result["missing"] == ["R0"] and "impedance" in result["question"]["en"]
    assert solve_call(CALL | {"z0": "50 ohm"}, strict=True)["status"] == "designed"


def test_each_line_is_answered_before_the_next_is_sent():
    command = [sys.executable, "-m", "rf_synth", "solve", "--calls", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for number in range(3):
            request = {"id": number, "arguments": CALL}
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert (answer["id"], answer["order"]) == (number, solve_call(CALL)["order"])
        process.stdin.close()
        assert process.wait(timeout=300) == 0


def test_the_command_answers_a_file_and_overwrites_nothing_else(tmp_path, capsys):
    calls, out = tmp_path / "calls.jsonl", tmp_path / "results.jsonl"
    calls.write_bytes(b"\xef\xbb\xbf" + LINE + b"\r\n\n{broken\n")
    assert run_command(["solve", "--calls", str(calls), "--out", str(out)]) == 0
    first, second = map(json.loads, out.read_text("utf-8").splitlines())
    assert first == solve_call(CALL) and second["reason_code"] == "unreadable"
    assert run_command(["solve", "--calls", str(calls), "--out", str(out)]) == 0
    assert "unchanged" in capsys.readouterr().out
    calls.write_bytes(LINE + b"\n")
    assert run_command(["solve", "--calls", str(calls), "--out", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    assert run_command(["solve", "--calls", str(calls), "--out", str(out), "--force"]) == 0
    assert len(out.read_text("utf-8").splitlines()) == 1
    assert run_command(["solve", "--calls", str(tmp_path / "none")]) == 1
    assert run_command(["solve", "--strict", str(calls)]) == 2
