"""The files of all shards as one: each record's line exactly once, in the order of the input.

Memory holds one shard at a time, and of the scores what their averages need.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rf_eval.errors import EvalError
from rf_eval.predictions import PREDICTIONS, read_predictions
from rf_eval.results import COUNTING, aggregate
from rf_eval.samples import turns
from rf_eval.scored import RESULTS, SCORES, read_scores
from rf_eval.select import select
from rf_jsonl import Record, write_json, write_jsonl

from rf_ray_example.inputs import Shard
from rf_ray_example.shard_work import Job, as_dataset


def join(job: Job, shards: Sequence[Shard]) -> dict[str, int]:
    """Writes `predictions.jsonl`, and `scores.jsonl` and `results.json` where there are metrics.

    Returns how many records and answers there are. Raises EvalError for an answer that is missing
    and for an id that two files have.
    """
    out, counts, ids = Path(job.out), {"records": 0, "answers": 0}, set[str]()
    write_jsonl(out / PREDICTIONS, _predictions(job, shards, counts, ids))
    if job.metrics:
        scores: list[Record] = []
        write_jsonl(out / SCORES, _scores(job, shards, scores))
        metrics = select(job.metrics, as_dataset(shards[0]))
        results = {
            "format": 1, "samples": len(scores), "counting": COUNTING,
            "metric_definitions": [metric.to_record() for metric in metrics],
            "metrics": aggregate(scores, metrics),
        }  # fmt: skip
        write_json(out / RESULTS, results)
    return counts


def _predictions(
    job: Job, shards: Sequence[Shard], counts: dict[str, int], ids: set[str]
) -> Iterator[Record]:
    for shard in shards:
        path = job.folder(shard) / PREDICTIONS
        found = read_predictions(path)
        for record in as_dataset(shard).records:
            if record["id"] in ids:
                raise EvalError(f"{shard.path}: id {record['id']!r} is another file's, too")
            ids.add(record["id"])
            counts["records"] += 1
            for sample in turns(record):
                if sample.key not in found:
                    raise EvalError(f"{path}: no answer for id {record['id']!r}")
                counts["answers"] += 1
                yield found[sample.key]


def _scores(job: Job, shards: Sequence[Shard], kept: list[Record]) -> Iterator[Record]:
    """All scores; `kept` gets them without their texts, equal ones as one object."""
    known: dict[tuple[Any, ...], Record] = {}
    groups: dict[tuple[Any, ...], Record] = {}
    for shard in shards:
        for record in read_scores(job.folder(shard)).values():
            yield record
            scores = {}
            for name, score in record["metrics"].items():
                what = (score["value"], score["status"], score.get("label"))
                short = {"value": what[0], "status": what[1], "label": what[2]}
                scores[name] = known.setdefault(what, short)
            group = groups.setdefault(tuple(sorted(record["group"].items())), record["group"])
            kept.append({"group": group, "metrics": scores})
