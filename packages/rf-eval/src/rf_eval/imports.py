"""Converts published result files to a data set and predictions, so that they can be rescored.

Two formats are supported. "details": one model, its full answers, questions and resolved dialogues.
"outputs": two models with their counts; since raw texts are truncated at 200 characters, a
truncated text is replaced by the parsed object. Prompts contain only the user's turns.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rf_jsonl import FileError, Record, read_json

from rf_eval.extract import extract
from rf_eval.metrics.words import asked_parameters, language_of
from rf_eval.predictions import Prediction

CUT = 200
"""Characters to which the "outputs" format truncates raw texts."""

PUBLISHED_FLAGS = {
    "json_ok": "json_recovered",
    "filter_type_ok": "filter_type",
    "filter_band_ok": "filter_band",
    "order_ok": "order",
    "keys_complete": "keys_complete",
    "correctly_asked": "asked",
}
"""The metric for each published flag or count."""

KINDS = ("full", "followup_question", "followup_resolve")

Count = tuple[str, dict[str, str], int]
"""A metric, the group in which it was counted, and how many were right."""


@dataclass
class Imported:
    """The data set, each model's predictions, and the counts stated in the file, by model."""

    records: list[Record] = field(default_factory=list)
    predictions: dict[str, list[Prediction]] = field(default_factory=dict)
    published: dict[str, list[Count]] = field(default_factory=dict)


def import_file(path: str | os.PathLike[str], *, history: str = "own") -> Imported:
    """Reads a published file; `history` says which first turn preceded second turns.

    Raises FileError for an unknown format or a malformed entry.
    """
    loaded = read_json(path)
    try:
        if isinstance(loaded.get("details"), dict):
            return _read_details(path, loaded, history)
        if isinstance(loaded.get("baseline_outputs"), list):
            return _read_outputs(path, loaded)
    except KeyError as error:
        raise FileError(path, f"an entry has no {error.args[0]!r}") from None
    raise FileError(path, 'neither "details" nor "baseline_outputs": not a known result format')


def _read_details(path: str | os.PathLike[str], loaded: Record, history: str) -> Imported:
    details, summary = loaded["details"], loaded.get("summary")
    name = _model_name(summary if isinstance(summary, dict) else {}, "model")
    found = Imported(predictions={name: []})
    out = found.predictions[name]
    for entry in _entries(path, details, "full", ("user",)):
        record = _record(entry, "full", [entry["user"]], _object(path, entry["gt"]))
        found.records.append(record)
        out.append(_prediction(record, 1, None, entry["user"], _text(entry, "pred_raw", "pred")))
    for entry in _entries(path, details, "followup_question", ("user", "gt_text")):
        record = _question_record(entry, entry["gt_text"])
        found.records.append(record)
        out.append(_prediction(record, 1, None, entry["user"], str(entry["pred_raw"] or "")))
    turns = ("user_1", "gt_followup", "user_2")
    for entry in _entries(path, details, "followup_resolve", turns):
        found.records.append(record := _resolve_record(path, entry))
        first, final = (
            str(entry["pred_followup"] or ""),
            _text(entry, "pred_final_raw", "pred_final"),
        )
        out.append(_prediction(record, 1, None, entry["user_1"], first))
        out.append(_prediction(record, 2, history, entry["user_1"], final))
    found.published[name] = [
        *(row for kind in KINDS for row in _flag_counts(details.get(kind) or [], kind, history)),
        *_summary_counts(summary if isinstance(summary, dict) else {}, history),
    ]
    return found


def _read_outputs(path: str | os.PathLike[str], loaded: Record) -> Imported:
    found = Imported()
    for side in ("baseline", "finetuned"):
        counts = loaded.get(side)
        counts = counts if isinstance(counts, dict) else {}
        name = _model_name(counts, side)
        outputs = _entries(path, loaded, f"{side}_outputs", ("user",))
        records = [_output_record(entry) for entry in outputs]
        if not found.records:
            found.records = records
        elif [r["id"] for r in records] != [r["id"] for r in found.records]:
            raise FileError(path, "the two models answered different samples")
        found.predictions[name] = [
            _prediction(record, 1, None, entry["user"], _text(entry, "pred_raw", "pred_json"))
            for record, entry in zip(records, outputs, strict=True)
        ]
        found.published[name] = _stated_counts(counts)
    return found


def _output_record(entry: Mapping[str, Any]) -> Record:
    """The record of an entry of "outputs", which has only band and order of the reference."""
    if entry.get("type", "full") != "full" or entry.get("gt_order") is None:
        return _question_record(entry, "")
    expected = {
        "filter_type": "chebyshev",
        "filter_band": entry["gt_band"],
        "order": entry["gt_order"],
    }
    return _record(entry, "full", [entry["user"]], expected, spec={})


def _question_record(entry: Mapping[str, Any], question: str) -> Record:
    meta: Record = {
        "type": "followup_question",
        "band": entry.get("gt_band"),
        "lang": language_of(entry["user"]),
        "missing": sorted(asked_parameters(question)) if question else [],
    }
    return {
        "id": f"followup_question-{entry['idx']}",
        "messages": _dialogue([entry["user"], question]),
        "meta": meta,
    }


