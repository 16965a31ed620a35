"""Reads scored folders; every file is validated by its schema."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, Record, read_json, read_jsonl

from rf_eval.memory import collection_paused

SCORES = "scores.jsonl"
RESULTS = "results.json"
COMPARISON = "baseline_comparison.json"
FURTHER = "baseline_comparison.{}.json"
"""Comparisons of the baseline with a third model and more, by the model's name."""


def read_scores(folder: str | os.PathLike[str]) -> dict[str, Record]:
    """The score records of a results folder by id. Raises FileError."""
    path, first_error = Path(folder) / SCORES, _checker("scores")
    found: dict[str, Record] = {}
    with collection_paused():
        for line, record in read_jsonl(path):
            if reason := first_error(record):
                raise FileError(path, reason, line)
            if record["id"] in found:
                raise FileError(path, f"a second score for id {record['id']!r}", line)
            found[record["id"]] = record
    return found


def read_results(folder: str | os.PathLike[str]) -> Record:
    """The `results.json` of a results folder. Raises FileError."""
    return _read(Path(folder) / RESULTS, "results")


def read_comparison(path: str | os.PathLike[str]) -> Record:
    """A `baseline_comparison.json`. Raises FileError."""
    return _read(Path(path), "comparison")


def _read(path: Path, schema: str) -> Record:
    record = read_json(path)
    if reason := _checker(schema)(record):
        raise FileError(path, reason)
    return record


@cache
def _checker(schema: str) -> Callable[[Any], str]:
    from rf_eval.validation import packaged_schema, validator

    return validator(packaged_schema(schema))
