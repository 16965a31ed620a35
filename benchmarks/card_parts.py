"""Runs measured parts on the cards of one machine: side by side, in order, within a time budget.

A part is a list of training runs that need so many cards. Every run is a process group of its own
with a time limit, its result is in the report as soon as it ends, and a run that fails or hangs is
one line of the report. Used by `train_cards.py`.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
_PACKAGES = ("rf-train", "rf-eval", "rf-jsonl")
_SOURCES = [str(HERE.parent / "packages" / name / "src") for name in _PACKAGES]
sys.path[:0] = [source for source in _SOURCES if source not in sys.path]  # plans are made here
_GRACE = 20.0  # seconds


@dataclass
class Run:
    """One call of `rf-train train`, or of another script (`script` and its arguments).

    `cache`: name of the folder of compiled layers; who first uses a name starts cold.
    `plain`: the command itself with `--devices`, without a clock in its processes.

    `changes`: parts of rf-train switched off or on (`card_child.CHANGES`). `logging`: steps a line.

    `then` gets the folder and the process while the run goes on (to kill a process of it).
    `unless`: name of a run before it; where that was measured, this one is left out.
    """

    name: str
    recipe: dict[str, Any] = field(default_factory=dict)
    steps: int = 12
    stop_after: int = 0
    profile: int = 0
    timeout: float = 120.0
    card_gigabytes: float | None = None
    resume: bool = False
    plain: bool = False
    cache: str = "shared"
    script: list[str] = field(default_factory=list)
    cards: int | None = None
    changes: tuple[str, ...] = ()
    logging: int = 1
    then: Callable[[Path, subprocess.Popen], dict[str, Any]] | None = None
    unless: str = ""


@dataclass
class Part:
    """Runs one after another on the same `cards`."""

    name: str
    cards: int
    runs: list[Run]


class Report:
    """The JSON file, written anew after every run; safe to use from several threads."""

    def __init__(self, path: Path, head: dict[str, Any]) -> None:
        self.path, self._lock = path, threading.Lock()
        self.content: dict[str, Any] = {**head, "runs": {}, "left_out": {}}

    def add(self, group: str, name: str, value: Any) -> None:
        with self._lock:
            self.content[group][name] = value
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")
            os.replace(part, self.path)


def carry_out(
    parts: list[Part], report: Report, *, cards: int, work: Path, budget: float, cpu: bool = False
) -> None:
    """Starts the parts in their order, each when its cards are free, until the budget is used up.

    What is running then has a few seconds more.
    """
    began, free, changed = time.monotonic(), set(range(cards)), threading.Condition()
    threads = []
    for part in parts:
        if part.cards > cards:
            report.add("left_out", part.name, f"needs {part.cards} cards, there are {cards}")
            continue
        with changed:
            changed.wait_for(lambda part=part: len(free) >= part.cards)
            if time.monotonic() - began > budget:
                report.add("left_out", part.name, "the time was used up")
                continue
            taken = sorted(free)[: part.cards]
            free.difference_update(taken)

        def work_on(part: Part = part, taken: list[int] = taken) -> None:
            try:
                for run in part.runs:
                    if "seconds_per_step" in report.content["runs"].get(run.unless, {}):
                        report.add("left_out", run.name, f"{run.unless} was measured")
                        continue
                    left = budget - (time.monotonic() - began)
                    if left <= 0:
                        report.add("left_out", run.name, "the time was used up")
                        continue
                    run.timeout = min(run.timeout * (5 if cpu else 1), left + _GRACE)
                    try:
                        result = one_run(run, taken[: run.cards or part.cards], work, cpu=cpu)
                    except Exception as error:  # the other runs go on; this one is a line
                        result = {"exit": None, "failed": [f"{type(error).__name__}: {error}"]}
                    report.add("runs", run.name, result)
                    print(line_of(run.name, result), flush=True)
            finally:
                with changed:
                    free.update(taken)
                    changed.notify_all()

        threads.append(threading.Thread(target=work_on))
        threads[-1].start()
    for thread in threads:
        thread.join()


def keep_logs(work: Path, target: Path) -> None:
    """What every run said, in one archive."""
    with tarfile.open(target, "w:gz") as archive:
        for path in sorted(work.glob("*/*")):
            if path.name in ("out", "err", "recipe.yaml") and path.stat().st_size < 4_000_000:
                archive.add(path, arcname=f"{path.parent.name}/{path.name}")


def one_run(run: Run, cards: list[int], work: Path, *, cpu: bool) -> dict[str, Any]:
    """Carries one run out; returns what was measured, or why nothing was."""
    folder = work / run.name.replace(" ", "_").replace(":", "").replace("/", "_").replace(",", "_")
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, *run.script] if run.script else _training(run, cards, folder)
    env = os.environ | {"PYTHONUNBUFFERED": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    env |= {"CUDA_VISIBLE_DEVICES": "" if cpu else ",".join(_names_of(cards))}
    if run.script:
        env["RESULT"] = str(folder / "result")
    env["TORCHINDUCTOR_CACHE_DIR"] = str(work / f"cache-{run.cache}")
    env["PYTHONPATH"] = os.pathsep.join([*_SOURCES, *map(os.path.abspath, _search_path())])
    env.setdefault("OMP_NUM_THREADS", "1" if cpu else "8")
    began = time.monotonic()
    with open(folder / "out", "w") as out, open(folder / "err", "w") as err:
        process = subprocess.Popen(
            command, stdout=out, stderr=err, env=env, start_new_session=True, cwd=folder
        )
        extra: dict[str, Any] = {}
        if run.then is not None:
            extra = run.then(folder, process)
        try:
            code: int | None = process.wait(max(1.0, run.timeout - (time.monotonic() - began)))
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
    seconds = round(time.monotonic() - began, 1)
    base = {"exit": code, "wall_seconds": seconds, "cards": cards, **extra}
    return base | (_of_script(folder) if run.script else _measured(run, folder, len(cards)))


def _names_of(cards: list[int]) -> list[str]:
    """The cards as CUDA knows them: this script may itself have been given some of them only."""
    given = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return [given[card] if given else str(card) for card in cards]


def _search_path() -> list[str]:
    return [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]


def _training(run: Run, cards: list[int], folder: Path) -> list[str]:
    import yaml

    recipe = {
        **run.recipe,
        "max_steps": run.steps,
        "logging_steps": run.logging,
        "output_dir": run.recipe.get("output_dir", str(folder / "run")),
    }
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    spec = {
        "recipe": str(folder / "recipe.yaml"),
        "result": str(folder / "result"),
        "steps": run.steps,
        "stop_after": run.stop_after,
        "profile": run.profile,
        "resume": run.resume,
        "card_gigabytes": run.card_gigabytes,
        "changes": run.changes,
    }
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    if run.plain:
        options = ["--force", "--devices", str(len(cards))]
        return [sys.executable, "-m", "rf_train", "train", str(folder / "recipe.yaml"), *options]
    child = [str(HERE / "card_child.py"), str(folder / "spec.json")]
    if len(cards) == 1:
        return [sys.executable, *child]
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node", str(len(cards))]
    return [sys.executable, *launcher, "--master_port", str(_free_port()), *child]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen) -> None:
    """Ends what a run has left behind; its process group holds nothing else."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _of_script(folder: Path) -> dict[str, Any]:
    found = folder / "result.0.json"
    if found.is_file():
        return {"result": json.loads(found.read_text(encoding="utf-8"))}
    return {"failed": _last_words(folder)}


