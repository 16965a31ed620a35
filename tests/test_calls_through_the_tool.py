"""From a request to its score through the real solver: `--tool "rf-synth solve --calls -"`."""

import json
import random
import shlex
import sys

import pytest
from rf_eval.cli import run_command as run
from rf_eval.filters.design import Design
from rf_eval.filters.measure import measure
from rf_eval.filters.result import read_result
from rf_synth import solve_call

TOOL = shlex.join([sys.executable, "-m", "rf_synth", "solve", "--calls", "-"])
TYPES = {"designed": "full", "incomplete": "followup_question", "outside": "outside"}

CALLS = [
    {"family": "Chebyshev", "f1": "824 MHz", "f2": "849 MHz", "return_loss": "18 dB",
     "stop1": "869 MHz", "att1": "32 dB"},
    {"family": "切比雪夫", "band": "带通", "center": "70MHz", "width": "18MHz", "ripple": "0.1 dB",
     "offset1": "±30 MHz", "att": "50 dBc"},
    {"band": "BPF", "center": "2.4GHz", "fbw": "5%", "edge_db": "3 dB", "ripple": "0.5 dB",
     "stop1": "2.2 GHz", "att1": "40 dB", "stop2": "2.7 GHz", "att2": "60 dB"},
    {"family": "Butterworth", "band": "LPF", "edge": "10 kHz", "edge_db": "3 dB",
     "multiple1": "second harmonic", "att1": "40 dB"},
    {"family": "Butterworth", "band": "highpass", "edge": "2π×10000 rad/s", "ripple": "1 dB",
     "stop1": "4 kHz", "att": "30 dB"},
    {"band": "notch", "f1": "800 Hz", "f2": "1400 Hz", "ripple": "0.5 dB", "stop1": "900 Hz",
     "stop2": "1150 Hz", "att": "40 dB"},
    {"band": "low-pass", "edge": "1.8 GHz", "edge_db": "3 dB", "vswr": "1.2:1", "stop1": "2.4 GHz",
     "att1": "35 dB", "stop2": "3.6 GHz", "att2": "70 dB"},
    {"band": "HPF", "edge": "620 MHz", "ripple": "0.1 dB", "order": "5"},
    {"band": "LPF", "edge": "1 kHz", "att": "32 dB", "stop1": "2 kHz"},
    {"band": "BPF", "center": "1 GHz", "ripple": "0.1 dB"},
    {"other": "diplexer"},
    {"family": "elliptic", "band": "LPF", "edge": "1 MHz", "ripple": "0.1 dB"},
]  # fmt: skip


def record(number, call):
    result = solve_call(call)
    text = f"Request {number}: " + ", ".join(call.values())
    answer = json.dumps({"name": "design_filter", "arguments": call}, ensure_ascii=False)
    messages = [
        {"role": "system", "content": "Read the request."},
        {"role": "user", "content": text},
        {"role": "assistant", "content": f"<tool_call>\n{answer}\n</tool_call>"},
    ]
    band = result["spec"].get("filter_band") or "lowpass"
    meta = {"type": TYPES[result["status"]], "band": band, "lang": "en", "call": call}
    meta |= {"missing": result.get("missing", []), "result": result, "answer_style": "tool-call"}
    return {"id": f"c-{number:02d}", "messages": messages, "meta": meta}


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data" / "test.jsonl"
    path.parent.mkdir()
    lines = [json.dumps(record(n, call), ensure_ascii=False) + "\n" for n, call in enumerate(CALLS)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def overall(folder):
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))["metrics"]
    return {row["metric"]: row for row in rows if not row["group"]}


