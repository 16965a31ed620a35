"""Step time of QLoRA on a full-size Qwen3-8B for each way of cutting a step, on one GPU.

Every row is a run of the real command, `rf-train train`, on a recipe that differs only in how a
step is cut. Weights are random, made and quantised on the device layer by layer, so nothing is
downloaded; data are random words with the published run's shape: 16 samples per step, 362 tokens
on average, loss on about 100 of them; adapters r 8 on q_proj and v_proj.

    python benchmarks/train_qwen3_8b.py [--out FOLDER] [--only NAME]... [--model random:Qwen3-8B]

Prints the table and writes train_qwen3_8b.json into the folder (default: beside this script).
"""

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
SAMPLES, MEAN_TOKENS, MEAN_ANSWER = 16, 362, 100
GPU_PEAK = 788e12  # bf16 products of 8192 x 8192 matrices on the H200, FLOP/s

PUBLISHED = {
    "cut": "plain",
    "per_device_train_batch_size": 1,
    "gradient_accumulation_steps": 16,
    "resident_weights": False,
    "answer_logits_only": False,
    "torch_compile": False,
    "gradient_checkpointing": False,
}
ONE_BATCH = {"per_device_train_batch_size": 16, "gradient_accumulation_steps": 1}
SLOW = {"resident_weights": False, "torch_compile": False, "gradient_checkpointing": False}
# name: (steps, what the recipe says besides the common part)
CUTS = {
    "published: 16 x 1, recomputing": (3, {**PUBLISHED, "gradient_checkpointing": True}),
    "16 x 1": (3, PUBLISHED),
    "1 x 16 padded": (6, {**ONE_BATCH, **SLOW, "packing": False, "answer_logits_only": False}),
    "1 x 16 packed, logits of answers": (6, {**ONE_BATCH, **SLOW}),
    "the same, compiled": (10, {**ONE_BATCH, **SLOW, "torch_compile": True}),
    "as rf-train chooses": (40, {**ONE_BATCH, "torch_compile": True}),
    "as rf-train chooses in 24 GB": (10, {**ONE_BATCH, "torch_compile": True, "memory_gb": 22.0}),
}
LAYERS_COMPARED = 4  # the loss comparison runs on so many of the 36 layers


