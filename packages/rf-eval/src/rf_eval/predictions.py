"""Predictions on disk: one generation per line, and a meta file about their origin."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, Record, read_json, read_jsonl

from rf_eval.memory import collection_paused
from rf_eval.samples import Sample, with_own_turn

PREDICTIONS = "predictions.jsonl"
META = "predictions.meta.json"
FINISH_REASONS = ("stop", "length")

Key = tuple[str, int, str | None]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One generation. Token counts and seconds are None if the backend does not report them."""

    id: str
    turn: int
    history: str | None
    messages: list[dict[str, str]]
    completion: str
    finish_reason: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float | None = None

    @property
    def key(self) -> Key:
        """Its identity: id, turn, history."""
        return (self.id, self.turn, self.history)

    def to_record(self) -> Record:
        """The line of `predictions.jsonl`; `history` and `seconds` only if they are known."""
        record: Record = {"id": self.id, "turn": self.turn}
        if self.history is not None:
            record["history"] = self.history
        timed = {} if self.seconds is None else {"seconds": self.seconds}
        return (
            record
            | {
                "messages": self.messages,
                "completion": self.completion,
                "finish_reason": self.finish_reason,
                "prompt_tokens": self.prompt_tokens,
                "completion_tokens": self.completion_tokens,
            }
            | timed
        )


def key_of(record: Record) -> Key:
    """id, turn and history of a line of `predictions.jsonl`."""
    return (record["id"], record.get("turn", 1), record.get("history"))


def read_predictions(path: str | os.PathLike[str]) -> dict[Key, Record]:
    """The predictions in a file by key, in its order.

    Raises FileError, with the line, for an invalid prediction or a duplicate key.
    """
    found: dict[Key, Record] = {}
    with collection_paused():
        for line, record in read_jsonl(path):
            reason = _wrong(record)
            if reason:
                raise FileError(path, reason, line)
            key = key_of(record)
            if key in found:
                raise FileError(path, f"a second prediction for id {key[0]!r}, turn {key[1]}", line)
            found[key] = record
    return found


def _shown_text(record: Record, lang: str) -> str:
    """The text shown to the user for a prediction: the tool's reply in the user's language (Chinese
    for mixed), if there is one, else the completion.
    """
    result = record.get("result")
    reply = result.get("reply") if isinstance(result, Mapping) else None
    if isinstance(reply, Mapping):
        reply = reply.get("en" if lang == "en" else "zh")
    return reply if isinstance(reply, str) and reply else str(record["completion"])


def after_own_turn(sample: Sample, first: Record | None) -> Sample:
    """A second turn with the model's own first answer in its prompt, if that answer is known."""
    if sample.history != "own" or first is None:
        return sample
    return with_own_turn(sample, _shown_text(first, str(sample.meta.get("lang"))))


def read_meta(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """The content of `predictions.meta.json` beside a predictions file; empty if there is none."""
    meta = Path(path).with_name(META)
    return read_json(meta) if meta.is_file() else {}


def _wrong(record: Record) -> str:
    for name in ("id", "completion"):
        if not isinstance(record.get(name), str):
            return f'no "{name}", expected a string'
    if record.get("turn", 1) not in (1, 2):
        return '"turn" is neither 1 nor 2'
    if record.get("history") not in (None, "own", "reference"):
        return '"history" is neither "own" nor "reference"'
    if record.get("finish_reason", "stop") not in FINISH_REASONS:
        return '"finish_reason" is neither "stop" nor "length"'
    for name in ("call", "result"):
        if not isinstance(record.get(name), dict | None):
            return f'"{name}" is neither an object nor null'
    return ""
