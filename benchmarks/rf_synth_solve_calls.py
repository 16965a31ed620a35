"""How fast calls are answered as a stream: `uv run benchmarks/rf_synth_solve_calls.py`.

Writes 100,000 different calls to a file (low-, high- and band-passes in the ways people state
them, a tenth with something missing), answers them with `rf-synth solve --calls` as another
process would use it, and counts calls per second of processor time and of wall time. Prints a
table and keeps it in `rf_synth_solve_calls.json` beside this script, with the load of the machine
and the token counts of the calls under the tokenizer of the embedded model.
"""

import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rf_jsonl import dumps, write_json

CALLS, ROUNDS = 100_000, 5
ROOT = Path(__file__).resolve().parent.parent
TOKENIZER = ROOT / "models" / "smollm2-135m-rf" / "tokenizer.json"


def frequency(rng: random.Random, value: float, unit: str) -> str:
    return f"{value:.{rng.choice((3, 4, 5, 6))}g}{rng.choice((' ', ''))}{unit}"


def call(rng: random.Random) -> dict[str, str]:
    """A call with fresh numbers; a tenth of them lack the ripple or the attenuation."""
    unit, f = rng.choice(("MHz", "GHz", "kHz", "MHz")), rng.uniform(1, 900)
    words = rng.choice((("Chebyshev", "LPF", "HPF"), ("切比雪夫", "低通", "高通"), ("", "", "")))
    made = {"family": words[0], "band": "", "ripple": f"{rng.choice((0.01, 0.05, 0.1, 0.5, 1))} dB"}
    if rng.random() < 0.25:
        made["return_loss"] = f"{rng.randint(12, 26)} dB"
    attenuation = f"{rng.uniform(20, 80):.2f} dB"
    kind = rng.random()
    if kind < 0.3:
        made |= {"band": words[1], "edge": frequency(rng, f, unit), "att1": attenuation}
        made["stop1"] = frequency(rng, f * rng.uniform(1.2, 3), unit)
    elif kind < 0.55:
        made |= {"band": words[2], "edge": frequency(rng, f, unit), "att1": attenuation}
        made["stop1"] = frequency(rng, f / rng.uniform(1.2, 3), unit)
    else:
        width = f * rng.uniform(0.02, 0.3)
        if rng.random() < 0.5:
            made |= {"f1": f"{f:.6g} {unit}", "f2": f"{f + width:.6g} {unit}"}
        else:
            made |= {"center": f"{f + width / 2:.6g} {unit}", "width": f"{width:.4g} {unit}"}
        made["stop1"] = frequency(rng, f - width * rng.uniform(0.3, 1), unit)
        if rng.random() < 0.7:
            made["stop2"] = frequency(rng, f + width * rng.uniform(1.3, 2), unit)
        made["att"] = attenuation
    if rng.random() < 0.3:
        made["z0"] = rng.choice(("50 ohm", "50Ω", "75 ohm", "50欧"))
    if rng.random() < 0.1:
        made.pop(rng.choice(("ripple", "att", "att1")), None)
    return {key: value for key, value in made.items() if value}


def rate(path: Path) -> tuple[float, float]:
    """Calls a second of processor time and of wall time, in a process of its own."""
    command = [sys.executable, "-m", "rf_synth", "solve", "--calls", "-"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with path.open("rb") as calls:
        subprocess.run(command, stdin=calls, stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return CALLS / used, CALLS / wall


def tokens(calls: list[dict[str, str]]) -> dict[str, float]:
    """Median and 95th percentile of the tokens of a call with its tags."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    counts = []
    for arguments in calls[:5000]:
        body = dumps({"name": "design_filter", "arguments": arguments}).decode()
        counts.append(len(tokenizer.encode(f"<tool_call>{body}</tool_call>").ids))
    return {
        "median": statistics.median(counts),
        "p95": statistics.quantiles(counts, n=20)[-1],
        "most": max(counts),
    }


def main() -> None:
    rng = random.Random(0)
    calls = [call(rng) for _ in range(CALLS)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.jsonl"
        path.write_bytes(b"".join(dumps(c) + b"\n" for c in calls))
        rates = [rate(path) for _ in range(ROUNDS)]
    row = {
        "calls": CALLS,
        "calls_per_cpu_second": round(statistics.median(r[0] for r in rates)),
        "calls_per_second": round(statistics.median(r[1] for r in rates)),
        "best_calls_per_second": round(max(r[1] for r in rates)),
        "load_average": round(os.getloadavg()[0], 1),
        "tokens": tokens(calls),
    }
    for key, value in row.items():
        print(f"{key:<24}{value}")
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    write_json(Path(__file__).with_suffix(".json"), {**machine, "cores": os.cpu_count(), **row})


if __name__ == "__main__":
    main()
