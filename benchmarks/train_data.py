"""Memory and time of training data: what a process holds while it reads rows and cuts steps.

    uv run benchmarks/train_data.py --rows 100000 --rows 1000000 --stored 10000000

`--rows N` writes a JSONL file of N short dialogues with SmolLM2's tokenizer beside it, reads it
twice as `rf-train train` does (the second time the samples of the first are found), draws
validation dialogues, looks for shared prompts and cuts steps over the whole of the data. `--stored
N` leaves the tokeniser out: the same tokens are written N times straight into the files that
training maps, so that ten million rows take minutes. Each is a process of its own; memory is what
it had resident at most (VmHWM) in each part of the work, beyond what it had before the first row.
A second figure is without pages of files, which the system takes back when it needs them
(RssAnon, at the end of each part). Linux only. Results stand in train_data.json.
"""

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rf_jsonl import write_json

RESULT = Path(__file__).with_suffix(".json")
STEPS, BATCH = 500, 16


def dialogue(number: int) -> dict[str, Any]:
    """A request and its answer, about forty tokens; one of two system prompts."""
    prompt = ("Answer with one JSON object.", "只回答一个 JSON 对象，不作其他说明。")[number % 2]
    turns = [
        {"role": "system", "content": prompt},
        {"role": "user", "content": f"low-pass {number} MHz, stop band from {2 * number + 7} MHz"},
        {"role": "assistant", "content": f'{{"fc": {number}}}'},
    ]
    return {"messages": turns}


def write_rows(path: Path, rows: int) -> None:
    """A JSONL file of so many dialogues."""
    with open(path, "w", encoding="utf-8") as file:
        for number in range(rows):
            file.write(json.dumps(dialogue(number), ensure_ascii=False) + "\n")


def memory(name: str) -> int:
    """A line of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


class Meter:
    """Seconds and memory of parts of the work, against what the process held before them."""

    def __init__(self) -> None:
        self.before = (memory("VmRSS"), memory("RssAnon"))
        self.parts: dict[str, Any] = {}

    def part(self, name: str, work: Callable[[], Any]) -> Any:
        """Does some of the work; returns what it does."""
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # VmHWM begins anew
        started = time.perf_counter()
        result = work()
        peak, held = memory("VmHWM") - self.before[0], memory("RssAnon") - self.before[1]
        self.parts[name] = {
            "seconds": round(time.perf_counter() - started, 2),
            "peak_mb": round(peak / 1e6, 1),
            "held_without_file_pages_mb": round(held / 1e6, 1),
        }
        return result


def measured(rows: int, tokenizer_folder: Path, work: Path, *, tokenise: bool) -> dict[str, Any]:
    """The parts of one process: reading, reading again, and cutting steps."""
    from rf_train.data.sources import Source
    from rf_train.data.templates import TEMPLATES, apply_template
    from rf_train.data.tokenised import read_samples
    from rf_train.model.loading import load_tokenizer

    template, tokenizer = TEMPLATES["chatml"], load_tokenizer(str(tokenizer_folder))
    apply_template(tokenizer, template)
    path = work / "rows.jsonl"
    write_rows(path, 2048)

    def read() -> Any:
        return read_samples(Source(path), tokenizer, template, cutoff_len=512)

    few = read()  # libraries are loaded, the tokeniser's threads run
    cut_steps(few, 8)
    meter = Meter()
    if tokenise:
        write_rows(path, rows)
        meter.part("read and tokenise", read)
        samples = meter.part("read again", read)
    else:
        samples = meter.part("write tokens", lambda: repeated(few, rows))
    held = meter.part("sums, prompts, draw", lambda: samples.split(1000, seed=1)[0])
    meter.part("sums, prompts of the drawn", lambda: (held.sizes, held.shared, held.own()))
    meter.part(f"{STEPS} steps of {BATCH}", lambda: cut_steps(held, STEPS))
    return {"rows": rows, "tokens": held.sizes.tokens, "parts": meter.parts}


def repeated(few: Any, rows: int) -> Any:
    """The samples of a small file over and over, as many as `rows`."""
    from rf_train.data.rendering import Example
    from rf_train.data.samples import Samples
    from rf_train.data.stored import Writer, stored

    examples = [Example(*few.sample(index)) for index in range(len(few))]

    def write(writer: Writer) -> None:
        for start in range(0, rows, len(examples)):
            lines = range(start + 1, min(start + len(examples), rows) + 1)
            writer.append(examples[: len(lines)], lines)
        writer.summary.records = rows

    return Samples([stored(f"benchmark-{rows}", write)])


def cut_steps(samples: Any, steps: int) -> None:
    """Micro-batches of some steps from all over an epoch, shared prompts once."""
    from rf_train.data.micro_batches import MicroBatches
    from rf_train.data.schedule import Cut, Schedule

    cut = Cut("packed", 512, shared=sum(samples.shared.distinct))
    batches = MicroBatches(samples, cut, pad_id=0, multiple=64)
    schedule = Schedule(len(samples), BATCH, steps, seed=42)
    for number in np.linspace(0, schedule.steps_per_epoch - 2, steps, dtype=int):
        batches.step(schedule.step(int(number)))


def in_own_process(rows: int, tokenizer: Path, *, tokenise: bool) -> dict[str, Any]:
    """`measured`, in a new process with an empty cache folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        options = ["--child", str(rows), "--dir", name, "--tokenizer", str(tokenizer)]
        environment = os.environ | {"RF_TRAIN_SAMPLES": f"{name}/samples"}
        command = [sys.executable, __file__, *options, *(["--tokenise"] if tokenise else [])]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def runs(arguments: argparse.Namespace, tokenizer: Path) -> Iterator[dict[str, Any]]:
    """The results of all sizes, smallest first."""
    asked = itertools.chain(
        ((rows, True) for rows in arguments.rows), ((rows, False) for rows in arguments.stored)
    )
    for rows, tokenise in asked:
        found = in_own_process(rows, tokenizer, tokenise=tokenise)
        print(json.dumps(found, indent=1), flush=True)
        yield {"tokenised": tokenise, **found}


def main() -> None:
    """Measures the sizes that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, action="append", default=[])
    parser.add_argument("--stored", type=int, action="append", default=[])
    parser.add_argument("--tokenizer", type=Path, help="a folder; none: the embedded model's")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--dir", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--tokenise", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        found = measured(
            arguments.child, arguments.tokenizer, arguments.dir, tokenise=arguments.tokenise
        )
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as name:
        tokenizer = arguments.tokenizer
        if tokenizer is None:
            tokenizer = Path(name) / "base"
            unpack = [sys.executable, "-m", "rf_train", "unpack", "--out", str(tokenizer)]
            subprocess.run(unpack, check=True, stdout=subprocess.DEVNULL)
        load = os.getloadavg()[0]
        sizes = list(runs(arguments, tokenizer))
    write_json(
        RESULT,
        {
            "command": "uv run benchmarks/train_data.py "
            + " ".join(
                [f"--rows {rows}" for rows in arguments.rows]
                + [f"--stored {rows}" for rows in arguments.stored]
            ),
            "cpu": f"{os.cpu_count()} x {platform.machine()}",
            "load_before": round(load, 2),
            "sizes": sizes,
        },
    )


if __name__ == "__main__":
    main()
