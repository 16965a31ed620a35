"""The published chain, rehearsed: the very recipes of recipes/qwen3-8b-rf, with a small model.

Only the model's path and sizes are changed. The tokenizer is the official one.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "recipes" / "qwen3-8b-rf"
PUBLISHED_MODEL = "Qwen/Qwen3-8B"
SMALL_DATA = "--count train=24 --count val=4 --count test=24 --count test_ood=8".split()
SMALLER = {
    "train.yaml": {
        "gradient_accumulation_steps": 4,
        "max_steps": 2,
        "save_steps": 1,
        "logging_steps": 1,
    },
    "eval.yaml": {"n": 6, "max_new_tokens": 6},
    "inference.yaml": {"max_new_tokens": 6},
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("RF_QWEN3_TOKENIZER"),
        reason="RF_QWEN3_TOKENIZER names no folder with the official tokenizer",
    ),
]


def command(folder: Path, *words: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        **options,
    )


def make_model(folder: Path) -> None:
    """A Qwen3 of two narrow layers with random weights, vocabulary and tokenizer in full size."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    config = AutoConfig.for_model(
        "qwen3",
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        vocab_size=151936,
        tie_word_embeddings=False,
        bos_token_id=151643,
        eos_token_id=151645,
    )
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(os.environ["RF_QWEN3_TOKENIZER"]).save_pretrained(folder)


def make_recipes(folder: Path, model: str) -> None:
    """The published recipes with another model path and smaller sizes."""
    shutil.copytree(RECIPES, folder)
    for path in folder.glob("*.yaml"):
        text = path.read_text(encoding="utf-8").replace(PUBLISHED_MODEL, model)
        content = yaml.safe_load(text) | SMALLER.get(path.name, {})
        if path.name == "pipeline.yaml":
            content["stages"][0]["run"] += SMALL_DATA
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """A folder in which the whole chain has run."""
    folder = tmp_path_factory.mktemp("rehearsal")
    make_model(folder / "small-qwen3")
    make_recipes(folder / "qwen3-8b-rf", "small-qwen3")
    outcome = command(folder, str(ROOT / "pipeline.py"), "qwen3-8b-rf")
    assert outcome.returncode == 0, outcome.stderr + outcome.stdout[-3000:]
    return folder


def read(folder: Path, name: str) -> dict:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_every_stage_leaves_what_the_next_one_reads(rehearsed):
    run = read(rehearsed, "runs/qwen3-8b-rf/run.json")
    assert run["truth"]["quantised_linears"] == 2 * 7
    assert run["rendering"]["template"] == "qwen3"
    assert len(run["rendering"]["system_prompts"]) == 2  # Chinese and English
    assert list((rehearsed / "runs/qwen3-8b-rf-merged").glob("*.safetensors"))
    comparison = read(rehearsed, "results/qwen3-8b-rf/baseline_comparison.json")
    assert (comparison["baseline"], comparison["candidate"]) == ("base", "tuned")
    drawn = {path.stem for path in (rehearsed / "paper_materials/qwen3-8b-rf").glob("*.pdf")}
    assert {"training_loss_curve", "baseline_comparison", "order_accuracy_by_band"} <= drawn
    assert (rehearsed / "results/qwen3-8b-rf/report.html").stat().st_size > 10_000


def test_a_second_run_has_nothing_to_do_but_the_report(rehearsed):
    again = command(rehearsed, str(ROOT / "pipeline.py"), "qwen3-8b-rf")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("unchanged, skipped") == 6


def test_the_merged_model_talks_as_it_was_evaluated(rehearsed):
    """The prediction of a test question in conversation is the evaluation's own, and scores."""
    lines = (rehearsed / "results/qwen3-8b-rf/tuned/predictions.jsonl").read_text(encoding="utf-8")
    expected = next(line for line in map(json.loads, lines.splitlines()) if line["turn"] == 1)
    question = expected["messages"][-1]["content"]
    talked = rehearsed / "talked" / "predictions.jsonl"
    outcome = command(
        rehearsed, "-m", "rf_train", "chat", "qwen3-8b-rf/inference.yaml", "--once", "-",
        "--jsonl", str(talked), "--id", expected["id"], input=question,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    found = json.loads(talked.read_text(encoding="utf-8"))
    assert found == expected
    scored = command(
        rehearsed, "-m", "rf_eval", "score", str(talked), "--data", "data/qwen3-8b-rf/test.jsonl",
        "--partial", "--metric", "json_strict",
    )  # fmt: skip
    assert scored.returncode == 0, scored.stderr
    assert read(talked.parent, "results.json")
