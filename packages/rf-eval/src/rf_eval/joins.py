"""Checks that two files belong together, before they are joined by id.

Ids are similar in all data sets, so an equal id proves nothing. A prediction contains the prompt
that it answers, and its meta file the hash of the data set: if a prompt differs the join is
refused; if only labels may differ, a remark says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import Record, sha256_text

from rf_eval.errors import EvalError
from rf_eval.predictions import PREDICTIONS, Key, after_own_turn
from rf_eval.samples import Sample, turns

Plain = tuple[Any, Any]
"""A message as (role, content), without other fields."""


def refuse_other_prompts(
    file: Path, predictions: Mapping[Key, Record], records: Iterable[Record]
) -> None:
    """Raises EvalError, with the id, if a prediction answers another prompt than its record has.

    Predictions without a prompt are skipped.
    """
    for record in records:
        first = predictions.get((record["id"], 1, None))
        for sample in turns(record):
            found = predictions.get(sample.key)
            if found is None:
                continue
            refuse_other_prompt(file, found, after_own_turn(sample, first), first is not None)


def refuse_other_prompt(
    file: Path, found: Record, sample: Sample, first_known: bool = False
) -> None:
    """Raises EvalError if a prediction answers another prompt than the sample's.

    If the prompt contains the model's own first turn and that is unknown, only the other turns are
    compared.
    """
    asked, wanted = _plain(found.get("messages") or ()), _plain(sample.messages)
    if sample.history == "own" and not first_known:
        asked, wanted = _users(asked), _users(wanted)
    if asked and asked != wanted:
        place = f"id {sample.id!r}" + (f", turn {sample.turn}" if sample.turn > 1 else "")
        raise EvalError(
            f"{file}: {place} answers another prompt than the data set's: "
            f"{_difference(asked, wanted)}"
        )


def _plain(messages: Sequence[Any]) -> list[Plain]:
    return [(m.get("role"), m.get("content")) if isinstance(m, dict) else (m, m) for m in messages]


def _users(messages: Sequence[Plain]) -> list[Plain]:
    return [message for message in messages if message[0] != "assistant"]


def _difference(asked: Sequence[Plain], wanted: Sequence[Plain]) -> str:
    for (role, found), (_, expected) in zip(asked, wanted, strict=False):
        if found != expected:
            return f"the {role}'s {str(found)[:40]!r}, expected {str(expected)[:40]!r}"
    return f"{len(asked)} messages, expected {len(wanted)}"


def remarks_on(
    file: Path, meta: Mapping[str, Any], predictions: Mapping[Key, Record], data_sha256: str
) -> list[str]:
    """Remarks for readers of the scores about predictions whose prompts do not differ."""
    remarks = []
    answered = _sha256(meta.get("data"))
    if answered is not None and answered != data_sha256:
        kept = all(record.get("messages") for record in predictions.values())
        remarks.append(
            "scored against another version of the data set than was answered: the prompts are the "
            "same, labels or meta are not"
            if kept
            else "scored against another data set than was answered, by its sha256; the "
            "predictions keep no prompts, so whether the requests are the same is not known"
        )
    files = meta.get("files")
    made = _sha256(files.get(PREDICTIONS)) if isinstance(files, Mapping) else None
    if made is not None and file.name == PREDICTIONS and made != sha256_text(file):
        remarks.append("the predictions were changed after they were generated")
    return remarks


def _sha256(entry: object) -> str | None:
    found = entry.get("sha256") if isinstance(entry, Mapping) else None
    return found if isinstance(found, str) else None


def refuse_other_predictions(folder: Path, meta: Mapping[str, Any], results: Record) -> None:
    """Raises EvalError if a folder's scores were made from other predictions than those in it."""
    scored = (results.get("generated_by") or {}).get("cache_key")
    made = meta.get("cache_key")
    if scored is not None and made is not None and scored != made:
        raise EvalError(f"{folder}: the scores are of other predictions (run rf-eval score again)")


def refuse_other_scores(folder: Path, results: Record, scores: Mapping[str, Record]) -> None:
    """Raises EvalError if results.json counts another number of samples than scores.jsonl has."""
    if results["samples"] != len(scores):
        raise EvalError(
            f"{folder}: results.json is over {results['samples']} samples, scores.jsonl has "
            f"{len(scores)} (rf-eval score makes both)"
        )


def refuse_other_metrics(folders: Sequence[Path], results: Sequence[Record]) -> None:
    """Raises EvalError if a metric was measured by different versions of its definition."""
    known: dict[str, tuple[Any, Path]] = {}
    for folder, result in zip(folders, results, strict=True):
        for entry in result["metric_definitions"]:
            name, version = entry["name"], entry.get("version")
            other, where = known.setdefault(name, (version, folder))
            if other != version:
                raise EvalError(
                    f"metric {name} is version {other} in {where} and {version} in {folder}: "
                    "score both again"
                )


def refuse_other_comparison(path: Path, comparison: Record, results: Mapping[str, Record]) -> None:
    """Raises EvalError if a comparison was made from other scores than those beside it.

    `results` are those of the folders, by the names that the comparison may use for them.
    """
    for name in (comparison["baseline"], comparison["candidate"]):
        found = results.get(name)
        if found is not None and found["metrics"] != comparison["results"].get(name):
            raise EvalError(f"{path}: compares other scores of {name} (rf-eval compare makes it)")