def write_inputs(folder: Path, count: int = 1600, words: int = 4000) -> None:
    """A word-level tokenizer and a data set of random words, as files."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "system", "user", "assistant"]
    vocabulary += [f"w{i}" for i in range(words)]
    model = models.WordLevel({w: i for i, w in enumerate(vocabulary)}, unk_token="<|endoftext|>")
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(vocabulary[:3])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|endoftext|>", eos_token="<|im_end|>"
    ).save_pretrained(folder / "tokenizer")
    rng = np.random.Generator(np.random.Philox(key=[1, 2]))
    lengths = np.clip(rng.normal(MEAN_TOKENS, 80, count), 180, 700)
    with open(folder / "train.jsonl", "w", encoding="utf-8") as file:
        for total in np.rint(lengths * MEAN_TOKENS / lengths.mean()).astype(int):
            answer = round(total * MEAN_ANSWER / MEAN_TOKENS)
            ids = rng.integers(0, words, total - 6)  # six more are special tokens and roles
            text = [f"w{i}" for i in ids]
            turns = [("user", text[:-answer]), ("assistant", text[-answer:])]
            messages = [{"role": role, "content": " ".join(content)} for role, content in turns]
            file.write(json.dumps({"messages": messages}) + "\n")


def common(folder: Path, model: str, steps: int) -> dict[str, object]:
    return {
        "model_name_or_path": model,
        "tokenizer_path": str(folder / "tokenizer"),
        "finetuning_type": "lora",
        "lora_rank": 8,
        "lora_alpha": 16,
        "lora_target": "q_proj,v_proj",
        "quantization_bit": 4,
        "dataset": str(folder / "train.jsonl"),
        "template": "chatml",
        "bf16": torch.cuda.is_available(),
        "learning_rate": 1e-4,
        "lr_scheduler_type": "cosine",
        "max_steps": steps,
        "logging_steps": 1,
        "save_steps": 100000,
        "output_dir": str(folder / "run"),
    }


def run_command(folder: Path, recipe: dict[str, object]) -> dict[str, object]:
    """One run of `rf-train train`; returns times, loss curve and what run.json says."""
    import yaml
    from rf_train.cli import run

    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    gc.collect()
    torch.compiler.reset()  # every row compiles for itself, as a run of its own would
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        whole = torch.cuda.get_device_properties(0).total_memory
        limit = 24e9 if "memory_gb" in recipe else whole
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit / whole))
    started = time.perf_counter()
    code = run(["train", str(folder / "recipe.yaml"), "--force"])
    if code:
        raise RuntimeError(f"rf-train ended with {code}")
    read = [json.loads(x) for x in (folder / "run/trainer_log.jsonl").open(encoding="utf-8")]
    record = json.loads((folder / "run/run.json").read_text(encoding="utf-8"))
    results = json.loads((folder / "run/all_results.json").read_text(encoding="utf-8"))
    return {
        "wall_seconds": time.perf_counter() - started,
        "tokens_per_second": [line["tokens_per_second"] for line in read],
        "loss": [line["loss"] for line in read],
        "peak_bytes": torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0,
        "parameters": record["model"]["parameters"],
        "truth": record["truth"],
        "padding_share": results["padding_share"],
        "versions": record["versions"],
    }


def summarise(name: str, run: dict[str, object], model: str) -> dict[str, object]:
    """The row of the table: medians over the second half of the steps."""
    from rf_train.model.architectures import architecture
    from rf_train.model.structure import structure_of

    rates = run["tokens_per_second"]
    rate = statistics.median(rates[len(rates) // 2 :])
    weights = structure_of(architecture(model)).matrix_parameters
    return {
        "cut": name,
        "seconds_per_step": SAMPLES * MEAN_TOKENS / rate,
        "tokens_per_second": rate,
        "tflops": 4 * weights * rate / 1e12,
        "peak_gb": run["peak_bytes"] / 1e9,
        "padding_share": run["padding_share"],
        "first_step_seconds": SAMPLES * MEAN_TOKENS / rates[0],
    }


def compare_losses(folder: Path, model: str, steps: int = 50) -> dict[str, object]:
    """The loss of the fast cut against the plain one on equal data, on part of the layers."""
    short = f"{model}@{LAYERS_COMPARED}"
    curves = {}
    for name, extra in (("plain", PUBLISHED), ("fast", {**ONE_BATCH, "torch_compile": True})):
        recipe = common(folder, short, steps) | extra
        curves[name] = run_command(folder, recipe)["loss"]
    gaps = [abs(a - b) for a, b in zip(curves["plain"], curves["fast"], strict=True)]
    return {"layers": LAYERS_COMPARED, "steps": steps, **curves, "largest_gap": max(gaps)}


def table(rows: list[dict[str, object]]) -> str:
    base = next((r["seconds_per_step"] for r in rows if r["cut"].startswith("published: ")), None)
    lines = [
        "| cut of a step of 16 samples | s/step | times | tokens/s | TFLOP/s | GB | padding |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in sorted(rows, key=lambda row: list(CUTS).index(row["cut"])):
        times = f"{base / row['seconds_per_step']:.1f}" if base else ""
        lines.append(
            f"| {row['cut']} | {row['seconds_per_step']:.3f} | {times} | "
            f"{row['tokens_per_second']:,.0f} | {row['tflops']:.0f} | {row['peak_gb']:.1f} | "
            f"{100 * row['padding_share']:.1f} % |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--only", action="append", help="a row's name; may be given again")
    parser.add_argument("--model", default="random:Qwen3-8B")
    parser.add_argument("--no-losses", action="store_true", help="leave the loss comparison out")
    parser.add_argument("--steps", type=int, help="steps of every row (for a trial)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    report: dict[str, object] = {"model": options.model, "rows": [], "runs": {}, "failed": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder)
        if not options.no_losses:
            report["losses"] = compare_losses(folder, options.model, options.steps or 50)
            save(options.out, report)
        for cut in options.only or CUTS:
            steps, extra = CUTS[cut]
            try:
                recipe = common(folder, options.model, options.steps or steps) | extra
                run = run_command(folder, recipe)
            except (RuntimeError, TypeError, ValueError, AttributeError, AssertionError):
                report["failed"][cut] = traceback.format_exc()
                print(report["failed"][cut], file=sys.stderr)
                continue
            report["runs"][cut] = run
            report["rows"].append(summarise(cut, run, options.model))
            save(options.out, report)
    print(table(report["rows"]))
    if "losses" in report:
        losses = report["losses"]
        print(f"largest gap of the loss over {losses['steps']} steps: {losses['largest_gap']:.2e}")
    return 1 if report["failed"] else 0


def save(folder: Path, report: dict[str, object]) -> None:
    text = json.dumps(report, indent=1)
    (folder / "train_qwen3_8b.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
