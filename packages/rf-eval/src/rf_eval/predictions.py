"""Predictions on disk: one generation a line, and beside them what they were made with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, Record, read_json, read_jsonl

from rf_eval.memory import collection_paused

PREDICTIONS = "predictions.jsonl"
META = "predictions.meta.json"
FINISH_REASONS = ("stop", "length")

Key = tuple[str, int, str | None]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One generation. Token counts and seconds are None where the backend does not know them."""

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
        """What identifies it: id, turn, history."""
        return (self.id, self.turn, self.history)

    def to_record(self) -> Record:
        """The line of `predictions.jsonl`; `history` only where there is one."""
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
    """The predictions of a file by key, in its order.

    Raises FileError, with the line, for what is no prediction and for a key that came before.
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


def read_meta(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """What stands in `predictions.meta.json` beside a predictions file; empty without one."""
    meta = Path(path).with_name(META)
    return read_json(meta) if meta.is_file() else {}


def _wrong(record: Record) -> str:
    if not isinstance(record.get("id"), str):
        return 'no "id", expected a string'
    if not isinstance(record.get("completion"), str):
        return 'no "completion", expected a string'
    if record.get("turn", 1) not in (1, 2):
        return '"turn" is neither 1 nor 2'
    if record.get("history") not in (None, "own", "reference"):
        return '"history" is neither "own" nor "reference"'
    if record.get("finish_reason", "stop") not in FINISH_REASONS:
        return '"finish_reason" is neither "stop" nor "length"'
    return ""
