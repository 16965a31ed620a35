"""The training log, one line per logging step, as written by LLaMA-Factory and rf-train."""

from dataclasses import dataclass, field
from pathlib import Path

from msgspec import UNSET, Struct, UnsetType
from rf_jsonl import read_jsonl

from rf_figs.readers.fields import fields_of


@dataclass
class TrainingLog:
    """Series by ascending optimiser step; for a step logged repeatedly, the last value counts.

    loss: mean cross-entropy of the step's answer tokens in nats; None if it was not finite.
    """

    loss: dict[int, float | None] = field(default_factory=dict)
    learning_rate: dict[int, float] = field(default_factory=dict)
    epoch: dict[int, float] = field(default_factory=dict)
    eval_loss: dict[int, float] = field(default_factory=dict)
    repeated: int = 0

    @property
    def missing(self) -> int:
        """How many logged steps have no finite loss."""
        return sum(value is None for value in self.loss.values())


class _Line(Struct):
    current_steps: int
    loss: float | UnsetType | None = UNSET
    lr: float | None = None
    epoch: float | None = None
    eval_loss: float | None = None


def read_log(path: Path) -> TrainingLog:
    """Reads a `trainer_log.jsonl`.

    Lines without a loss (an evaluation, the last of a run) contribute their other values; a
    `null` loss is one that was not finite. Raises FileError, also for the literal NaN, which is
    not JSON.
    """
    log = TrainingLog()
    ascending, last = True, -1
    for number, record in read_jsonl(path):
        line = fields_of(record, _Line, path, number)
        ascending, last = ascending and line.current_steps >= last, line.current_steps
        _add(log, line)
    if not ascending:
        for name in ("loss", "learning_rate", "epoch", "eval_loss"):
            setattr(log, name, dict(sorted(getattr(log, name).items())))
    return log


def _add(log: TrainingLog, line: _Line) -> None:
    step = line.current_steps
    if line.loss is not UNSET:
        log.repeated += step in log.loss
        log.loss[step] = line.loss
    for value, series in (
        (line.lr, log.learning_rate),
        (line.epoch, log.epoch),
        (line.eval_loss, log.eval_loss),
    ):
        if value is not None:
            series[step] = value
