"""Training of a full-size Qwen3-8B measured on one to four cards: 8-bit products, memory, scaling.

    python benchmarks/train_cards.py --out FOLDER [--budget-seconds 500] [--only one|several|cuts]
    python benchmarks/train_cards.py --table train_cards.json [...]    # the tables again

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
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from card_parts import HERE, Part, Report, Run, carry_out, keep_logs
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
TWICE = ("cold", "warm")
LINES = {"steps": 30, "logging": 5}
TOY_MODEL = "random:SmolLM2-135M-Instruct@2"
CURVE = {"save_steps": 5, "torch_compile": False, **ALL}


class Bench:
    """The parts, for a model and the machine at hand."""

    def __init__(self, folder: Path, options: argparse.Namespace, cards: int) -> None:
        self.folder, self.toy = folder, options.toy
        self.compile = options.compile or not options.toy
        self.kill = partial(kill_one, patience=300.0 if self.toy else 60.0)
        self.model, self.most = TOY_MODEL if self.toy else options.model, 4 if cards >= 4 else 2
        self.small = TOY_MODEL if self.toy else "random:Qwen3-0.6B@8"
        self.curve_steps = 12 if self.toy else 60

    def recipe(self, batch: int, cards: int = 1, model: str | None = None, **keys: Any) -> dict:
        """A recipe with a global batch of so many samples over so many cards."""
        base = common(self.folder, model or self.model, 0)
        del base["output_dir"]  # every run has its own
        batch = max(cards, batch // 4) if self.toy else batch
        base |= {"per_device_train_batch_size": batch // cards, "gradient_accumulation_steps": 1}
        base |= {"memory_gb": 4.0} if self.toy else {}
        base |= {"bf16": True} if self.toy and "compute_dtype" in keys else {}
        base |= {"torch_compile": True} if self.compile else {}
        return {key: value for key, value in (base | keys).items() if value is not None}

    def run(self, name: str, batch: int = 16, cards: int = 1, **keys: Any) -> Run:
        """A timed run; its own settings are those of `Run`, all other keys the recipe's."""
        own = {key: keys.pop(key) for key in list(keys) if key in Run.__dataclass_fields__}
        own = {"steps": 5 if self.toy else 26, "timeout": 150.0, **own}
        if self.toy:
            own |= {key: min(own.get(key, 0), 5) for key in ("steps", "stop_after", "profile")}
            own["logging"] = min(own.get("logging", 1), 2)
            own["changes"] = (*own.get("changes", ()), "anywhere")
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
        from_four_bit = FP8 | FOUR_BIT
        of_24 = {"steps": 8, "memory_gb": 21.6, "card_gigabytes": 24.0}
        of_12 = {"steps": 5, "memory_gb": 10.8, "card_gigabytes": 12.0}
        small = [
            self.run("30 GiB: 4-bit kept", memory_gb=29.0, **FOUR_BIT),
            self.run("30 GiB: fp8 from 4 bit", memory_gb=29.0, cache="fp8", **from_four_bit),
            self.run("24 GB", **of_24),
            self.run("24 GB: fp8", **of_24, **from_four_bit),
            self.run("12 GB", **of_12),
            self.run("12 GB: fp8", **of_12, **from_four_bit),
            Run("gradients", script=self.gradients(), timeout=150.0),
        ]
        qv_four_bit = self.run("q,v: fp8 from 4 bit", profile=6, cache="4 bit", **from_four_bit)
        return [
            Part("fp8 from 4 bit", 1, [qv_four_bit]),
            Part("q,v", 1, qv),
            Part("all linear layers", 1, every),
            *(Part(run.name, 1, [run]) for run in small),
        ]

    def cuts(self) -> list[Part]:
        """What the parts of a step beside its products take, before and after each was cut.

        In the order of their importance: a call of eight minutes may not reach the end.
        """
        before = ("flash", "apart", "late")
        profiled = {"steps": 16, "timeout": 110.0, "profile": 5}
        of_24 = {"steps": 6, "memory_gb": 21.6, "card_gigabytes": 24.0, "timeout": 110.0}
        runs = [
            Run("kernels", script=self.kernels(), timeout=100.0),
            self.run("fp8", cache="fp8", **profiled, **FP8),
            self.run("bf16", cache="bf16", **profiled),
            self.run("fp8, before", cache="fp8 b", changes=before, **profiled, **FP8),
            self.run("bf16, warm", cache="bf16", steps=4, timeout=60.0),
            self.run("24 GB: fp8", cache="24 fp8", **of_24, **FP8, **FOUR_BIT),
            self.run("24 GB", cache="24", **of_24),
            self.run("bf16, before", cache="bf16 b", changes=before, **profiled),
            self.run("fp8, flash", cache="fp8 f", changes=("flash",), **profiled, **FP8),
            self.run("fp8, one pass", cache="fp8 o", changes=("one pass",), **profiled, **FP8),
            self.run("fp8, late", cache="fp8", changes=("late",), **profiled, **FP8),
            self.run("fp8, a line in 5 steps", cache="fp8", **LINES, **FP8),
            self.run("fp8, warm", cache="fp8", steps=4, timeout=60.0, **FP8),
        ]
        return [Part(run.name, 1, [run]) for run in runs]

    def kernels(self) -> list[str]:
        return [str(HERE / "card_kernels.py"), *(["--toy"] if self.toy else [])]

    def starts(self) -> list[Part]:
        """First steps with compiled layers from the cache, nothing else running."""
        fp8 = [self.run(f"start: fp8, {x}", steps=4, cache="start fp8", **FP8) for x in TWICE]
        bf16 = [self.run(f"start: bf16, {x}", steps=4, cache="start bf16") for x in TWICE]
        runs = [replace(run, cards=1) for run in (*fp8, *bf16)]
        return [Part("starts", self.most, runs)]

    def gradients(self) -> list[str]:
        options = ["--model", self.small, "--tokens", "64"] if self.toy else []
        return [str(HERE / "fp8_gradients.py"), *options]

    def several_cards(self) -> list[Part]:
        """Divided weights (FSDP), what happens to a run, generation; then whole weights (DDP).

        In the order of their importance; what needs few cards first runs side by side.
        """
        most, half = self.most, self.most // 2
        parts = [
            Part(f"FSDP LoRA on {half}", half, [self.fsdp(half)]),
            Part("one card beside", 1, [self.fsdp(1)]),
            Part(
                "generation on 1",
                1,
                [self.generation("1", 1), self.generation("1, again", 1, "--again")],
            ),
            Part("loss curve on 1", 1, [self.curve(1)]),
            Part(f"loss curve on {half}", half, [self.curve(half)]),
            Part(f"FSDP LoRA on {most}", most, [self.fsdp(most), self.gathered_once(most)]),
            Part(f"FSDP full on {most}", most, self.full(most) if most == 4 or self.toy else []),
            Part(f"loss curve on {most}", most, [self.curve(most)]),
            Part("a killed process", most, [self.killed(), self.resumed()]),
            Part(
                f"generation on {most}",
                most,
                [
                    self.generation(str(most), most),
                    self.generation(f"{most}, a process killed", most, "--kill"),
                ],
            ),
            Part(f"DDP on {half}", half, [self.ddp(256, half), self.ddp(16, half)]),
            Part("DDP beside", 1, [self.ddp(256, 1), self.ddp(16, 1)]),
            Part(f"DDP on {most}", most, [self.ddp(256, most), self.ddp(16, most)]),
            Part("DDP 64", most, [self.ddp(64, most)]),
        ]
        names: set[str] = set()  # in a rehearsal half of the cards is one
        for part in parts:
            part.runs = [run for run in part.runs if run.name not in names]
            names |= {run.name for run in part.runs}
        return [part for part in parts if part.runs]

    def ddp(self, batch: int, cards: int) -> Run:
        """4-bit weights, whole on every card."""
        steps = {16: 16, 64: 10, 256: 5}[batch]
        return self.run(
            f"DDP, {batch} samples, {_cards(cards)}", batch, cards, steps=steps, timeout=90.0
        )

    def fsdp(self, cards: int, way: str = "LoRA", **keys: Any) -> Run:
        """16-bit weights, divided over the cards; on one card they are whole."""
        shared = {"fsdp": "full_shard" if cards > 1 else None, "timeout": 200.0}
        shared |= {"steps": 11, "profile": 3}
        return self.run(
            f"FSDP, {way}, 64 samples, {_cards(cards)}", 64, cards, **(shared | keys), **WHOLE
        )

    def gathered_once(self, cards: int) -> Run:
        """The same with layers that stay whole between their forward and backward pass."""
        return self.fsdp(cards, "LoRA gathered once", fsdp="shard_grad_op")

    def full(self, cards: int) -> list[Run]:
        """All weights trained; without the compiler and with less memory where that fails."""
        # No checkpoint: it would be 98 GB. The last step ends the processes.
        keys = {"finetuning_type": "full", "steps": 6, "stop_after": 6, "profile": 0}
        first = self.fsdp(cards, "full", **keys)
        keys |= {"gradient_checkpointing": True, "torch_compile": False}
        second = self.fsdp(cards, "full, recomputed", **keys)
        return [first, replace(second, unless=first.name)]

    def generation(self, name: str, cards: int, *options: str) -> Run:
        """A data set answered by rf-eval, a process a card, and held against one card's file."""
        script = [str(HERE / "card_generation.py"), "--folder", str(self.folder / "generation")]
        script += ["--devices", str(cards), *options, *(["--toy"] if self.toy else [])]
        return Run(f"generation on {name}", script=script, timeout=140.0, cards=cards)

    def curve(self, cards: int) -> Run:
        """The same small run on any number of cards."""
        keys = self.recipe(16, cards, self.small, **CURVE)
        return Run(f"curve on {cards}", keys, steps=self.curve_steps, timeout=60.0, cards=cards)

    def killed(self) -> Run:
        """The same run on all cards, one process of which is killed on its way."""
        keys = self.recipe(16, self.most, self.small, **CURVE)
        keys["output_dir"] = str(self.folder / "killed")
        return Run(
            f"killed on {self.most}", keys, steps=self.curve_steps, timeout=90.0, plain=True,
            then=self.kill,
        )  # fmt: skip

    def resumed(self) -> Run:
        """What was killed on all cards, continued on half of them."""
        half = self.most // 2
        keys = self.recipe(16, half, self.small, **CURVE)
        keys["output_dir"] = str(self.folder / "killed")
        return Run(
            f"resumed on {half}", keys, steps=self.curve_steps, timeout=60.0, cards=half,
            resume=True,
        )  # fmt: skip


