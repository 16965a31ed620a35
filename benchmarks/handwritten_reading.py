"""Requests of a data set, by default those written by hand, read by the shipped model and designed.

    uv run python benchmarks/handwritten_reading.py [--data data/real/test_ood.jsonl]

Writes its last result beside itself (handwritten_reading.json): seconds from the start of the
process `rf-design --batch` to its end, how many of the requests that state everything get their
order, how many gaps are asked for exactly (but for a port impedance, which is taken as 50 ohm),
and how many get a design of another order: the confident errors. In data of the preset `real`
some are of other tasks, and to be declined.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

DATA = "recipes/smollm2-135m/handwritten.jsonl"


def outcome(meta, result):
    """What became of one request."""
    status, asked = result["status"], set(result.get("missing", []))
    meta = meta.get("result", meta)  # of the preset real: what the solver makes of the right call
    if meta.get("status") == "outside":
        return "declined" if status == "outside" else f"outside: {status}"
    missing = set(meta.get("missing", ())) - {"R0"}
    if missing:
        names = {missing_name(name) for name in missing}
        exact = status == "incomplete" and {missing_name(name) for name in asked} == names
        return "asked exactly" if exact else f"gap: {status}"
    if meta.get("order") is None:  # only the impedance is missing: any design will do
        return "impedance assumed" if status == "designed" else f"impedance: {status}"
    if status == "designed":
        return "order right" if result["order"] == meta["order"] else "order wrong"
    return f"complete: {status}"


def missing_name(name):
    """One name for a pass-band edge and for a stop-band edge, however a form calls it."""
    if name in ("fc", "f_center", "bandwidth", "edge", "f1", "f2", "center", "width", "passband"):
        return "pass band"
    if name.startswith(("fs", "stop")) and name != "stop_attenuation":
        return "stop band"
    return name


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=DATA)
    parser.add_argument("--show", action="store_true", help="Print what was not right.")
    options = parser.parse_args()
    records = [json.loads(line) for line in Path(options.data).read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        source.write_text("".join(json.dumps(request(r)) + "\n" for r in records), "utf-8")
        subprocess.run([program(), "prepare"], check=True, stdout=subprocess.DEVNULL)
        began = time.perf_counter()
        process = subprocess.Popen([program(), "--batch", source, "--out", target])
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        if status:
            sys.exit("rf-design --batch: failed")
        answers = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    counts = Counter()
    for record, answer in zip(records, answers, strict=True):
        found = outcome(record["meta"], answer["result"])
        counts[found] += 1
        if options.show and found not in ("order right", "asked exactly", "impedance assumed"):
            print(found, record["meta"]["missing"], answer["result"].get("missing"),
                  record["messages"][-2]["content"], answer["call"])  # fmt: skip
    result = {
        "data": options.data, "requests": len(records), "outcomes": dict(sorted(counts.items())),
        "wall_s": round(seconds, 1), "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1e3), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    print(json.dumps(result, indent=2))
    place = Path(__file__).with_suffix(".json")
    known = json.loads(place.read_text("utf-8")) if place.is_file() else {}
    known[Path(options.data).stem] = result
    place.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")


def request(record):
    turns = [message["content"] for message in record["messages"] if message["role"] == "user"]
    return {"id": record["id"], "request": turns}


def program():
    return str(Path(sys.executable).with_name("rf-design"))


if __name__ == "__main__":
    main()
