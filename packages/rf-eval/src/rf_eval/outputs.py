"""Scores and results on disk, beside the predictions they were made of."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import (
    FileError,
    Record,
    locked_folder,
    read_json,
    read_jsonl,
    write_json,
    write_jsonl,
)
from rf_jsonl import dumps as to_bytes

from rf_eval.predictions import Key
from rf_eval.registry import Metric
from rf_eval.results import COUNTING, aggregate
from rf_eval.samples import DataSet
from rf_eval.scoring import GROUP_BY, score_records

SCORES = "scores.jsonl"
RESULTS = "results.json"


def score_into(
    out: Path,
    data: DataSet,
    records: Sequence[Record],
    predictions: Mapping[Key, Record],
    metrics: Sequence[Metric],
    *,
    meta: Mapping[str, Any],
    group_by: Sequence[str] = GROUP_BY,
    force: bool = False,
) -> tuple[Record, bool]:
    """Scores, aggregates, and writes `scores.jsonl` and `results.json` into `out`.

    Returns the results and whether anything was written; identical files are left alone, and
    different ones are replaced only with `force`. Raises FileError.
    """
    scores = list(
        score_records(records, predictions, metrics, dataset=data.metadata, group_by=group_by)
    )
    results = _results(out, data, meta, scores, metrics)
    with locked_folder(out):
        unchanged = holds_lines(out / SCORES, scores) and holds(out / RESULTS, results)
        if not unchanged:
            refuse_overwriting([out / SCORES, out / RESULTS], force)
            write_jsonl(out / SCORES, scores)
            write_json(out / RESULTS, results)
    return results, not unchanged


def _results(
    out: Path,
    data: DataSet,
    meta: Mapping[str, Any],
    scores: Sequence[Record],
    metrics: Sequence[Metric],
) -> Record:
    """The content of `results.json`."""
    origin = ("cache_key", "model", "adapter", "decoding")
    return {
        "format": 1,
        "model": str(meta.get("name") or out.resolve().name),
        "data": {"path": data.path.as_posix(), "sha256": data.sha256},
        "samples": len(scores),
        "subset": meta.get("subset"),
        "generated_by": {name: meta.get(name) for name in origin},
        "counting": COUNTING,
        "metric_definitions": [metric.to_record() for metric in metrics],
        "metrics": aggregate(scores, metrics),
    }


def read_scores(folder: str | os.PathLike[str]) -> dict[str, Record]:
    """The score records of a results folder by id. Raises FileError."""
    path = Path(folder) / SCORES
    found: dict[str, Record] = {}
    for line, record in read_jsonl(path):
        if not isinstance(record.get("id"), str) or not isinstance(record.get("metrics"), dict):
            raise FileError(path, 'expected {"id", "group", "metrics"}', line)
        if record["id"] in found:
            raise FileError(path, f"a second score for id {record['id']!r}", line)
        found[record["id"]] = record
    return found


def read_results(folder: str | os.PathLike[str]) -> Record:
    """The `results.json` of a results folder. Raises FileError."""
    path = Path(folder) / RESULTS
    results = read_json(path)
    if not isinstance(results.get("metrics"), list):
        raise FileError(path, 'no "metrics", expected a list of rows')
    return results


def holds(path: Path, record: Record) -> bool:
    """Whether a file holds exactly this object already."""
    return path.is_file() and to_bytes(read_json(path)) == to_bytes(record)


def holds_lines(path: Path, records: Sequence[Record]) -> bool:
    """Whether a JSONL file holds exactly these records already."""
    lines = b"".join(to_bytes(record) + b"\n" for record in records)
    return path.is_file() and path.read_bytes() == lines


def refuse_overwriting(paths: Sequence[Path], force: bool) -> None:
    """Raises FileError for the first file that exists, unless forced."""
    for path in paths:
        if path.exists() and not force:
            raise FileError(path, "holds something different (--force replaces it)")