def _cards(count: int) -> str:
    return f"{count} card{'s' * (count > 1)}"


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


def joined(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """One report of several: of a run that stands in two, the later one."""
    found = {**reports[-1], "runs": {}, "left_out": {}}
    for report in reports:
        found["runs"] |= report["runs"]
        found["left_out"] |= report["left_out"]
    found["left_out"] = {k: v for k, v in found["left_out"].items() if k not in found["runs"]}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--budget-seconds", type=float, default=500.0)
    parser.add_argument("--only", choices=("one", "several", "cuts"))
    parser.add_argument("--part", action="append", help="names of parts; may be given again")
    parser.add_argument("--model", default="random:Qwen3-8B")
    parser.add_argument("--cards", type=int, help="cards to use (default: all)")
    parser.add_argument("--toy", action="store_true", help="tiny model on the CPU: a rehearsal")
    parser.add_argument("--compile", action="store_true", help="in a rehearsal, too")
    parser.add_argument(
        "--table", type=Path, nargs="+", help="print the tables of reports, a later run counting"
    )
    options = parser.parse_args()
    if options.table:
        from card_tables import tables

        reports = [json.loads(path.read_text(encoding="utf-8")) for path in options.table]
        print(tables(joined(reports)))
        return 0
    began, head = time.monotonic(), {"machine": machine(), "model": options.model, "peers": PEERS}
    options.out.mkdir(parents=True, exist_ok=True)
    report = Report(options.out / "train_cards.json", head)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, count=1600)
        import torch

        cards = options.cards or torch.cuda.device_count() or 1
        bench = Bench(folder, options, cards)
        parts = bench.one_card() if options.only in (None, "one") else []
        parts += bench.several_cards() if options.only in (None, "several") else []
        parts += bench.starts() if options.only in (None, "one") else []
        parts += bench.cuts() if options.only == "cuts" else []
        if options.part:
            parts = [part for part in parts if part.name in options.part]
        budget = options.budget_seconds - (time.monotonic() - began)
        work = folder / "work"
        carry_out(parts, report, cards=cards, work=work, budget=budget, cpu=options.toy)
        keep_logs(work, options.out / "train_cards_logs.tar.gz")
    from card_tables import tables

    print(tables(report.content))
    return 0 if report.content["runs"] else 1


if __name__ == "__main__":
    sys.exit(main())
