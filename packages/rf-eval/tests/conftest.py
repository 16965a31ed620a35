"""Small data sets made on the spot, with orders from the textbook formula."""

import json
import math
import random

import pytest

SYSTEM = {"role": "system", "content": "Answer with one JSON object; ask for what is missing."}


def exact_order(spec):
    """n of design rule: acosh K / acosh of the worst edge's normalised frequency."""
    k = math.sqrt(
        math.expm1(spec["La_target"] * math.log(10) / 10)
        / math.expm1(spec["ripple_db"] * math.log(10) / 10)
    )
    if spec["filter_band"] == "lowpass":
        omega = spec["fs"] / spec["fc"]
    elif spec["filter_band"] == "highpass":
        omega = spec["fc"] / spec["fs"]
    else:
        f1 = spec["f_center"] - spec["bandwidth"] / 2
        f2 = spec["f_center"] + spec["bandwidth"] / 2
        omega = min(
            abs(f * f - f1 * f2) / (f * spec["bandwidth"])
            for f in (spec["fs_lower"], spec["fs_upper"])
        )
    return math.acosh(k) / math.acosh(omega)


def make_answer(rng, band=None):
    """A complete answer whose exact order is not too close to an integer."""
    while True:
        kind = band or rng.choice(["lowpass", "highpass", "bandpass"])
        spec = {"filter_type": "chebyshev", "filter_band": kind}
        spec["ripple_db"] = rng.choice([0.01, 0.1, 0.5, 1.0])
        base = rng.randint(100, 999) * 10 ** rng.randint(4, 7)
        if kind == "bandpass":
            width = base // rng.randint(4, 20)
            spec |= {"f_center": base, "bandwidth": width}
            spec |= {"fs_lower": base - width, "fs_upper": base + width + width // 4}
        else:
            other = base * 3 // 2 if kind == "lowpass" else base * 2 // 3
            spec |= {"fc": base, "fs": other}
        spec |= {"R0": rng.choice([50, 75]), "La_target": rng.randint(20, 60)}
        n = exact_order(spec)
        if abs(n - round(n)) > 1e-3:
            return spec | {"order": math.ceil(n)}


def make_record(identity, answer, kind="full", lang="zh", missing=()):
    n = exact_order(answer)
    spec = {key: value for key, value in answer.items() if key != "order"}
    asked = {"zh": "请提供端口阻抗。", "en": "Please provide the port impedance."}[lang]
    user = {
        "role": "user",
        "content": f"设计滤波器 {json.dumps(spec)}" if lang == "zh" else "Design",
    }
    final = {"role": "assistant", "content": json.dumps(answer)}
    messages = [SYSTEM, user, final]
    if kind == "followup_question":
        messages = [SYSTEM, user, {"role": "assistant", "content": asked}]
    elif kind == "followup_resolve":
        reply = [{"role": "assistant", "content": asked}, {"role": "user", "content": "50Ω"}]
        messages = [SYSTEM, user, *reply, final]
    meta = {
        "type": kind,
        "band": answer["filter_band"],
        "lang": lang,
        "missing": list(missing),
        "answer_style": "json",
        "spec": spec,
        "order": answer["order"],
        "margin": abs(n - round(n)),
    }
    return {"id": identity, "messages": messages, "meta": meta}


def make_records(n=24, seed=0):
    rng = random.Random(seed)
    records = []
    for i in range(n):
        kind = ("full", "full", "full", "followup_question", "followup_resolve", "full")[i % 6]
        missing = () if kind == "full" else ("R0",)
        answer = make_answer(rng, ("lowpass", "highpass", "bandpass")[i % 3])
        records.append(make_record(f"s-{i:03d}", answer, kind, ("zh", "en")[i % 2], missing))
    return records


def write_lines(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.fixture(scope="session")
def helpers():
    """The functions of this module, since test modules cannot import one another."""
    import types

    return types.SimpleNamespace(
        exact_order=exact_order,
        make_answer=make_answer,
        make_record=make_record,
        make_records=make_records,
        write_lines=write_lines,
    )


@pytest.fixture
def data_file(tmp_path):
    """A test.jsonl of 24 samples of all types and bands."""
    return write_lines(tmp_path / "data" / "test.jsonl", make_records())


CALL_SYSTEM = {"role": "system", "content": "Read the request and answer with one call."}
CALL_TOOL = r'''
"""Designs low-passes from calls in MHz and dB, and nothing else; enough for a test."""
import json, math, sys

def number(text):
    return float(text.split()[0])

def solve(call):
    if "other" in call:
        reply = {"en": f"{call['other']} is another task.", "zh": "不在范围内。"}
        return {"status": "outside", "reason_code": "diplexer", "reply": reply}
    spec = {"filter_type": "chebyshev", "filter_band": "lowpass", "R0": 50}
    if "ripple" not in call:
        reply = {"en": "What ripple may the pass band have?", "zh": "通带纹波是多少？"}
        return {"status": "incomplete", "missing": ["ripple_db"], "spec": spec, "reply": reply}
    ripple, fc = number(call["ripple"]), number(call["edge"]) * 1e6
    fs, la = number(call["stop1"]) * 1e6, number(call.get("att") or call["att1"])
    k = math.sqrt((10 ** (la / 10) - 1) / (10 ** (ripple / 10) - 1))
    n = math.acosh(k) / math.acosh(fs / fc)
    spec |= {"ripple_db": ripple, "fc": fc, "stop_points": [{"f": fs, "attenuation_db": la}]}
    return {"status": "designed", "spec": spec, "order": math.ceil(n), "n_exact": n,
            "assumed": ["R0"], "reply": {"en": f"Order {math.ceil(n)}.", "zh": "好"}}

for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"id": question["id"], **solve(question["arguments"])}), flush=True)
'''
FULL = {"band": "LPF", "edge": "100 MHz", "ripple": "0.1 dB", "stop1": "200 MHz", "att": "40 dB"}
GAP = {key: value for key, value in FULL.items() if key != "ripple"}
OUTSIDE = {"other": "diplexer"}


def hermes(arguments):
    call = {"name": "design_filter", "arguments": arguments}
    return f"<tool_call>{json.dumps(call, ensure_ascii=False)}</tool_call>"


@pytest.fixture
def call_tool(tmp_path):
    """The words of a command that answers calls."""
    import sys

    path = tmp_path / "designer.py"
    path.write_text(CALL_TOOL, encoding="utf-8")
    return [sys.executable, str(path)]


@pytest.fixture
def call_data(call_tool, tmp_path):
    """A test.jsonl in style tool-call: two full, two gaps, two outside, one dialogue."""
    from rf_eval.tools import Tool

    calls = [FULL, GAP, OUTSIDE, FULL | {"stop1": "150 MHz"}, GAP | {"att": "60 dB"}, OUTSIDE]
    types = ("full", "followup_question", "outside") * 2
    with Tool(call_tool) as tool:
        results = list(tool.answer([(str(i), call) for i, call in enumerate([*calls, FULL])]))
    records = []
    for i, (call, kind) in enumerate(zip(calls, types, strict=True)):
        text = f"Hello, no. {i}: " + ", ".join(f"{k} {v}" for k, v in call.items())
        messages = [CALL_SYSTEM, {"role": "user", "content": text}]
        records.append(_call_record(f"c-{i:03d}", messages, kind, call, results[i]))
    question = {"role": "assistant", "content": results[1]["reply"]["en"]}
    messages = [CALL_SYSTEM, {"role": "user", "content": "An LPF: 100 MHz edge, 40 dB at 200 MHz"}]
    messages += [question, {"role": "user", "content": "0.1 dB"}]
    dialogue = _call_record("c-006", messages, "followup_resolve", FULL, results[6])
    dialogue["meta"]["missing"] = ["ripple_db"]
    return write_lines(tmp_path / "calls" / "test.jsonl", [*records, dialogue])


def _call_record(identity, messages, kind, call, result):
    meta = {"type": kind, "band": "lowpass", "lang": "en", "voice": "student", "form": "chat"}
    meta |= {"missing": result.get("missing", []), "answer_style": "tool-call"}
    meta |= {"call": call, "result": result}
    answer = {"role": "assistant", "content": hermes(call)}
    return {"id": identity, "messages": [*messages, answer], "meta": meta}
