"""Scores and results on disk, in the folder of the predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import (
    FileError,
    Record,
    is_file_to_be,
    locked_folder,
    read_json,
    refuse_replacing,
    shown,
    write_json,
    write_whole,
)
from rf_jsonl import dumps as to_bytes

from rf_eval.memory import collection_paused
from rf_eval.predictions import Key
from rf_eval.registry import Metric
from rf_eval.results import COUNTING, aggregate
from rf_eval.samples import DataSet
from rf_eval.scored import RESULTS, SCORES
from rf_eval.scoring import GROUP_BY, score_records


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
    remarks: Sequence[str] = (),
) -> tuple[Record, bool]:
    """Scores, aggregates, and writes `scores.jsonl` and `results.json` into `out`.

    Parameters
    ----------
    out : the folder of the predictions
    data, records : the data set, and its records that were answered
    predictions : by (id, turn, history)
    metrics, group_by : the metrics, and the keys of `meta` by which to group them
    meta : the content of `predictions.meta.json`
    force : replace different results; identical ones are not rewritten
    remarks : notes to add to the results

    Returns
    -------
    The results, and whether anything was written

    Raises
    ------
    FileError : other results exist, or they cannot be written
    """
    with collection_paused():
        scores = list(
            score_records(records, predictions, metrics, dataset=data.metadata, group_by=group_by)
        )
        results = _results(out, data, meta, scores, metrics)
        if remarks:
            results["remarks"] = list(remarks)
        lines = to_lines(out / SCORES, scores)
    with locked_folder(out):
        unchanged = holds_bytes(out / SCORES, lines) and holds(out / RESULTS, results)
        if not unchanged:
            for name in (SCORES, RESULTS):
                refuse_replacing(out / name, force=force)
            write_whole(out / SCORES, lines, force=True)
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
        "model": str(meta.get("name") or shown(out.resolve().name)),
        "data": {"path": shown(data.path), "sha256": data.sha256},
        "samples": len(scores),
        "subset": meta.get("subset"),
        "generated_by": {name: meta.get(name) for name in origin},
        "counting": COUNTING,
        "metric_definitions": [metric.to_record() for metric in metrics],
        "metrics": aggregate(scores, metrics),
    }


def holds(path: Path, record: Record) -> bool:
    """Whether a file already contains exactly this object."""
    if not (is_file_to_be(path) and path.exists()):
        return False
    try:
        return to_bytes(read_json(path)) == to_bytes(record)
    except FileError:  # not JSON
        return False


def holds_bytes(path: Path, data: bytes) -> bool:
    """Whether a file already contains exactly these bytes."""
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def to_lines(path: Path, records: Sequence[Record]) -> bytes:
    """The content of a JSONL file. Raises FileError about `path` for what is not JSON."""
    lines = []
    for number, record in enumerate(records, start=1):
        try:
            lines.append(to_bytes(record) + b"\n")
        except (TypeError, ValueError) as error:
            raise FileError(path, f"cannot be written: {error}", number) from None
    return b"".join(lines)
