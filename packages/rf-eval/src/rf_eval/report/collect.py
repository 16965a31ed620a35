"""Collects the content of a report from a results folder as one JSON object."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import Record, shown

from rf_eval.answer import answer_of
from rf_eval.calls import expected_call
from rf_eval.errors import EvalError
from rf_eval.filters.design import Design, whole
from rf_eval.filters.measure import measure_many
from rf_eval.joins import (
    refuse_other_comparison,
    refuse_other_predictions,
    refuse_other_prompts,
    refuse_other_scores,
)
from rf_eval.metrics.outcome import result_design
from rf_eval.metrics.spec import design_of
from rf_eval.plot import response_svg
from rf_eval.predictions import PREDICTIONS, Key, read_meta, read_predictions
from rf_eval.reading.compare import compare_calls
from rf_eval.report.marks import Mark, marks
from rf_eval.samples import DataSet, Sample, is_call, read_dataset, turns
from rf_eval.scored import (
    COMPARISON,
    RESULTS,
    SCORES,
    read_comparison,
    read_results,
    read_scores,
)

SHOWN = ("completion", "finish_reason", "call", "result")
"""The keys of a prediction that the page shows."""

MAX_PLOTS = 400
"""Maximum number of plots per model; further failures are listed without one."""


def collect(root: Path, data_path: Path | None) -> Record:
    """Everything that the page needs. Raises EvalError and FileError."""
    folders = model_folders(root)
    results = {folder.name: read_results(folder) for folder in folders}
    data = _data(root, results, data_path)
    comparison = root / COMPARISON
    if comparison.is_file():
        by_name = {str(result["model"]): result for result in results.values()} | results
        refuse_other_comparison(comparison, read_comparison(comparison), by_name)
    return {
        "title": shown(root.name) or "results",
        "data": shown(data.path.name),
        "samples": _count(results),
        "counting": next(iter(results.values())).get("counting", ""),
        "models": [_model(folder, results[folder.name], data) for folder in folders],
        "paired": read_comparison(comparison)["paired"] if comparison.is_file() else [],
        "compared": _compared(comparison),
        "records": _records(data, folders),
    }


def model_folders(root: Path) -> list[Path]:
    """The scored folders of a run, starting with the compared ones; `root` itself if it is one."""
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
        raise EvalError(f"{root}: its data set {path} does not exist (specify it with --data)")
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
    refuse_other_scores(folder, results, scores)
    refuse_other_predictions(folder, read_meta(folder / PREDICTIONS), results)
    refuse_other_prompts(folder / PREDICTIONS, predictions, data.records)
    plots, confusion = _plots_and_confusion(scores, predictions, data)
    marked = {
        record["id"]: found
        for record in data.records
        if record["id"] in scores and (found := _marks(record, predictions))
    }
    answers: dict[str, list[Record]] = {}
    for (identity, turn, history), record in predictions.items():
        if identity in scores:
            answer = {key: record.get(key) for key in SHOWN if key in record}
            answers.setdefault(identity, []).append(answer | {"turn": turn, "history": history})
    return {
        "name": str(results.get("model") or shown(folder.name)),
        "rows": results["metrics"],
        "remarks": results.get("remarks", []),
        "better": {
            entry["name"]: entry["higher_is_better"] for entry in results["metric_definitions"]
        },
        "confusion": confusion,
        "scores": {identity: _shown_scores(record) for identity, record in scores.items()},
        "answers": answers,
        "plots": plots,
        "marks": marked,
    }


def _shown_scores(record: Record) -> Record:
    """A score record without the metrics that do not apply, which are half of them."""
    applying = {
        name: score
        for name, score in record["metrics"].items()
        if score["status"] != "not_applicable"
    }
    return record | {"metrics": applying}


def _marks(record: Record, predictions: Mapping[Key, Record]) -> list[Mark]:
    """The positions of the arguments of a record's call in its request, and how they were read."""
    sample = list(turns(record))[-1]
    found = predictions.get(sample.key)
    expected = expected_call(sample.meta, sample.expected_text)
    if found is None or expected is None:
        return []
    call = answer_of(found).call
    arguments = {} if isinstance(call, str) else call.arguments
    return marks(compare_calls(expected.arguments, arguments), record["messages"])


def _plots_and_confusion(
    scores: Mapping[str, Record], predictions: Mapping[Key, Record], data: DataSet
) -> tuple[dict[str, str], list[list[Any]]]:
    """Plots of designs that miss their specification, and [expected, answered, count] rows."""
    failed: dict[str, Design] = {}
    counts: dict[tuple[int, str], int] = {}
    for record in data.records:
        identity = record["id"]
        found = predictions.get((identity, 1, None))
        sample = next(turns(record))
        expected = _expected(sample)
        if identity not in scores or found is None or "order" not in expected:
            continue
        answer = answer_of(found, sample)
        called = is_call(sample)
        pair = _orders(expected, (answer.result if called else answer.object) or {})
        counts[pair] = counts.get(pair, 0) + 1
        score = scores[identity]["metrics"].get("meets_spec", {})
        design = result_design(answer) if called else design_of(answer)
        if score.get("value") == 0.0 and isinstance(design, Design) and len(failed) < MAX_PLOTS:
            failed[identity] = design
    measure_many(failed.values())
    plots = {identity: response_svg(design) for identity, design in failed.items()}
    return plots, [[*pair, count] for pair, count in sorted(counts.items())]


def _expected(sample: Sample) -> Mapping[str, Any]:
    """The reference answer, or the result of the reference call."""
    if not is_call(sample):
        return sample.expected or {}
    result = sample.meta.get("result")
    return result if isinstance(result, Mapping) else {}


def _orders(expected: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[int, str]:
    """The expected order and the answered one: a number of at most 3 digits, `other` or `none`."""
    wanted = whole(expected.get("order")) or 0
    if "order" not in found:
        return wanted, "none"
    order = whole(found["order"])
    return wanted, str(order) if order is not None and 0 <= order < 1000 else "other"


def as_script(value: Any) -> str:
    """JSON for a script element, with `<`, `>`, `&` and line separators escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