def _last_words(folder: Path) -> list[str]:
    """What the processes said last, without torchrun's own report."""
    text = (folder / "err").read_text(encoding="utf-8", errors="replace")
    lines = [line[:300] for line in text.splitlines() if line.strip()]
    own = [line for line in lines if line.startswith("rf-train:")]
    return own or [line for line in lines if not line.startswith("train:")][:40][-25:]


def _measured(run: Run, folder: Path, processes: int) -> dict[str, Any]:
    """What the processes of a training run wrote down."""
    ranks = []
    for rank in range(processes):
        path = folder / f"result.{rank}.json"
        if path.is_file():
            ranks.append(json.loads(path.read_text(encoding="utf-8")))
    steps = ranks[0]["steps"] if ranks else []
    if len(steps) < 2:
        return {"failed": _last_words(folder)}
    counts = [b["step"] - a["step"] for a, b in pairwise(steps)]
    pairs = list(zip(pairwise(steps), counts, strict=True))
    times = [(b["at"] - a["at"]) / count for (a, b), count in pairs]
    tokens = [(b["tokens"] - a["tokens"]) / count for (a, b), count in pairs]
    kept = range(min(2, len(times) // 3), len(times) - run.profile)
    rates = [tokens[i] / times[i] for i in kept] or [tokens[-1] / times[-1]]
    result = {
        "steps": steps[-1]["step"],
        "seconds_per_step": statistics.median([times[i] for i in kept] or times),
        "tokens_per_second": statistics.median(rates),
        "tokens_per_step": statistics.mean(tokens),
        "losses": [line["loss"] for line in steps],
        "peak_gib": max(r.get("peak_bytes", 0) for r in ranks) / 2**30,
        "reserved_gib": max(r.get("reserved_bytes", 0) for r in ranks) / 2**30,
        "device": ranks[0].get("device", "CPU"),
    }
    if "profile" in ranks[0]:
        result["profile"] = ranks[0]["profile"]
    return result | _of_record(run, folder, processes)


def _of_record(run: Run, folder: Path, processes: int) -> dict[str, Any]:
    """What run.json says, and what the plan expected of its memory."""
    path = Path(run.recipe.get("output_dir", folder / "run")) / "run.json"
    if not path.is_file():
        return {"failed": _last_words(folder)}
    record = json.loads(path.read_text(encoding="utf-8"))
    truth = record["truth"]
    kept = (
        "micro_batch_tokens", "gradient_checkpointing", "compiled_layers", "frozen_weights",
        "sharding", "start", "attention",
    )  # fmt: skip
    return {
        "planned_gib": _planned(folder / "recipe.yaml", truth, processes) / 2**30,
        "truth": {key: truth[key] for key in kept if key in truth},
        "start": _start_of(folder),
        "versions": record["versions"],
    }


def _start_of(folder: Path) -> str:
    """The line about the first step; run.json has it only where the run came to its end."""
    for line in (folder / "out").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("first step done"):
            return line.replace(f"{folder.parent}/", "")  # a temporary folder of this machine
    return ""


def _planned(recipe_path: Path, truth: dict[str, Any], processes: int) -> float:
    """Bytes that `rf-train plan` expects on each card for the way the run went."""
    from rf_train.budget.memory import estimate, even_micro_batch_tokens
    from rf_train.model.architectures import architecture
    from rf_train.model.structure import structure_of
    from rf_train.recipe.file import load_recipe

    recipe, _ = load_recipe(recipe_path, ())
    needs = estimate(
        structure_of(architecture(recipe.model_name_or_path)),
        recipe,
        resident="kept" in truth["frozen_weights"],
        checkpointing=truth["gradient_checkpointing"],
        devices=processes,
        compiled=truth["compiled_layers"],
    )
    step = round(362 * recipe.samples_per_step())
    return needs.total(even_micro_batch_tokens(step, truth["micro_batch_tokens"] or step))


def line_of(name: str, result: dict[str, Any]) -> str:
    """One line for the terminal."""
    if "seconds_per_step" not in result:
        why = (result.get("failed") or ["done"])[-1]
        return f"{name}: exit {result['exit']} after {result['wall_seconds']} s ({why})"
    return (
        f"{name}: {result['seconds_per_step']:.3f} s/step, {result['tokens_per_second']:,.0f} "
        f"tokens/s, {result['peak_gib']:.1f} GiB; {result['wall_seconds']} s in all"
    )
