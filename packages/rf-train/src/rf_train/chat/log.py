"""Answers of a conversation as predictions, in the file format that evaluation reads.

The format has two turns: a dialogue's first answer is turn 1, its second is turn 2 with history
`own`, and each further answer is a turn 2 with a separate id (`ID.3`, `ID.4`), since id, turn and
history must be unique together.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rf_jsonl import AppendWriter, FileError

from rf_train.chat.conversation import Answer

_LAST_TURN = 2


class PredictionLog:
    """Appends one line per answer: `{"id", "turn", "messages", "completion", ...}`.

    Use as a context manager. The id of the first dialogue is `first_id`, by default made of the
    time; later ones have their number appended. With a `tool`, lines hold the call and its result
    too. Raises FileError where the file holds something else, or the id already.
    """

    def __init__(self, path: Path, first_id: str | None = None, *, tool: bool = False) -> None:
        self._tool = tool
        self._base = first_id or f"chat-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        self._dialogue = 1
        self._writer = AppendWriter(path, resume=True)
        known = [_key(record) for record in self._writer.existing]
        if (self._base, 1) in known:
            line = known.index((self._base, 1)) + 1
            self._writer.close()
            raise FileError(path, f"holds an answer with the id {self._base!r} already", line)

    def write(self, answer: Answer) -> None:
        """Appends one answer; it is on disk when this returns."""
        self._writer.append([self._record(answer)])

    def new_dialogue(self) -> None:
        """Starts another dialogue, to which the answers from now on belong."""
        self._dialogue += 1

    def _record(self, answer: Answer) -> dict[str, Any]:
        name = self._base if self._dialogue == 1 else f"{self._base}-{self._dialogue}"
        later = answer.turn > _LAST_TURN
        record: dict[str, Any] = {
            "id": f"{name}.{answer.turn}" if later else name,
            "turn": min(answer.turn, _LAST_TURN),
        }
        if answer.turn > 1:
            record["history"] = "own"
        return record | {
            "messages": answer.messages,
            "completion": answer.text,
            "finish_reason": answer.finish_reason,
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.completion_tokens,
            **({"call": answer.call, "result": answer.result} if self._tool else {}),
        }

    def __enter__(self) -> "PredictionLog":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def _key(record: dict[str, Any]) -> tuple[Any, Any]:
    return record.get("id"), record.get("turn", 1)
