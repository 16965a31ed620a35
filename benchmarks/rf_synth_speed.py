"""How fast rf-synth is, beside scipy's order function and one generator of reasoning-gym.

    uv run python benchmarks/rf_synth_speed.py [RECORDS OF THE LONG RUN]
    uv run --with reasoning-gym python benchmarks/rf_synth_speed.py   # with that comparison

Wall times are those of the whole command from the shell; rates are those of one process beyond its
start-up, by CPU time in short windows, the best of twenty: neighbours on the machine matter less.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
COMMAND = [sys.executable, "-m", "rf_synth"]


def best(function, times=20):
    return min(function() for _ in range(times))


def shell_seconds(*arguments):
    start = time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def paper_seconds(folder):
    return shell_seconds("generate", "--preset", "paper", "--out", folder, "--force", "--seed",
                         str(time.time_ns() % 10**9))  # fmt: skip


def requests_a_second(count=1_000, warm=8_000):
    """Records of preset `real`, once most of its clauses and voices have been used."""
    from rf_synth.dataset.recipe import load_preset, resolve
    from rf_synth.dataset.request_stream import RequestStream

    stream = RequestStream(resolve(load_preset("real")), "train")
    sum(1 for _ in stream.lines(0, warm))
    windows = iter(range(warm, warm + 20 * count, count))

    def once():  # other records each time: those of before would be remembered
        start, first = time.process_time(), next(windows)
        sum(1 for _ in stream.lines(first, first + count))
        return time.process_time() - start

    return count / best(once)


def samples_a_second(style, count=4_000):
    from rf_synth.dataset.recipe import load_preset, resolve
    from rf_synth.dataset.stream import RecordStream

    stream = RecordStream(resolve(load_preset("paper") | {"answer_style": style}), "train")
    sum(1 for _ in stream.lines(0, 500))

    def once():
        start = time.process_time()
        sum(1 for _ in stream.lines(500, 500 + count))
        return time.process_time() - start

    return count / best(once)


def validated_a_second(folder):
    """Records of the validation split: a short window, taken often, catches a quiet moment."""
    from rf_synth.verify.folder import validate

    path = Path(folder) / "val.jsonl"
    records = path.read_bytes().count(b"\n")

    def once():
        start = time.process_time()
        assert not list(validate(path))
        return time.process_time() - start

    return records / best(once)


def validated_a_second_from_the_shell(records=300_000):
    """Records a second of the whole command, start-up and both cores, on a long file."""
    with tempfile.TemporaryDirectory() as folder:
        shell_seconds("generate", "--preset", "paper", "--out", folder, "--count",
                      f"train={records}")  # fmt: skip
        total = sum(path.read_bytes().count(b"\n") for path in Path(folder).glob("*.jsonl"))
        return total / best(lambda: shell_seconds("validate", folder), 3)


def scipy_a_second(count=3_000):
    from rf_synth.specs.draws import Draws
    from rf_synth.specs.ranges import Ranges
    from rf_synth.specs.sampler import SpecSampler
    from scipy.signal import cheb1ord

    sampler = SpecSampler(Ranges())
    specs = [sampler.draw(Draws(f"bench:{i}"), "bandpass")[0] for i in range(count)]

    def once():
        start = time.process_time()
        for spec in specs:
            half = spec["bandwidth"] / 2
            edges = [spec["f_center"] - half, spec["f_center"] + half]
            stops = [spec["fs_lower"], spec["fs_upper"]]
            cheb1ord(edges, stops, spec["ripple_db"], spec["La_target"], analog=True)
        return time.process_time() - start

    return count / best(once)


def reasoning_gym_a_second(count=5_000):
    try:
        import reasoning_gym
    except ImportError:
        return None
    data = reasoning_gym.create_dataset("chain_sum", size=count, seed=1)

    def once():
        start = time.process_time()
        for i in range(count):
            data[i]
        return time.process_time() - start

    return count / best(once)


def peak_memory(count):
    """MiB of the largest and of all processes together while `count` records are made."""
    import psutil

    with tempfile.TemporaryDirectory() as folder:
        command = [*COMMAND, "generate", "--preset", "paper", "--out", folder, "--workers", "2",
                   "--count", f"train={count}"]  # fmt: skip
        process = psutil.Popen(command, stdout=subprocess.DEVNULL)
        peak = total = 0.0
        start = time.perf_counter()
        while process.poll() is None:
            try:
                family = [process, *process.children(recursive=True)]
                sizes = [member.memory_info().rss / 2**20 for member in family]
            except psutil.NoSuchProcess:
                continue
            peak, total = max(peak, *sizes), max(total, sum(sizes))
            threading.Event().wait(0.1)
        return {
            "records": count,
            "largest_process_mib": round(peak, 1),
            "all_processes_mib": round(total, 1),
            "wall_s": round(time.perf_counter() - start, 1),
        }


ASKED = {
    "paper_preset_wall_s": "at most 3",
    "json_samples_per_s_core": "at least 30,000",
    "real_records_per_s_core": "at least 15,000",
    "validate_records_per_s_core": "at least 20,000",
    "validate_records_per_s_shell": "at least 20,000",
    "memory_long": "at most 300 MiB, flat",
}


def measured(long_run):
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {load:.1f} at the start",
        "help_s": round(best(lambda: shell_seconds("--help"), 5), 3),
    }
    with tempfile.TemporaryDirectory() as folder:
        figures["paper_preset_wall_s"] = round(best(lambda: paper_seconds(folder), 5), 2)
        wall = best(lambda: shell_seconds("validate", folder), 5)
        figures["validate_paper_wall_s"] = round(wall, 2)
        figures["validate_records_per_s_core"] = round(validated_a_second(folder))
    figures["validate_records_per_s_shell"] = round(validated_a_second_from_the_shell())
    figures["json_samples_per_s_core"] = round(samples_a_second("json"))
    figures["derivation_samples_per_s_core"] = round(samples_a_second("derivation", 2_000))
    figures["real_records_per_s_core"] = round(requests_a_second())
    figures["scipy_cheb1ord_calls_per_s"] = round(scipy_a_second())
    gym = reasoning_gym_a_second()
    figures["reasoning_gym_chain_sum_per_s"] = round(gym) if gym else None
    figures["memory_short"] = peak_memory(50_000)
    figures["memory_long"] = peak_memory(long_run)
    return figures


def table(figures):
    rows = ["| figure | measured | asked |", "|---|---|---|"]
    for name, value in figures.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {n:,}" for key, n in value.items())
        elif isinstance(value, int):
            value = f"{value:,}"
        rows.append(f"| {name} | {value} | {ASKED.get(name, '')} |")
    return "\n".join(rows)


def main():
    long_run = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    figures = measured(long_run)
    (HERE / "rf_synth_speed.json").write_text(
        json.dumps(figures, indent=2) + "\n", encoding="utf-8"
    )
    text = (
        "# Speed of rf-synth\n\nWritten by `benchmarks/rf_synth_speed.py`. Rates are those of one "
        "process beyond its start-up, `_shell` and `_wall` those of the whole command from the "
        f"shell.\n\n{table(figures)}\n"
    )
    (HERE / "rf_synth_speed.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
