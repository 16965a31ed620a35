"""`rf-eval check`: verdicts, margins, minimum orders and the drawn response."""

import io
import json
import random
import xml.etree.ElementTree as ET

import pytest
from rf_eval.cli import run_command as run

LOW = {
    "filter_type": "chebyshev", "filter_band": "lowpass", "ripple_db": 0.1,
    "fc": 1e9, "fs": 1.5e9, "R0": 50, "La_target": 40, "order": 8,
}  # fmt: skip


def check(tmp_path, capsys, text, *options):
    file = tmp_path / "answers.jsonl"
    file.write_text(text, encoding="utf-8")
    code = run(["check", str(file), *options])
    return code, capsys.readouterr()


def test_verdicts_margins_and_minimum_orders(helpers, tmp_path, capsys):
    rng = random.Random(8)
    answers = [helpers.make_answer(rng) for _ in range(30)]
    for i, answer in enumerate(answers):
        answer["order"] += i % 3 - 1 if answer["order"] > 1 else 0
    text = "".join(json.dumps(answer) + "\n" for answer in answers)
    code, shown = check(tmp_path, capsys, text, "--json")
    found = [json.loads(line) for line in shown.out.splitlines()]
    assert len(found) == 30 and code == 1
    for answer, record in zip(answers, found, strict=True):
        least = -(-helpers.exact_order(answer) // 1)
        assert record["minimum_order"] == least
        assert record["meets_spec"] == (answer["order"] >= least) == (record["margin_db"] >= 0)
        assert record["attenuation_db"] - answer["La_target"] == pytest.approx(record["margin_db"])
    assert shown.err.startswith("rf-eval: ") and "do not meet" in shown.err


def test_one_object_over_many_lines_and_a_model_s_text(tmp_path, capsys):
    code, shown = check(tmp_path, capsys, json.dumps(LOW, indent=2))
    assert code == 0 and "yes" in shown.out
    code, shown = check(tmp_path, capsys, f"Here:\n```json\n{json.dumps(LOW)}\n```\n")
    assert code == 0 and "yes" in shown.out


def test_standard_input(monkeypatch, capsys):
    line = json.dumps(LOW | {"order": 9}).encode()
    # As it comes through a pipe of Windows: a byte order mark, and lines that end otherwise.
    for piped in (line + b"\n", b"\xef\xbb\xbf" + line + b"\r\n"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped)))
        assert run(["check"]) == 0
        assert "order 8 would do" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n")))
    assert run(["check"]) == 1
    assert capsys.readouterr().err == "rf-eval: <stdin>:1: not UTF-8 at byte 1\n"


def test_what_is_no_filter(tmp_path, capsys):
    code, shown = check(tmp_path, capsys, '{"order": 3}\n' + json.dumps(LOW) + "\n")
    assert code == 1 and "filter_band is not" in shown.out and "1 of 2 answers does" in shown.err
    code, shown = check(tmp_path, capsys, json.dumps(LOW) + "\n{oops\n")
    assert code == 1 and "answers.jsonl:2: not JSON" in shown.err
    code, shown = check(tmp_path, capsys, "")
    assert code == 1 and "empty" in shown.err


def test_separators_within_a_text_end_no_line(tmp_path, capsys):
    """Models write U+2028 and U+0085, which JSON allows in a string and Python counts as lines."""
    first = json.dumps(LOW | {"derivation": "n = 4.6\u2028so 5\u0085"}, ensure_ascii=False)
    code, shown = check(tmp_path, capsys, f"{first}\n{{oops\n")
    assert code == 1 and "answers.jsonl:2: not JSON" in shown.err


