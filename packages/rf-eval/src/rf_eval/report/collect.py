"""What a report shows, collected from a results folder into one JSON object."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import Record

from rf_eval.answer import Answer, answer_of
from rf_eval.errors import EvalError
from rf_eval.filters.design import Design, whole
from rf_eval.filters.measure import measure_many
from rf_eval.metrics.spec import design_of
from rf_eval.plot import response_svg
from rf_eval.predictions import PREDICTIONS, Key, read_predictions
from rf_eval.samples import DataSet, read_dataset, turns
from rf_eval.scored import (
    COMPARISON,
    RESULTS,
    SCORES,
    read_comparison,
    read_results,
    read_scores,
)

MAX_PLOTS = 400
"""Responses drawn a model; further failures are listed without a picture."""


def collect(root: Path, data_path: Path | None) -> Record:
    """Everything the page needs. Raises EvalError and FileError."""
    folders = model_folders(root)
    results = {folder.name: read_results(folder) for folder in folders}
    data = _data(root, results, data_path)
    comparison = root / COMPARISON
    return {
        "title": root.name or "results",
        "data": data.path.name,
        "samples": _count(results),
        "counting": next(iter(results.values())).get("counting", ""),
        "models": [_model(folder, results[folder.name], data) for folder in folders],
        "paired": read_comparison(comparison)["paired"] if comparison.is_file() else [],
        "compared": _compared(comparison),
        "records": _records(data, folders),
    }


def model_folders(root: Path) -> list[Path]:
    """The scored folders of a run, those compared first; `root` itself where it is one."""
    if (root / SCORES).is_file():
        return [root]
    found = sorted(path.parent for path in root.glob(f"*/{SCORES}"))
    found = [folder for folder in found if (folder / RESULTS).is_file()]
    if not found:
        raise EvalError(f"{root}: no scored folder in it (rf-eval score makes one)")
    rank = {name: i for i, name in enumerate(_compared(root / COMPARISON))}
    return sorted(found, key=lambda folder: (rank.get(folder.name, len(rank)), folder.name))


def _compared(path: Path) -> list[str]:
    if not path.is_file():
        return []
    comparison = read_comparison(path)
    return [str(comparison["baseline"]), str(comparison["candidate"])]


def _count(results: Mapping[str, Record]) -> int:
    return max(int(result.get("samples", 0)) for result in results.values())


def _data(root: Path, results: Mapping[str, Record], given: Path | None) -> DataSet:
    stated = next(iter(results.values())).get("data") or {}
    path = given or Path(str(stated.get("path", "")))
    if not path.is_file():
        raise EvalError(f"{root}: its data set {path} is not there (name it with --data)")
    data = read_dataset(path)
    for name, result in results.items():
        if (result.get("data") or {}).get("sha256") != data.sha256:
            raise EvalError(f"{root / name} was scored on another data set than {path}")
    return data


def _records(data: DataSet, folders: Sequence[Path]) -> dict[str, Record]:
    """Prompts and expected turns of the records that were scored, by id."""
    scored = {identity for folder in folders for identity in read_scores(folder)}
    return {
        record["id"]: {
            "messages": record["messages"],
            "meta": {k: v for k, v in record.get("meta", {}).items() if k != "spec"},
        }
        for record in data.records
        if record["id"] in scored
    }


def _model(folder: Path, results: Record, data: DataSet) -> Record:
    scores = read_scores(folder)
    predictions = read_predictions(folder / PREDICTIONS)
    plots, confusion = _pictures(scores, predictions, data)
    answers: dict[str, list[Record]] = {}
    for (identity, turn, history), record in predictions.items():
        if identity in scores:
            answer = {key: record.get(key) for key in ("completion", "finish_reason")}
            answers.setdefault(identity, []).append(answer | {"turn": turn, "history": history})
    return {
        "name": str(results.get("model") or folder.name),
        "rows": results["metrics"],
        "better": {
            entry["name"]: entry["higher_is_better"] for entry in results["metric_definitions"]
        },
        "confusion": confusion,
        "scores": dict(scores),
        "answers": answers,
        "plots": plots,
    }


def _pictures(
    scores: Mapping[str, Record], predictions: Mapping[Key, Record], data: DataSet
) -> tuple[dict[str, str], list[list[Any]]]:
    """Responses of designs that miss their specification, and [expected, answered, count] rows."""
    failed: dict[str, Design] = {}
    counts: dict[tuple[int, str], int] = {}
    for record in data.records:
        identity = record["id"]
        found = predictions.get((identity, 1, None))
        sample = next(turns(record))
        if identity not in scores or found is None or "order" not in (sample.expected or {}):
            continue
        answer = answer_of(found)
        pair = _orders(sample.expected or {}, answer)
        counts[pair] = counts.get(pair, 0) + 1
        score = scores[identity]["metrics"].get("meets_spec", {})
        design = design_of(answer)
        if score.get("value") == 0.0 and isinstance(design, Design) and len(failed) < MAX_PLOTS:
            failed[identity] = design
    measure_many(failed.values())
    plots = {identity: response_svg(design) for identity, design in failed.items()}
    return plots, [[*pair, count] for pair, count in sorted(counts.items())]


def _orders(expected: Mapping[str, Any], answer: Answer) -> tuple[int, str]:
    """Expected order and what was answered: a number of at most 3 digits, `other` or `none`."""
    wanted = whole(expected.get("order")) or 0
    if answer.object is None or "order" not in answer.object:
        return wanted, "none"
    found = whole(answer.object["order"])
    return wanted, str(found) if found is not None and 0 <= found < 1000 else "other"


def as_script(value: Any) -> str:
    """JSON that can stand inside a script element: no `<` and no line separators in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
