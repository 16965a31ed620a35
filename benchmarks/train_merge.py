"""Merging into a full-size Qwen3-8B: peak memory, and time against copying the same bytes.

    uv run benchmarks/train_merge.py --dir /somewhere/with/50GB

A base with random bf16 weights (16.4 GB, 5 files) and random adapters of rank 8 are written once.
Then, in turns, the base's files are copied with `cp` and merged with `rf-train merge`, into the
same folder on the same disk; before every turn the base is dropped from the page cache, so that
both read it from disk. Two times are taken of each: until the command ends, and until the bytes
are on disk (`rf-train merge` does not end before they are). Results stand in train_merge.json.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import torch
from rf_jsonl import write_json
from rf_train.architectures import ARCHITECTURES, architecture
from rf_train.checkpoints import save_tensors
from rf_train.merge_shards import plan_shards
from rf_train.tensor_files import INDEX_NAME, TensorPlace, header_bytes, write_all

LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TARGETS = {"q_proj,v_proj": ("q_proj", "v_proj"), "all": LINEARS}
RESULT = Path(__file__).with_suffix(".json")


def shapes(name: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a model's tensors, from its config alone."""
    from accelerate import init_empty_weights
    from transformers import AutoModelForCausalLM

    with init_empty_weights():
        model = AutoModelForCausalLM.from_config(architecture(name))
    return {key: tuple(tensor.shape) for key, tensor in model.named_parameters()}  # tied ones once


def write_base(folder: Path, name: str, tokenizer: Path | None) -> None:
    """Random weights (normal, 0.02; norms one), file by file, row block by row block."""
    folder.mkdir(parents=True)
    architecture(name).save_pretrained(folder)
    places = {
        key: TensorPlace(key, "BF16", shape, folder, 0, 2 * torch.Size(shape).numel())
        for key, shape in shapes(name).items()
    }
    rng = torch.Generator().manual_seed(0)
    weight_map = {}
    for shard in plan_shards(places, 4e9):
        with open(folder / shard.name, "xb", buffering=0) as file:
            write_all(file, header_bytes(list(shard.tensors)))
            for place in shard.tensors:
                weight_map[place.name] = shard.name
                left = place.length // 2
                while left:
                    block = torch.ones(min(left, 1 << 24), dtype=torch.float32)
                    if len(place.shape) > 1:
                        block.normal_(0.0, 0.02, generator=rng)
                    write_all(file, block.bfloat16().view(torch.uint8).numpy())
                    left -= len(block)
    write_json(folder / INDEX_NAME, {"metadata": {}, "weight_map": weight_map})
    if tokenizer is not None:
        for path in tokenizer.iterdir():
            shutil.copyfile(path, folder / path.name)


def write_adapter(folder: Path, name: str, targets: tuple[str, ...]) -> None:
    """A PEFT adapter of rank 8 with random A and B that changes a weight by a few per cent."""
    folder.mkdir(parents=True)
    rng = torch.Generator().manual_seed(1)
    tensors = {}
    for key, shape in shapes(name).items():
        module = key.removesuffix(".weight")
        if module.endswith(targets):
            stem = f"base_model.model.{module}"
            tensors[f"{stem}.lora_A.weight"] = 0.01 * torch.randn(8, shape[1], generator=rng)
            tensors[f"{stem}.lora_B.weight"] = 0.01 * torch.randn(shape[0], 8, generator=rng)
    save_tensors(folder / "adapter_model.safetensors", tensors)
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 16}
    write_json(folder / "adapter_config.json", {**config, "target_modules": list(targets)})


def forget(folder: Path) -> None:
    """Writes out what is waiting and drops the folder's files from the page cache."""
    os.sync()
    for path in folder.glob("*.safetensors"):
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def copy(base: Path, out: Path) -> dict[str, float]:
    """`cp` of the weights; seconds until it ends, and until the bytes are on disk."""
    forget(base)
    out.mkdir()
    started = time.perf_counter()
    files = [str(path) for path in sorted(base.glob("*.safetensors"))]
    subprocess.run(["cp", *files, str(out)], check=True)
    ended = time.perf_counter() - started
    for path in out.iterdir():
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
    synced = time.perf_counter() - started
    shutil.rmtree(out)
    return {"seconds": round(ended, 1), "seconds_synced": round(synced, 1)}


def merge(base: Path, adapter: Path, out: Path, verify: int) -> dict[str, float]:
    """The whole command, Python's start included; then perhaps its verification alone."""
    forget(base)
    command = [sys.executable, "-m", "rf_train", "merge", str(recipe_of(base, adapter, out))]
    started = time.perf_counter()
    subprocess.run([*command, "--verify", "0"], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    record = json.loads((out / "merge.json").read_text(encoding="utf-8"))
    found = {
        "seconds_synced": round(seconds, 1),
        "seconds_without_start": record["seconds"],
        "peak_memory_gib": round(record["peak_memory_bytes"] / 2**30, 3),
        "files": sum(name.endswith(".safetensors") for name in record["files"]),
        **record["tensors"],
    }
    if verify:
        subprocess.run([*command, "--verify", str(verify)], check=True)
        found["verification"] = json.loads((out / "merge.json").read_text())["verification"]
    shutil.rmtree(out)
    return found


def recipe_of(base: Path, adapter: Path, out: Path) -> Path:
    keys = {"model_name_or_path": base, "adapter_name_or_path": adapter, "export_dir": out}
    path = adapter.with_suffix(".yaml")
    lines = [f"{key}: {value}" for key, value in keys.items()]
    path.write_text("\n".join([*lines, "export_size: 5", ""]), encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, required=True, help="a new folder, 50 GB")
    parser.add_argument("--model", default="Qwen3-8B", choices=ARCHITECTURES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--verify", type=int, default=0, help="prompts, once for q_proj,v_proj")
    parser.add_argument("--tokenizer", type=Path, help="folder, needed to verify")
    arguments = parser.parse_args()
    base, out = arguments.dir / "base", arguments.dir / "out"
    write_base(base, arguments.model, arguments.tokenizer)
    for name, targets in TARGETS.items():
        write_adapter(arguments.dir / name.replace(",", "-"), arguments.model, targets)
    turns: list[dict] = []
    for number in range(arguments.rounds):
        turns.append({"what": "cp", **copy(base, out)})
        print(turns[-1], flush=True)
        for name in TARGETS:
            verify = arguments.verify if number == 0 and name != "all" else 0
            turns.append(
                {"what": name, **merge(base, arguments.dir / name.replace(",", "-"), out, verify)}
            )
            print(turns[-1], flush=True)
    size = sum(path.stat().st_size for path in base.glob("*.safetensors"))
    write_json(RESULT, summary(arguments.model, size, turns))
    shutil.rmtree(arguments.dir)


def summary(model: str, size: int, turns: list[dict]) -> dict:
    """Every turn, and for each adapter its best time against cp's best."""
    best = {
        what: min(turn["seconds_synced"] for turn in turns if turn["what"] == what)
        for what in ("cp", *TARGETS)
    }
    return {
        "command": "uv run benchmarks/train_merge.py --dir DIR",
        "model": model,
        "bytes": size,
        "cache": "the base is dropped from the page cache before every turn",
        "cpu": f"{os.cpu_count()} x {platform.processor() or platform.machine()}",
        "torch": torch.__version__,
        "best_seconds_on_disk": best,
        "times_cp": {name: round(best[name] / best["cp"], 2) for name in TARGETS},
        "turns": turns,
    }


if __name__ == "__main__":
    main()
