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
