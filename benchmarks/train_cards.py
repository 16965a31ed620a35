"""Training of a full-size Qwen3-8B measured on one to four cards: 8-bit products, memory, scaling.

    python benchmarks/train_cards.py --out FOLDER [--budget-seconds 500] [--only one|several]
    python benchmarks/train_cards.py --table FOLDER/train_cards.json    # the table again

Weights are random, made on the cards; data are random words with the published run's shape: 362
tokens per sample, loss on about 100 of them. Every row is a run of `rf-train train` in processes of
its own (several through torchrun). Rows that need one card run side by side, a card each. The JSON
is written after every run; a row that fails or takes too long is a line of it.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from card_parts import HERE, Part, Report, Run, carry_out
from train_qwen3_8b import common, write_inputs

MEAN_TOKENS = 362
# Other trainers, measured before on one H100 with the same model, batch and data, each tuned: one
# micro-batch of 16 packed samples, no recomputing, fused kernels, FlashAttention-2.
PEERS = {
    "Unsloth, NF4": (0.357, 32.6),
    "Unsloth, bf16": (0.344, None),
    "TRL, NF4": (0.393, None),
    "TRL, bf16": (0.364, None),
    "LLaMA-Factory, neat packing and Liger": (0.391, None),
    "LLaMA-Factory, as published": (7.34, None),
}
FP8 = {"compute_dtype": "fp8"}
FOUR_BIT = {"resident_weights": False}
WHOLE = {"quantization_bit": None}
ALL = {"lora_target": "all"}


class Bench:
    """The parts, for a model and the machine at hand."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.toy = folder, options.toy
        self.kill = partial(kill_one, patience=300.0 if self.toy else 60.0)
        self.model, self.most = options.model, 2 if self.toy else 4
        self.small = "random:SmolLM2-135M-Instruct@2" if self.toy else "random:Qwen3-0.6B@8"

    def recipe(self, batch: int, cards: int = 1, model: str | None = None, **keys: Any) -> dict:
        """A recipe with a global batch of so many samples over so many cards."""
        base = common(self.folder, model or self.model, 0)
        del base["output_dir"]  # every run has its own
        batch = max(cards, batch // 4) if self.toy else batch
        base |= {"per_device_train_batch_size": batch // cards, "gradient_accumulation_steps": 1}
        base |= {"memory_gb": 4.0} if self.toy else {"torch_compile": True}
        return {key: value for key, value in (base | keys).items() if value is not None}

    def run(self, name: str, batch: int = 16, cards: int = 1, **keys: Any) -> Run:
        """A timed run; its own settings are those of `Run`, all other keys the recipe's."""
        own = {key: keys.pop(key) for key in list(keys) if key in Run.__dataclass_fields__}
        own = {"steps": 5 if self.toy else 26, "timeout": 150.0, **own}
        if self.toy:
            own["steps"] = min(own["steps"], 5)
        return Run(name, self.recipe(batch, cards, **keys), **own)

    def one_card(self) -> list[Part]:
        """Three ways to hold the frozen weights, adapters on two layers and on all, small cards."""
        qv = [
            self.run("q,v: bf16", profile=6, cache="bf16"),
            self.run("q,v: fp8", profile=6, cache="fp8", **FP8),
            self.run("q,v: fp8, started again", steps=6, cache="fp8", **FP8),
            self.run("q,v: bf16, started again", steps=6, cache="bf16"),
            self.run("q,v: 4-bit kept", profile=6, **FOUR_BIT),
        ]
        every = [
            self.run("all: bf16", profile=6, **ALL),
            self.run("all: fp8", profile=6, **ALL, **FP8),
            self.run("all: 4-bit kept", **ALL, **FOUR_BIT),
        ]
        small = [
            self.run("30 GiB: 4-bit kept", memory_gb=29.0, **FOUR_BIT),
            self.run("24 GB", steps=8, memory_gb=21.6, card_gigabytes=24.0),
            self.run("12 GB", steps=5, memory_gb=10.8, card_gigabytes=12.0),
            Run("gradients", script=self.gradients(), timeout=150.0),
        ]
        return [
            Part("q,v", 1, qv),
            Part("all linear layers", 1, every),
            Part("small cards", 1, small),
        ]

    def gradients(self) -> list[str]:
        options = ["--model", self.small, "--tokens", "64"] if self.toy else []
        return [str(HERE / "fp8_gradients.py"), *options]

    def several_cards(self) -> list[Part]:
        """Whole weights everywhere (DDP), divided weights (FSDP), and what happens to a run."""
        steps = {16: 16, 64: 10, 256: 5}

        def ddp(batch: int, cards: int) -> Run:
            name = f"DDP, {batch} samples, {cards} card{'s' * (cards > 1)}"
            return self.run(name, batch, cards, steps=steps[batch], timeout=120.0)

        def fsdp(cards: int, way: str = "LoRA", **keys: Any) -> Run:
            name = f"FSDP, {way}, 64 samples, {cards} card{'s' * (cards > 1)}"
            shared = {"fsdp": "full_shard" if cards > 1 else None, "timeout": 170.0}
            return self.run(name, 64, cards, **(shared | {"steps": 7} | keys), **WHOLE)

        # No checkpoint: it would be 98 GB. The last step ends the processes.
        full = {"finetuning_type": "full", "steps": 5, "stop_after": 5, "lora_target": "all"}
        return [
            Part("one card beside", 1, [ddp(64, 1), ddp(256, 1), fsdp(1)]),
            Part("DDP 64 on 4", 4, [ddp(64, 4)]),
            Part("DDP 64 on 2", 2, [ddp(64, 2), ddp(16, 2)]),
            Part("FSDP LoRA on 2", 2, [fsdp(2)]),
            Part("FSDP LoRA on 4", 4, [fsdp(4)]),
            Part("DDP on 4", 4, [ddp(16, 4), ddp(256, 4)]),
            Part("FSDP full on 4", 4, [fsdp(4, "full", **full)]),
            Part("loss curves", self.most, self.curves()),
            Part("a killed process", self.most, [self.killed(), self.resumed()]),
            Part("DDP 256 on 2", 2, [ddp(256, 2)]),
        ]

    def curves(self) -> list[Run]:
        """The same small run on 1, 2 and 4 cards."""
        runs = []
        for cards in (1, self.most // 2, self.most):
            keys = self.recipe(16, cards, self.small, save_steps=5, **ALL)
            run = Run(f"curve on {cards}", keys, steps=20, timeout=90.0, cards=cards)
            runs.append(run)
        return runs

    def killed(self) -> Run:
        """The same run on 4 cards, one process of which is killed on its way."""
        keys = self.recipe(16, self.most, self.small, save_steps=5, **ALL)
        keys["output_dir"] = str(self.folder / "killed")
        return Run("killed on 4", keys, steps=20, timeout=90.0, plain=True, then=self.kill)

    def resumed(self) -> Run:
        """What was killed on 4 cards, continued on 2."""
        keys = self.recipe(16, self.most // 2, self.small, save_steps=5, **ALL)
        keys["output_dir"] = str(self.folder / "killed")
        return Run("resumed on 2", keys, steps=20, timeout=90.0, cards=self.most // 2, resume=True)


def kill_one(folder: Path, process: subprocess.Popen, patience: float) -> dict[str, Any]:
    """Kills one training process behind the first checkpoint; says how the others ended."""
    run_folder = folder.parent.parent / "killed"
    until = time.monotonic() + patience
    while not list(run_folder.glob("checkpoint-*")) and process.poll() is None:
        if time.monotonic() > until:
            return {"killed": "there was no checkpoint in time"}
        time.sleep(0.05)
    victims = [pid for pid, rank in ranks_below(process.pid).items() if rank == "1"]
    if not victims:
        return {"killed": "no process of rank 1 was found"}
    os.kill(victims[0], signal.SIGKILL)
    at = time.monotonic()
    try:
        process.wait(45)
    except subprocess.TimeoutExpired:
        return {"killed": "45 s later the others were still there"}
    time.sleep(0.2)
    words = [x for x in (folder / "err").read_text().splitlines() if x.startswith("rf-train:")]
    return {
        "ended_after_seconds": round(time.monotonic() - at, 1),
        "left": len(ranks_below(process.pid)),
        "said": words,
    }


def ranks_below(launcher: int) -> dict[int, str]:
    """Process id and rank of a launcher's training processes (Linux)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        rank = next((e[5:].decode() for e in environment if e.startswith(b"RANK=")), None)
        if int(parent) == launcher and rank is not None:
            found[int(folder.name)] = rank
    return found


def machine() -> dict[str, Any]:
    """Cards, driver and versions."""
    import torch

    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        cards = subprocess.run(query, capture_output=True, text=True, check=False, timeout=20)
        names = cards.stdout.strip().splitlines()
    except (OSError, subprocess.TimeoutExpired):
        names = []
    return {"cards": names, "torch": torch.__version__, "cuda": torch.version.cuda}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--budget-seconds", type=float, default=500.0)
    parser.add_argument("--only", choices=("one", "several"))
    parser.add_argument("--part", action="append", help="names of parts; may be given again")
    parser.add_argument("--model", default="random:Qwen3-8B")
    parser.add_argument("--cards", type=int, help="cards to use (default: all)")
    parser.add_argument("--toy", action="store_true", help="tiny model on the CPU: a rehearsal")
    parser.add_argument("--table", type=Path, help="print the table of a report and do nothing")
    options = parser.parse_args()
    if options.table:
        from card_tables import tables

        print(tables(json.loads(options.table.read_text(encoding="utf-8"))))
        return 0
    began, head = time.monotonic(), {"machine": machine(), "model": options.model, "peers": PEERS}
    options.out.mkdir(parents=True, exist_ok=True)
    report = Report(options.out / "train_cards.json", head)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, count=1600)
        bench = Bench(folder, options)
        parts = bench.one_card() if options.only != "several" else []
        parts += bench.several_cards() if options.only != "one" else []
        if options.part:
            parts = [part for part in parts if part.name in options.part]
        import torch

        cards = options.cards or torch.cuda.device_count() or 1
        budget = options.budget_seconds - (time.monotonic() - began)
        work = folder / "work"
        carry_out(parts, report, cards=cards, work=work, budget=budget, cpu=options.toy)
    from card_tables import tables

    print(tables(report.content))
    return 0 if report.content["runs"] else 1


if __name__ == "__main__":
    sys.exit(main())
