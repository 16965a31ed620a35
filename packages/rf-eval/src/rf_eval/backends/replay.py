"""Existing answers: `replay` takes them from a file, `reference` from the data set."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import sha256_text

from rf_eval.backends import backend, prediction
from rf_eval.errors import EvalError
from rf_eval.joins import refuse_other_prompt
from rf_eval.predictions import Prediction, read_predictions
from rf_eval.samples import Sample


@backend("replay")
class ReplayBackend:
    """Repeats the completions of a `predictions.jsonl`, matched by id, turn and history."""

    def __init__(self, file: str) -> None:
        self.file = file

    def describe(self) -> dict[str, Any]:
        """The file's hash takes the place of the model."""
        model = {"replay_of_sha256": sha256_text(self.file)}
        return {"model": model, "adapter": None, "rendering": None, "decoding": None}

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields one batch. Raises EvalError for a sample without a prediction in the file."""
        known = read_predictions(self.file)
        found = []
        for sample in samples:
            record = known.get(sample.key)
            if record is None:
                place = f"id {sample.id!r}, turn {sample.turn}"
                raise EvalError(f"{self.file}: no prediction for {place}")
            refuse_other_prompt(Path(self.file), record, sample)
            found.append(
                prediction(
                    sample,
                    record["completion"],
                    record.get("finish_reason", "stop"),
                    record.get("prompt_tokens"),
                    record.get("completion_tokens"),
                )
            )
        yield found


@backend("reference")
class ReferenceBackend:
    """Answers with the data set's references, to score the labels themselves."""

    def describe(self) -> dict[str, Any]:
        """A constant, since only the data determines the answers."""
        model = {"name": "reference"}
        return {"model": model, "adapter": None, "rendering": None, "decoding": None}

    def generate(self, samples: Sequence[Sample]) -> Iterator[list[Prediction]]:
        """Yields one batch."""
        yield [prediction(sample, sample.expected_text) for sample in samples]
