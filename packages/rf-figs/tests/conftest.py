"""Hand-made files on the contract: small, written by a person for these tests, no measurement."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BANDS = ("lowpass", "bandpass", "highpass")
LANGS = ("zh", "en", "mix")
STEPS = ("a", "b", "k", "t")


def _write_lines(path: Path, records: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text(lines, encoding="utf-8")


def _write(path: Path, record: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")


def spec_of(band: str) -> dict:
    """A filter that is easy to check by hand; its minimum order is 5 (low, high) or 4 (band)."""
    common = {"filter_type": "chebyshev", "filter_band": band, "ripple_db": 0.1}
    ends = {"R0": 50, "La_target": 40}
    if band == "bandpass":
        edges = {"f_center": 2.4e9, "bandwidth": 2e8, "fs_lower": 2.15e9, "fs_upper": 2.65e9}
    else:
        fc, fs = (1e9, 2e9) if band == "lowpass" else (2e9, 1e9)
        edges = {"fc": fc, "fs": fs}
    return {**common, **edges, **ends}


def handmade_samples(split: str, count: int) -> list[dict]:
    """Records of a data set: types, bands and languages in turn."""
    records = []
    for k in range(count):
        band, lang = BANDS[k % 3], LANGS[k // 3 % 3]
        kind = ("full", "full", "full", "followup_question", "followup_resolve")[k % 5]
        asks = kind == "followup_question"
        order = None if asks else 2 + k % 7
        answer = "请给出端口阻抗。" if asks else json.dumps({**spec_of(band), "order": order})
        meta = {
            "type": kind, "band": band, "lang": lang, "phrasing": "handmade", "spec": spec_of(band),
            "order": order, "n_exact": None if asks else order - 0.3,
            "margin": None if asks else (k % 10) / 20, "missing": ["R0"] if asks else [],
            "answer_style": "json",
        }  # fmt: skip
        messages = [{"role": "user", "content": "…"}, {"role": "assistant", "content": answer}]
        records.append({"id": f"{split}-{k:06}", "messages": messages, "meta": meta})
    return records


def handmade_log(steps: int) -> list[dict]:
    """A falling loss with a bump, cosine-free: numbers a reader can follow."""
    return [
        {
            "current_steps": k, "total_steps": steps, "loss": 2.0 / k + 0.3 + 0.05 * (k % 3),
            "lr": 1e-4 * min(k / 4, 1 - k / (2 * steps)), "epoch": 2 * k / steps,
            "percentage": 100 * k / steps, "grad_norm": 1.0, "tokens_per_second": 500.0,
        }
        for k in range(1, steps + 1)
    ]  # fmt: skip


def handmade_row(metric: str, right: int, n: int, **group: str) -> dict:
    """A row of results.json; the interval is wide on purpose and no Wilson interval."""
    value = right / n
    return {
        "metric": metric, "statistic": "proportion", "group": group, "n": n, "value": value,
        "ci_low": max(0.0, value - 0.1), "ci_high": min(1.0, value + 0.05), "method": "wilson",
        "successes": right,
    }  # fmt: skip


def handmade_results(model: str, right: int) -> dict:
    """Results of a model that gets about `right` of 20 right."""
    rows = [
        handmade_row("json_strict", min(20, right + 3), 20),
        handmade_row("filter_type", min(20, right + 2), 20),
        handmade_row("filter_band", min(20, right + 2), 20),
        handmade_row("order", right, 20),
        handmade_row("keys_complete", min(20, right + 1), 20),
        handmade_row("meets_spec", right - 1, 20),
        handmade_row("asked", min(5, right), 5),
    ]
    for k, band in enumerate(BANDS):
        rows.append(handmade_row("order", max(0, right // 3 - k), 7 - k % 2, band=band))
    for k, label in enumerate(("<0.02", "0.02–0.1", "≥0.3")):
        rows.append(handmade_row("order", min(6, right // 3 + k), 7, margin=label))
    error = handmade_row("numeric_error.fc", 0, 20)
    rows.append({**error, "method": "bootstrap", "statistic": "median", "value": 0.001})
    return {"model": model, "data": {}, "metrics": rows}


def handmade_scores(model: str, samples: list[dict]) -> list[dict]:
    """A score per sample: errors in fixed patterns, worse for the model `base`."""
    poor = model == "base"
    records = []
    for k, sample in enumerate(samples):
        meta = sample["meta"]
        group = {key: meta[key] for key in ("type", "band", "lang")}
        metrics: dict[str, dict] = {}
        if meta["order"] is None:
            metrics["order_error"] = {"value": None, "status": "not_applicable", "why": "asks"}
        elif poor and k % 3 == 0:
            metrics["order_error"] = {"value": None, "status": "parse_error", "why": "no JSON"}
            metrics["order"] = {"value": 0, "status": "parse_error", "why": "no JSON"}
        else:
            off = (k % 4) - 1 if poor else int(k % 8 == 1)
            metrics["order_error"] = {"value": off, "status": "ok", "why": ""}
            metrics["order"] = {"value": int(off == 0), "status": "ok", "why": ""}
            metrics["meets_spec"] = {"value": int(off >= 0), "status": "ok", "why": ""}
            for name in ("fc", "ripple_db") if meta["band"] != "bandpass" else ("bandwidth",):
                error = 0.0 if k % 2 else 10.0 ** -(1 + k % 5)
                metrics[f"numeric_error.{name}"] = {"value": error, "status": "ok", "why": ""}
            wrong = STEPS[k % 4] if off else None
            metrics["derivation_steps"] = {
                "value": 0.5 if off else 1.0, "status": "ok", "why": "", "label": wrong,
            }  # fmt: skip
        metrics |= handmade_reading(k, poor, meta)
        records.append({"id": sample["id"], "group": group, "metrics": metrics})
    return records


def handmade_reading(k: int, poor: bool, meta: dict) -> dict[str, dict]:
    """What a call would have come to: expected and found status, and the first wrong argument."""
    expected = ("designed", "incomplete", "outside")[0 if meta["order"] else 1 + k % 2]
    found = ("designed", "none", expected, expected)[k % 4] if poor else expected
    wrong = (None, "att wrong", "stop missing", None, "z0 invented", "call unread")[k % 6]
    wrong = wrong if poor or k % 12 == 1 else None
    return {
        "status": {"value": int(found == expected), "status": "ok", "why": "",
                   "label": f"{expected} → {found}"},
        "reading_slots": {"value": 0.8 if wrong else 1.0, "status": "ok", "why": ""}
        | ({"label": wrong} if wrong else {}),
    }  # fmt: skip


def handmade_comparison() -> dict:
    """Paired rows of the two hand-made models."""
    pair = {"group": {}, "n": 20, "baseline": 0.3, "candidate": 0.8, "method": "newcombe"}
    ends = {"difference": 0.5, "ci_low": 0.2, "ci_high": 0.7, "p_value": 0.0005}
    paired = [{"metric": m, **pair, **ends} for m in ("json_strict", "order", "meets_spec")]
    paired[2]["p_value"] = 0.0352
    return {"baseline": "base", "candidate": "tuned", "results": {}, "paired": paired}


def write_everything(root: Path) -> Path:
    """Lays out a data set, a run and results of two models under `root`, as the commands do."""
    tests = handmade_samples("test", 40)
    for split, count in (("train", 90), ("val", 20)):
        _write_lines(root / "data" / f"{split}.jsonl", handmade_samples(split, count))
    _write_lines(root / "data" / "test.jsonl", tests)
    _write_lines(root / "run" / "trainer_log.jsonl", handmade_log(24))
    _write(root / "run" / "run.json", HANDMADE_RUN)
    _write(root / "run" / "train_results.json", {"train_loss": 0.51, "train_runtime": 312.0})
    for model, right in (("base", 6), ("tuned", 17)):
        folder = root / "results" / model
        _write(folder / "results.json", handmade_results(model, right))
        _write_lines(folder / "scores.jsonl", handmade_scores(model, tests))
        completions = [
            {"id": s["id"], "turn": 1, "completion": s["messages"][-1]["content"]} for s in tests
        ]
        _write_lines(folder / "predictions.jsonl", completions)
    _write(root / "results" / "baseline_comparison.json", handmade_comparison())
    return root


HANDMADE_RUN = {
    "model": {"name_or_path": "embedded:Tiny-1M", "parameters": 1_000_000},
    "rendering": {"template": "chatml"},
    "recipe": {
        "finetuning_type": "lora", "lora_rank": 8, "lora_alpha": 16, "lora_target": ["q_proj"],
        "learning_rate": 1e-4, "lr_scheduler_type": "cosine", "warmup_ratio": 0.05, "seed": 42,
    },
    "truth": {"trainable_parameters": 4096, "quantised_linears": 14},
    "data": {"name": "handmade", "samples": 90},
}  # fmt: skip


@pytest.fixture
def handmade(tmp_path: Path) -> Path:
    """A folder with everything that the figures read, hand-made, for one test to change."""
    return write_everything(tmp_path / "handmade")


@pytest.fixture(scope="session")
def handmade_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same folder, shared by the tests that only read it."""
    return write_everything(tmp_path_factory.mktemp("handmade"))


@pytest.fixture(scope="session")
def rendered(handmade_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All figures of the hand-made files in both languages, drawn once by the command."""
    out = tmp_path_factory.mktemp("rendered") / "figures"
    command = [sys.executable, "-m", "rf_figs", "render", "--inputs", ".", "--out", str(out)]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run([*command, "--jobs", "2"], check=True, cwd=handmade_once, env=environment)
    return out
