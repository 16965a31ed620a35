"""rf-design's speed: --help, a call with its files, a batch of calls, the searches.

    uv run python benchmarks/rf_design_speed.py

Writes its last result beside itself (rf_design_speed.json). Each figure is the best of --times, in
one process and one thread; "process" is from start to end of a process of its own, with the
bytecode of all modules on disk as after any first run. The batch is --calls different calls of all
four bands through files, order, parts and verification included. Sentences are read by the model
on all cores; they are left out by --no-model.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# NumPy's threads only; the model takes the cores that there are.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rf_design import Options, design
from rf_design.batch import run_batch
from rf_design.evaluation.tolerance import monte_carlo
from rf_design.files.folder import write_folder

CALL = {"band": "BPF", "center": "70 MHz", "width": "18 MHz", "ripple": "0.1 dB",
        "offset1": "±25 MHz", "att": "40 dB"}  # fmt: skip


def best(call, times):
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def command(times, *arguments):
    """Wall seconds, and those that the processor worked, of the fastest run."""
    program = str(Path(sys.executable).with_name("rf-design"))
    own = ("PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in own}

    def run():
        began = time.perf_counter()
        process = subprocess.Popen(
            [program, *arguments], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"rf-design {' '.join(arguments)}: failed")
        return time.perf_counter() - began, used.ru_utime + used.ru_stime

    run()  # writes the bytecode, and prepares the model
    wall, cpu = min(run() for _ in range(times))
    return {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}


SENTENCES = (
    "2.4G BPF, BW 100M, 40dB @ 2.2G/2.6G, ripple 0.1dB",
    "切比雪夫低通，截止 30 MHz，波纹 0.1 dB，60 MHz 处抑制不小于 40 dB，50 欧姆",
    "Chebyshev high-pass, 500 MHz edge, return loss 20 dB, at least 50 dB at 200 MHz",
)


def warm_sentences(times):
    """Seconds from a sentence to its complete design in a process that has the model."""
    from statistics import median

    from rf_design.reading.model import installed_model

    model = installed_model()
    design(SENTENCES[0], model=model)
    return round(median(best(lambda s=s: design(s, model=model), times) for s in SENTENCES), 3)


def calls(count):
    """Different calls of the four bands, orders about 3 to 9."""
    for i in range(count):
        scale, ripple = 1 + i / count, f"{0.05 + (i % 97) / 200:.4f} dB"
        kind = i % 4
        if kind == 0:
            call = {"band": "LPF", "edge": f"{scale:.6f} GHz", "stop1": f"{2 * scale:.6f} GHz"}
        elif kind == 1:
            call = {"band": "HPF", "edge": f"{scale:.6f} GHz", "stop1": f"{scale / 2:.6f} GHz"}
        elif kind == 2:
            call = {"center": f"{70 * scale:.4f} MHz", "width": f"{12 * scale:.4f} MHz",
                    "offset1": f"±{20 * scale:.4f} MHz"}  # fmt: skip
        else:
            call = {"band": "band-stop", "f1": f"{80 * scale:.4f} MHz",
                    "f2": f"{120 * scale:.4f} MHz", "stop1": f"{95 * scale:.4f} MHz",
                    "stop2": f"{103 * scale:.4f} MHz"}  # fmt: skip
        yield {"id": i, "call": {**call, "ripple": ripple, "att": f"{30 + i % 30} dB"}}


def batch(count):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        lines = "".join(json.dumps(line) + "\n" for line in calls(count))
        source.write_text(lines, encoding="utf-8")
        began = time.process_time()
        run_batch(source, target, Options())
        return count / (time.process_time() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--no-model", action="store_true")
    options = parser.parse_args()
    times = options.times
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "call.json")
        path.write_text(json.dumps(CALL), encoding="utf-8")
        arguments = ("--call", str(path), "--out", str(Path(folder, "out")))
        found = design(CALL, Options(e_series=24, tolerance=0.02))

        def with_files(plots):
            write_folder(design(CALL), Path(folder, "here"), plots=plots)

        sentences = {}
        if not options.no_model:
            sentences["sentence_process"] = command(times, SENTENCES[0])
            sentences["sentence_warm_s"] = warm_sentences(times)
        result = {
            "python": platform.python_version(),
            "load_average": round(os.getloadavg()[0], 1),
            "help_process": command(times, "--help"),
            "call_process": command(times, "--call", str(path)),
            "call_files_without_plots_process": command(times, *arguments, "--no-plots"),
            "call_files_with_plots_process": command(times, *arguments),
            **sentences,
            "call_files_without_plots_s": round(best(lambda: with_files(False), times), 3),
            "call_files_with_plots_s": round(best(lambda: with_files(True), times), 3),
            "batch_calls": options.calls,
            "batch_calls_per_cpu_s": round(batch(options.calls)),
            "series_search_s": round(
                best(lambda: design(CALL, Options(e_series=24)).filter.rounded, times), 3
            ),
            "monte_carlo_1000_s": round(
                best(lambda: monte_carlo(found.filter.spec, found.filter.ladder), times), 3
            ),
        }
    print(json.dumps(result, indent=2))
    place = Path(__file__).with_suffix(".json")
    place.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
