"""Generates predictions, appending each as it finishes; interrupted runs can be resumed.

A predictions folder has one cache key: the hash of everything that determines completions (model,
adapter, rendering, decoding, data). `n` and `seed` are not part of it, so that a run can be
extended to a larger subset.
"""

import json
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rf_jsonl import (
    AppendWriter,
    FileError,
    Record,
    locked_folder,
    sha256_text,
    shown,
    write_json,
    write_text,
)
from tqdm import tqdm

from rf_eval.backends import Backend
from rf_eval.calls import Call, find_call
from rf_eval.errors import EvalError
from rf_eval.joins import refuse_other_prompts
from rf_eval.predictions import (
    META,
    PREDICTIONS,
    Key,
    after_own_turn,
    key_of,
    read_meta,
    read_predictions,
)
from rf_eval.samples import DataSet, Sample, turns
from rf_eval.subset import subset
from rf_eval.tools import Tool

DERIVED = ("scores.jsonl", "results.json", "report.html")


@dataclass(frozen=True, slots=True)
class Generated:
    """The outcome of a run: folder, predictions by key, records, whether anything was generated."""

    folder: Path
    predictions: Mapping[Key, Record]
    records: Sequence[Record]
    changed: bool
    seconds: float


def cache_key(identity: Mapping[str, Any], data_sha256: str) -> str:
    """sha256 of what determines the completions, in canonical JSON, without paths."""
    parts = {
        name: _without_path(identity.get(name))
        for name in ("backend", "model", "adapter", "rendering", "decoding", "tool")
        if name != "tool" or "tool" in identity
    }
    text = json.dumps(parts | {"data": data_sha256}, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def generate(
    data: DataSet,
    backend_name: str,
    backend: Backend,
    out: Path,
    *,
    name: str = "",
    n: int = 0,
    seed: int = 0,
    resume: bool = False,
    force: bool = False,
    tool: Tool | None = None,
) -> Generated:
    """Generates the missing predictions in `out` for the subset (n, seed) of `data`.

    Without `resume` and `force` a folder with unfinished or different predictions is refused.
    `resume` continues it, `force` starts over; both together continue it if its cache key is the
    same and start over otherwise.

    Parameters
    ----------
    data : the data set
    backend_name, backend : the backend and its registered name
    out : the folder of the predictions
    name : the name of the model in results
    n, seed : the stratified subset; n = 0 is everything
    resume, force : how to treat existing predictions
    tool : answers the calls in the completions; calls and results are recorded

    Raises
    ------
    EvalError, FileError : one line
    """
    records = subset(data.records, n, seed)
    wanted = [sample for record in records for sample in turns(record, data.metadata)]
    identity = {"backend": backend_name, **backend.describe()}
    if tool is not None:
        identity["tool"] = tool.describe()
    key = cache_key(identity, data.sha256)
    with locked_folder(out):
        kept = _existing(out, key, {sample.key for sample in wanted}, resume, force)
        if kept is not None:
            return Generated(out, kept, records, False, 0.0)
        drawn = {"n": n, "seed": seed, "samples": len(records)}
        meta = _meta(name, identity, key, data, drawn)
        write_json(out / META, meta)
        began = time.monotonic()
        found = _append_missing(out / PREDICTIONS, records, wanted, backend, tool)
        seconds = time.monotonic() - began
        write_json(out / META, _finished(meta, out, seconds, len(wanted)))
    return Generated(out, found, records, True, seconds)


def _existing(
    out: Path, key: str, wanted: set[Key], resume: bool, force: bool
) -> dict[Key, Record] | None:
    """The predictions if the folder is complete, or None if generation may start or continue."""
    file, meta = out / PREDICTIONS, read_meta(out / PREDICTIONS)
    if not file.exists() or file.stat().st_size == 0:
        return None
    same = meta.get("cache_key") == key
    if same and not (force and not resume):
        if meta.get("complete"):
            found = read_predictions(file)
            if wanted <= set(found):
                return {k: v for k, v in found.items() if k in wanted}
            return None  # the same run with a larger subset
        if resume:
            return None
        raise FileError(file, "is unfinished (--resume continues it, --force starts over)")
    if not force:
        reason = "was made by another model, rendering, decoding or data" if meta else "has no meta"
        raise FileError(file, f"{reason} (choose another folder, or --force replaces it)")
    write_text(file, "")  # not deleted, since it may be a link; the meta file is written next
    for leftover in DERIVED:
        with suppress(FileNotFoundError):
            (out / leftover).unlink()
    return None


def _append_missing(
    path: Path,
    records: Sequence[Record],
    wanted: Sequence[Sample],
    backend: Backend,
    tool: Tool | None,
) -> dict[Key, Record]:
    # The tool is started before the model is loaded, so that a wrong command fails at once.
    with tool or nullcontext(), AppendWriter(path, resume=True) as writer:
        known = {key_of(record): record for record in writer.existing}
        refuse_other_prompts(path, known, records)
        bar = tqdm(total=len(wanted), unit="answer", disable=None, dynamic_ncols=True)
        with bar:
            bar.update(sum(sample.key in known for sample in wanted))
            for batch in _answered(_batches(wanted, known, backend), tool):
                writer.append(batch)
                known |= {key_of(record): record for record in batch}
                bar.update(len(batch))
    left = [sample.key for sample in wanted if sample.key not in known]
    if left:
        raise EvalError(f"{path}: {len(left)} answers are missing, --resume tries them again")
    keys = {sample.key for sample in wanted}
    return {key: record for key, record in known.items() if key in keys}


def _batches(
    wanted: Sequence[Sample], known: dict[Key, Record], backend: Backend
) -> Iterator[list[Record]]:
    """First the independent samples, then second turns that need the model's own first turn."""
    for own in (False, True):
        todo = [
            after_own_turn(sample, known.get((sample.id, 1, None)))
            for sample in wanted
            if (sample.history == "own") is own and sample.key not in known
        ]
        if todo:
            for batch in backend.generate(todo):
                yield [prediction.to_record() for prediction in batch]


def _answered(batches: Iterator[list[Record]], tool: Tool | None) -> Iterator[list[Record]]:
    """The batches with each prediction's call and the tool's result, None if there is no call.

    If the tool fails, the predictions answered before are yielded before its error is raised.
    """
    for batch in batches:
        if tool is None:
            yield batch
            continue
        calls = [find_call(record["completion"], record["finish_reason"]) for record in batch]
        questions = [
            (record["id"], call.arguments)
            for record, call in zip(batch, calls, strict=True)
            if isinstance(call, Call)
        ]
        results = tool.answer(questions)
        done: list[Record] = []
        try:
            for record, call in zip(batch, calls, strict=True):
                called = isinstance(call, Call)
                shown = call.to_record() if isinstance(call, Call) else None
                done.append(record | {"call": shown, "result": next(results) if called else None})
        except EvalError:
            yield done
            raise
        yield done


def _meta(
    name: str, identity: Mapping[str, Any], key: str, data: DataSet, drawn: Mapping[str, int]
) -> Record:
    return {
        "format": 1,
        "complete": False,
        "cache_key": key,
        "name": name or str(identity["backend"]),
        **identity,
        "data": {"path": shown(data.path), "sha256": data.sha256},
        "subset": dict(drawn),
        "derivation_steps": data.metadata.get("derivation_steps"),
        "versions": _versions(),
    }


def _finished(meta: Record, out: Path, seconds: float, generations: int) -> Record:
    return meta | {
        "complete": True,
        "generations": generations,
        "seconds": round(seconds, 3),
        "files": {PREDICTIONS: {"sha256": sha256_text(out / PREDICTIONS)}},
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("rf-eval", "torch", "transformers", "peft", "httpx", "openvino"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _without_path(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    omitted = {"merged"}  # follows from nf4
    if value.get("sha256") is not None:
        omitted.add("path")
    return {k: v for k, v in value.items() if k not in omitted}