def test_right_calls_score_full_marks(data, tmp_path):
    out = tmp_path / "o"
    arguments = ["generate", "--data", str(data), "--backend", "reference", "--tool", TOOL]
    assert run([*arguments, "--out", str(out)]) == 0
    assert run(["score", str(out), "--data", str(data)]) == 0
    found = overall(out)
    for name in (
        "call_valid",
        "reading",
        "status",
        "declined",
        "order",
        "meets_spec",
        "asked_exactly",
    ):
        assert found[name]["value"] == 1, name
    assert found["minimal_order"]["value"] == 1 and found["minimal_order"]["n"] == 7
    assert found["wrong_design"]["value"] == 0 and found["wrong_design"]["n"] == len(CALLS)
    assert run(["check", str(out / "predictions.jsonl")]) == 0


def test_a_digit_read_wrong_is_a_wrong_design(data, tmp_path):
    """A stop edge misread gives a confident filter that nobody asked for; the metrics say so."""
    out = tmp_path / "o"
    arguments = ["generate", "--data", str(data), "--backend", "reference", "--out", str(out)]
    assert run(arguments) == 0
    answers = out / "predictions.jsonl"
    text = answers.read_text(encoding="utf-8")
    answers.write_text(text.replace('\\"stop1\\": \\"869 MHz', '\\"stop1\\": \\"896 MHz'), "utf-8")
    read = tmp_path / "read"
    arguments = ["generate", "--data", str(data), "--backend", "replay", "--file", str(answers)]
    assert run([*arguments, "--tool", TOOL, "--out", str(read)]) == 0
    assert run(["score", str(read), "--data", str(data)]) == 0
    found = overall(read)
    assert found["wrong_design"]["successes"] == 1
    assert found["reading_slots"]["labels"] == {"stop wrong": 1}
    assert found["reading"]["successes"] == len(CALLS) - 1
    assert found["meets_spec"]["successes"] == found["meets_spec"]["n"] - 1


def random_call(rng):
    """A call in Hz and dB of any designable kind."""
    band = rng.choice(["LPF", "HPF", "BPF", "notch"])
    call = {"family": rng.choice(["Chebyshev", "Butterworth"]), "band": band}
    base = rng.randint(200, 900)
    wide, wider = base * rng.randint(110, 160) // 100, base * rng.randint(170, 300) // 100
    if band == "LPF":
        call |= {"edge": f"{base} MHz", "stop1": f"{wide} MHz", "stop2": f"{wider} MHz"}
    elif band == "HPF":
        call |= {"edge": f"{wider} MHz", "stop1": f"{wide} MHz", "stop2": f"{base} MHz"}
    else:
        inner = (f"{wide} MHz", f"{wide + base // 5} MHz")
        outer = (f"{base} MHz", f"{wider + base} MHz")
        passed, stopped = (inner, outer) if band == "BPF" else (outer, inner)
        call |= {"f1": passed[0], "f2": passed[1], "stop1": stopped[0], "stop2": stopped[1]}
    if rng.random() < 0.3:
        call["edge_db"] = "3 dB"
    call["ripple"] = f"{rng.choice([0.01, 0.1, 0.5, 1])} dB"
    return call | {"att1": f"{rng.randint(15, 45)} dB", "att2": f"{rng.randint(15, 60)} dB"}


def test_the_simulated_ladder_agrees_with_the_solver_s_proof():
    """Two ways to the same loss: the solver's closed form, and a ladder that knows no formula."""
    rng = random.Random(18)
    seen = set()
    for _ in range(150):
        call = random_call(rng)
        result = solve_call(call)
        if result["status"] != "designed" or result["order"] > 25:
            continue
        design = read_result(result)
        assert isinstance(design, Design), (call, design)
        found, fewer = measure(design), measure(design.of_order(max(1, design.order - 1)))
        assert found.meets, (call, result, found)
        assert design.order == 1 or not fewer.meets, (call, result)
        margins = [p["at_order"] - p["attenuation_db"] for p in result["proof"]]
        assert found.margin == pytest.approx(min(margins), abs=1e-4), (call, result)
        seen.add((call["family"], call["band"], "edge_db" in call))
    assert len(seen) == 16