def _resolve_record(path: str | os.PathLike[str], entry: Mapping[str, Any]) -> Record:
    turns = [entry["user_1"], entry["gt_followup"], entry["user_2"]]
    record = _record(entry, "followup_resolve", turns, _object(path, entry["gt"]))
    band = str(record["meta"]["band"])
    record["meta"]["missing"] = sorted(asked_parameters(turns[1], band))
    return record


def _record(
    entry: Mapping[str, Any],
    kind: str,
    turns: Sequence[str],
    expected: Mapping[str, Any],
    spec: Mapping[str, Any] | None = None,
) -> Record:
    """A record whose last assistant turn is the expected object."""
    stated = {key: value for key, value in expected.items() if key != "order"}
    answer = json.dumps(expected, ensure_ascii=False)
    meta: Record = {
        "type": kind,
        "band": expected.get("filter_band"),
        "lang": language_of(turns[0]),
        "missing": [],
        "answer_style": "json",
        "spec": stated if spec is None else dict(spec),
        "order": expected.get("order"),
    }
    return {"id": f"{kind}-{entry['idx']}", "messages": _dialogue([*turns, answer]), "meta": meta}


def _dialogue(turns: Iterable[str]) -> list[dict[str, str]]:
    """Alternating turns of user and assistant, the user first."""
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": str(text)} for i, text in enumerate(turns)]


def _prediction(
    record: Record, turn: int, history: str | None, user: Any, completion: str
) -> Prediction:
    messages = record["messages"]
    last = len(messages) - 1 if turn == 2 else 1
    text = completion.encode("utf-8", "backslashreplace").decode("utf-8")
    return Prediction(record["id"], turn, history, messages[:last], text)


def _text(entry: Mapping[str, Any], raw_key: str, parsed_key: str) -> str:
    """The raw text, or the parsed object if the raw text was truncated."""
    raw, parsed = str(entry[raw_key] or ""), entry.get(parsed_key)
    if isinstance(parsed, dict) and len(raw) >= CUT and extract(raw).recovered is None:
        return json.dumps(parsed, ensure_ascii=False)
    return raw


def _object(path: str | os.PathLike[str], value: Any) -> dict[str, Any]:
    """A reference answer, which some files have as text."""
    if isinstance(value, str):
        value = extract(value).recovered
    if not isinstance(value, dict):
        raise FileError(path, "a reference answer (gt) is not an object")
    return value


def _entries(
    path: str | os.PathLike[str], holder: Mapping[str, Any], key: str, texts: Sequence[str]
) -> list[Any]:
    """The objects listed under `key`; each has a unique `idx` and strings under `texts`."""
    entries = holder.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise FileError(path, f"{key} is not a list of objects")
    seen: set[Any] = set()
    for entry in entries:
        idx = entry["idx"]
        if not isinstance(idx, int | str):
            raise FileError(path, f"{key}: idx {str(idx)[:40]} is neither a number nor a text")
        if idx in seen:
            raise FileError(path, f"{key}: duplicate idx {idx!r}")
        seen.add(idx)
        for name in texts:
            if not isinstance(entry[name], str):
                raise FileError(path, f"{key}: idx {idx!r}: {name} is not a text")
    return entries


def _flag_counts(entries: Sequence[Mapping[str, Any]], kind: str, history: str) -> list[Count]:
    """Per-entry flags, summed if every entry has one."""
    return [
        (_named(metric, kind, history), {"type": kind}, sum(entry[flag] for entry in entries))
        for flag, metric in PUBLISHED_FLAGS.items()
        if entries and all(isinstance(entry.get(flag), bool) for entry in entries)
    ]


def _summary_counts(summary: Mapping[str, Any], history: str) -> list[Count]:
    """Counts in a summary, by kind (`full`, …) or directly."""
    found = _stated_counts(summary)
    for kind in KINDS:
        section = summary.get(kind)
        if isinstance(section, dict):
            found += [
                (_named(metric, kind, history), {"type": kind}, section[flag])
                for flag, metric in PUBLISHED_FLAGS.items()
                if _is_count(section.get(flag))
            ]
    return found


def _named(metric: str, kind: str, history: str) -> str:
    """The metric's name for a kind of sample; for a resolved dialogue, that of its second turn."""
    second = kind == "followup_resolve" and metric != "asked"
    return f"resolve_{history}.{metric}" if second else metric


def _stated_counts(counts: Mapping[str, Any]) -> list[Count]:
    found = [
        (metric, {"type": "full"}, counts[flag])
        for flag, metric in PUBLISHED_FLAGS.items()
        if _is_count(counts.get(flag))
    ]
    bands = counts.get("by_band")
    for band, of in bands.items() if isinstance(bands, dict) else ():
        found += [
            (PUBLISHED_FLAGS[flag], {"band": band}, of[flag])
            for flag in ("json_ok", "order_ok")
            if isinstance(of, dict) and _is_count(of.get(flag))
        ]
    if _is_count(counts.get("followup_correct")):
        found.append(("asked", {"type": "followup_question"}, counts["followup_correct"]))
    return found


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _model_name(holder: Mapping[str, Any], otherwise: str) -> str:
    """A folder name made from the model's name in the file."""
    name = holder.get("name") or holder.get("model") or otherwise
    kept = [c if c.isalnum() or c in "-_." else "-" for c in str(name)]
    return "".join(kept).strip("-.")[:60] or otherwise
