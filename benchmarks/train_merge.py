"""Merging into a full-size Qwen3-8B: peak memory, and time against copying the same bytes.

    uv run benchmarks/train_merge.py --dir /somewhere/with/50GB

A base with random bf16 weights (16.4 GB, 5 files) and random adapters of rank 8 are written once.
Then, in turns, the base's files are copied with `cp` and merged with `rf-train merge`, into the
same folder on the same disk; before every turn the base is dropped from the page cache, so that
both read it from disk. Compared is the time until the bytes are on disk (`rf-train merge` does not
end before they are; `cp` is followed by fsync). Peak memory is the most that the whole process had
resident, as the operating system says (VmHWM on Linux). Results stand in train_merge.json.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from rf_jsonl import read_json, write_json
from rf_train.files.safetensors_ranges import INDEX_NAME, TensorLocation, header_bytes, write_all
from rf_train.files.tensors import save_tensors
from rf_train.merge.shards import plan_shards
from rf_train.model.architectures import ARCHITECTURES, architecture

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
        key: TensorLocation(key, "BF16", shape, folder, 0, 2 * torch.Size(shape).numel())
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


def measured(command: list[str], **options) -> dict[str, float]:
    """Runs a command that must succeed; wall and CPU seconds."""
    started = time.perf_counter()
    with subprocess.Popen(command, **options) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
    }


def copy(base: Path, out: Path) -> dict[str, float]:
    """`cp` of the weights; seconds until it ends, and until the bytes are on disk."""
    forget(base)
    out.mkdir()
    started = time.perf_counter()
    found = measured(["cp", *map(str, sorted(base.glob("*.safetensors"))), str(out)])
    for path in out.iterdir():
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
    found["seconds_synced"] = round(time.perf_counter() - started, 1)
    shutil.rmtree(out)
    return found


def merge(base: Path, adapter: Path, out: Path, verify: int) -> dict:
    """The whole command, Python's start included; then perhaps its verification alone."""
    forget(base)
    command = [sys.executable, "-m", "rf_train", "merge", str(recipe_of(base, adapter, out))]
    found: dict = measured([*command, "--verify", "0"], stdout=subprocess.DEVNULL)
    record = read_json(out / "merge.json")
    found |= {
        "seconds_synced": found["seconds"],
        "seconds_without_start": record["seconds"],
        "peak_memory_gib": round(record["peak_memory_bytes"] / 2**30, 3),
        "files": sum(name.endswith(".safetensors") for name in record["files"]),
        **record["tensors"],
    }
    if verify:
        found["verifying"] = measured([*command, "--verify", str(verify)])
        found["verification"] = read_json(out / "merge.json")["verification"]
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
        load = round(os.getloadavg()[0], 1)  # other programs' work, at the start of a round
        turns.append({"what": "cp", "load_before": load, **copy(base, out)})
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
    """Every turn, and each adapter's time as a multiple of the cp of its own round."""
    synced = {
        what: [turn["seconds_synced"] for turn in turns if turn["what"] == what]
        for what in ("cp", *TARGETS)
    }
    ratios = {
        name: [round(a / b, 2) for a, b in zip(synced[name], synced["cp"], strict=True)]
        for name in TARGETS
    }
    return {
        "command": "uv run benchmarks/train_merge.py --dir DIR",
        "model": model,
        "bytes": size,
        "cache": "the base is dropped from the page cache before every turn",
        "cpu": f"{os.cpu_count()} x {platform.processor() or platform.machine()}",
        "torch": torch.__version__,
        "peak_memory_gib": max(turn["peak_memory_gib"] for turn in turns if turn["what"] != "cp"),
        "times_cp_by_round": ratios,
        "times_cp_median": {name: round(statistics.median(r), 2) for name, r in ratios.items()},
        "times_cp_best": {
            name: round(min(synced[name]) / min(synced["cp"]), 2) for name in TARGETS
        },
        "turns": turns,
    }


if __name__ == "__main__":
    main()
