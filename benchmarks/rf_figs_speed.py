"""How long the figures take: `uv run benchmarks/rf_figs_speed.py [INPUT_FOLDER...]`.

Measures, from the shell: all figures in both languages (hand-made inputs of the tests, which hold
something for every figure, unless folders are named), the second run over unchanged output, the
command's --help, and a training log of a million lines. Prints a table and keeps it in
`rf_figs_speed.json` beside this script. Times are wall time, the best of three for --help; `cpu`
is processor time, which other work on the machine changes less.
"""

import json
import os
import platform
import runpy
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rf_jsonl import read_json, write_json

HERE = Path(__file__).parent
HANDMADE = HERE.parent / "packages" / "rf-figs" / "tests" / "conftest.py"
LOG_LINES = 1_000_000


def seconds(*arguments: str) -> float:
    start = time.perf_counter()
    command = [sys.executable, "-m", "rf_figs", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter() - start, 2)


def cpu_of_children() -> float:
    """Processor seconds of finished child processes: what a busy machine does not change much."""
    times = os.times()
    return times.children_user + times.children_system


def write_log(folder: Path) -> None:
    folder.mkdir()
    with open(folder / "trainer_log.jsonl", "w", encoding="utf-8") as file:
        for k in range(1, LOG_LINES + 1):
            line = {
                "current_steps": k, "total_steps": LOG_LINES, "loss": 0.3 + 2 / k**0.5,
                "lr": 1e-4 * (1 - k / (LOG_LINES + 1)), "epoch": 3 * k / LOG_LINES,
                "grad_norm": 1.0, "tokens_per_second": 500.0,
            }  # fmt: skip
            file.write(json.dumps(line) + "\n")


def main() -> None:
    results: dict[str, object] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }
    if hasattr(os, "getloadavg"):
        results["load_before"] = round(os.getloadavg()[0], 2)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        folders = sys.argv[1:] or [
            str(runpy.run_path(str(HANDMADE))["write_everything"](root / "in"))
        ]
        render = ["render", *(x for folder in folders for x in ("--inputs", folder))]
        render += ["--out", str(root / "out")]
        results["inputs"] = "named folders" if sys.argv[1:] else "hand-made, every figure"
        before = cpu_of_children()
        results["all_figures_s"] = seconds(*render)
        results["all_figures_cpu_s"] = round(cpu_of_children() - before, 2)
        figures = read_json(root / "out" / "figures.json")["figures"].values()
        results["figures_drawn"] = sum("files" in figure for figure in figures)
        results["files_written"] = sum(len(figure.get("files", ())) for figure in figures)
        results["all_figures_unchanged_s"] = seconds(*render)
        results["help_s"] = min(seconds("--help") for _ in range(3))
        write_log(root / "log")
        curve = ["--only", "training_loss_curve", "--out", str(root / "curve")]
        results["log_of_a_million_lines_s"] = seconds(
            "render", "--inputs", str(root / "log"), *curve
        )
    for name, value in results.items():
        print(f"{name:28} {value}")
    write_json(HERE / "rf_figs_speed.json", results)


if __name__ == "__main__":
    main()