@pytest.mark.parametrize("band", ["lowpass", "highpass", "bandpass"])
def test_the_plot_is_a_curve_inside_its_frame(band, helpers, tmp_path, capsys):
    answer = helpers.make_answer(random.Random(2), band)
    plot = tmp_path / "s21.svg"
    code, _ = check(tmp_path, capsys, json.dumps(answer) + "\n", "--plot", str(plot))
    assert code == 0
    root = ET.fromstring(plot.read_text(encoding="utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    points = next(root.iter(f"{name}polyline")).get("points").split()
    places = [tuple(map(float, point.split(","))) for point in points]
    assert len(places) > 200
    assert all(0 <= x <= 640 and 0 <= y <= 720 for x, y in places)
    ticks = [t for t in root.iter(f"{name}text") if float(t.get("y")) > 320]
    rightmost = max(ticks, key=lambda t: float(t.get("x")))
    assert rightmost.get("text-anchor") == "end"  # a centred one would be cut off by the picture
    masks = [r for r in root.findall(f"{name}rect") if r.get("fill") == "#e4e4e4"]
    assert len(masks) == (3 if band == "bandpass" else 2)
    for mask in masks:  # the curve of a filter that meets its spec stays out of the mask
        x, y, w, h = (float(mask.get(k)) for k in ("x", "y", "width", "height"))
        inside = [p for p in places if x + 1 < p[0] < x + w - 1 and y + 1 < p[1] < y + h - 1]
        assert not inside


def test_our_own_files_are_recognised(data_file, call_data, call_tool, tmp_path, capsys):
    """Predictions and data sets: every filter in them is judged, and what is none is shown."""
    for data, options, filters, others in (
        (data_file, [], 20, 4),
        (call_data, ["--tool", " ".join(call_tool)], 3, 4),
    ):
        out = tmp_path / data.parent.name / "ref"
        generate = ["generate", "--data", str(data), "--backend", "reference", "--out", str(out)]
        assert run([*generate, *options]) == 0
        capsys.readouterr()
        assert run(["check", str(data)]) == 0
        said = capsys.readouterr()
        assert f"{others} of {filters + others} records state no filter" in said.err
        rows = said.out.splitlines()[2:]
        assert len(rows) == filters + others
        assert sum(" yes " in row for row in rows) == filters
        assert run(["check", str(out / "predictions.jsonl"), "--json"]) == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {record["meets_spec"] for record in found} == {True, None}
        assert all(record["judged"] == (record["meets_spec"] is not None) for record in found)


def test_results_and_sharegpt_dialogues_are_recognised(tmp_path, capsys):
    spec = {"filter_type": "butterworth", "filter_band": "lowpass", "edge_db": 3, "fc": 1000,
            "stop_points": [{"f": 2000, "attenuation_db": 32}], "R0": 50}  # fmt: skip
    result = {"id": "a", "status": "designed", "spec": spec, "order": 6}
    dialogue = [{"from": "human", "value": "…"}, {"from": "gpt", "value": json.dumps(LOW)}]
    records = [result, {"conversations": dialogue}, {"id": "b", "status": "outside"}]
    records += [{"instruction": "…", key: json.dumps(LOW)} for key in ("output", "answer")]
    text = "".join(json.dumps(record) + "\n" for record in records)
    code, shown = check(tmp_path, capsys, text)
    assert code == 0 and shown.out.count("yes") == 4 and "no filter: outside" in shown.out


def test_what_cannot_be_read_is_judged_wrong_and_what_is_prose_is_not(tmp_path, capsys):
    records = [
        {"id": "1", "completion": json.dumps(LOW)},
        {"id": "2", "completion": json.dumps(LOW)[:-5]},
        {"id": "3", "completion": json.dumps(LOW | {"order": "8"})},
        {"id": "4", "completion": "Which ripple?"},
        {"id": "5", "completion": '{"name": "design_filter", "arguments": {"q": "14"}}'},
    ]
    text = "".join(json.dumps(record) + "\n" for record in records)
    code, shown = check(tmp_path, capsys, text)
    assert code == 1
    assert "2 of 3 answers do not meet the specification (2 more state no filter)" in shown.err
    code, shown = check(tmp_path, capsys, json.dumps(records[3]) + "\n" + json.dumps(records[4]))
    assert code == 1 and "none of the 2 records states a filter" in shown.err
