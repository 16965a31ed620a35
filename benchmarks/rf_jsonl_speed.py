"""How fast records are read and written: `uv run benchmarks/rf_jsonl_speed.py`.

Two kinds of line: a short score record and a data-set record with a whole dialogue. Prints a table
and keeps it in `rf_jsonl_speed.json` beside this script. Each figure is the median of five rounds.
"""

import platform
import statistics
import tempfile
import time
from pathlib import Path

from rf_jsonl import codec, read_jsonl, write_json, write_jsonl

ROUNDS = 5
SCORE = {
    "id": "test-000123",
    "group": {"type": "full", "band": "bandpass", "lang": "mix"},
    "metrics": {
        "order": {"value": 1.0, "status": "ok", "why": ""},
        "json_strict": {"value": 1.0, "status": "ok", "why": ""},
    },
}
SAMPLE = {
    "id": "train-000017",
    "messages": [
        {"role": "system", "content": "You design Chebyshev filters. " * 12},
        {
            "role": "user",
            "content": "设计一个切比雪夫带通，中心 2.4 GHz，带宽 200 MHz，纹波 0.1 dB。" * 2,
        },
        {"role": "assistant", "content": '{"filter_type": "chebyshev", "order": 5, "R0": 50}' * 3},
    ],
    "meta": {"type": "full", "band": "bandpass", "spec": {"R0": 50, "ripple_db": 0.1}, "order": 5},
}


def records_per_second(seconds: list[float], count: int) -> int:
    return round(count / statistics.median(seconds))


def measure(record: dict, count: int, folder: Path) -> dict[str, float]:
    path = folder / "records.jsonl"
    write, read, plain = [], [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        write_jsonl(path, (record for _ in range(count)))
        write.append(time.perf_counter() - start)
        fast = codec.orjson
        for seconds, module in ((read, fast), (plain, None)):
            codec.orjson = module
            start = time.perf_counter()
            assert sum(1 for _ in read_jsonl(path)) == count
            seconds.append(time.perf_counter() - start)
        codec.orjson = fast
    return {
        "bytes_per_record": path.stat().st_size / count,
        "write_per_s": records_per_second(write, count),
        "read_orjson_per_s": records_per_second(read, count),
        "read_json_per_s": records_per_second(plain, count),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = {
            "score": measure(SCORE, 100_000, Path(folder)),
            "sample": measure(SAMPLE, 40_000, Path(folder)),
        }
    print(f"{'record':8} {'bytes':>6} {'write/s':>9} {'read/s':>9} {'read/s, no orjson':>18}")
    for name, row in table.items():
        print(
            f"{name:8} {row['bytes_per_record']:6.0f} {row['write_per_s']:9,} "
            f"{row['read_orjson_per_s']:9,} {row['read_json_per_s']:18,}"
        )
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    write_json(Path(__file__).with_suffix(".json"), {**machine, "records": table})


if __name__ == "__main__":
    main()
