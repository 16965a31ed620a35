"""rf-eval's weight and speed: import, --help, scoring, extraction, simulation.

    python benchmarks/rf_eval_speed.py --data data/filter_sft_zhmix/test.jsonl

Writes its last result beside itself (rf_eval_speed.json). The data set's records are repeated under
fresh ids until there are --records of them, and half of them answered wrongly in several ways.

"scoring" is what its name says: records and predictions in memory to score records in memory, all
default metrics, simulations included, one process. "whole_command" is what `rf-eval score` does
with files: read data and predictions, score, aggregate with intervals, write scores and results;
its parts are timed apart. Each is the best of --times.
"""

import argparse
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rf_eval.extract import extract
from rf_eval.filters import measure
from rf_eval.filters.design import Design, read_design
from rf_eval.outputs import score_into
from rf_eval.predictions import read_predictions
from rf_eval.results import aggregate
from rf_eval.samples import read_dataset, turns
from rf_eval.scoring import score_records
from rf_eval.select import select
from rf_jsonl import write_jsonl


def best(call, times=3):
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def process(*arguments):
    return best(lambda: subprocess.run(arguments, check=True, capture_output=True), 7)


def enlarged(data, count):
    """Records with fresh ids and slightly changed numbers, so that nothing is remembered."""
    rng, records = random.Random(0), []
    while len(records) < count:
        for record in data.records:
            copy = json.loads(json.dumps(record))
            copy["id"] = f"r{len(records):06d}"
            spec, last = copy["meta"]["spec"], copy["messages"][-1]
            if "La_target" in spec and last["content"].startswith("{"):
                answer = json.loads(last["content"])
                answer["La_target"] = spec["La_target"] = round(
                    spec["La_target"] - rng.random() / 100, 6
                )
                last["content"] = json.dumps(answer)
            records.append(copy)
            if len(records) == count:
                break
    return records


def answers(records, metadata):
    rng, found = random.Random(1), {}
    for record in records:
        for sample in turns(record, metadata):
            text, draw = sample.expected_text, rng.random()
            if sample.expected is not None and draw < 0.3:
                changed = dict(sample.expected)
                changed["order"] += rng.choice([-1, 1, 2])
                text = json.dumps(changed)
            elif draw < 0.4:
                text = f"Here you are:\n```json\n{text}\n```"
            elif draw < 0.45:
                text = text[: len(text) // 2]
            found[sample.key] = {
                "id": sample.id, "turn": sample.turn, "messages": list(sample.messages),
                "completion": text, "finish_reason": "stop",
            } | ({"history": sample.history} if sample.history else {})  # fmt: skip
    return found


def scoring(path, count, times):
    data = read_dataset(path)
    records = enlarged(data, count)
    found = answers(records, data.metadata)
    metrics = select([], data)

    def score():
        measure._cache.clear()  # no simulation is remembered from the round before
        return list(score_records(records, found, metrics, dataset=data.metadata))

    scores = score()
    in_memory = best(score, times)
    aggregated = best(lambda: aggregate(scores, metrics), times)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_jsonl(root / "test.jsonl", records)
        write_jsonl(root / "predictions.jsonl", found.values())

        def read():
            return read_dataset(root / "test.jsonl"), read_predictions(root / "predictions.jsonl")

        def everything():
            measure._cache.clear()
            whole, predictions = read()
            score_into(root / "out", whole, whole.records, predictions, metrics, meta={},
                       force=True)  # fmt: skip
            (root / "out" / "scores.jsonl").unlink()

        reading = best(read, times)
        with_files = best(everything, times)
    return {
        "records": count,
        "answers": len(found),
        "metrics": len(metrics),
        "scoring_records_per_s": round(count / in_memory),
        "scoring_answers_per_s": round(len(found) / in_memory),
        "whole_command_records_per_s": round(count / with_files),
        "seconds": {
            "score": round(in_memory, 2),
            "aggregate": round(aggregated, 2),
            "read": round(reading, 2),
            "whole_command": round(with_files, 2),
        },
    }


def simulation(records):
    designs = [read_design(json.loads(r["messages"][-1]["content"]))
               for r in records if r["messages"][-1]["content"].startswith("{")]  # fmt: skip
    designs = [design for design in designs if isinstance(design, Design)]
    began = time.perf_counter()
    measure.measure_many(designs)
    return round(len(designs) / (time.perf_counter() - began))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    python = sys.executable
    bare = process(python, "-c", "pass")
    result = {
        "python": platform.python_version(),
        "import_rf_eval_s": round(process(python, "-c", "import rf_eval") - bare, 3),
        "help_s": round(process(str(Path(python).with_name("rf-eval")), "--help"), 3),
        "bare_python_s": round(bare, 3),
        "simulations_per_s": simulation(enlarged(read_dataset(options.data), 5_000)),
        "one_megabyte_of_braces_s": round(best(lambda: extract("{" * 999_999), 1), 2),
        **scoring(options.data, options.records, options.times),
    }
    print(json.dumps(result, indent=2))
    place = Path(__file__).with_suffix(".json")
    place.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
