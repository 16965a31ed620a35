"""The training log: one line a logging step, as LLaMA-Factory and rf-train write it."""

from dataclasses import dataclass, field
from pathlib import Path

from rf_jsonl import read_jsonl

from rf_figs.readers.fields import Fields


@dataclass
class TrainingLog:
    """Series by optimiser step, ascending; a step stands once, with what was logged last.

    loss: mean cross-entropy of the step's answer tokens in nats; None where it was not finite.
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


def read_log(path: Path) -> TrainingLog:
    """Reads a `trainer_log.jsonl`. Lines without a loss (the last one of a run, an evaluation)
    add what else they hold; a `null` loss is a step whose loss was not finite.

    Raises FileError, also for a NaN literal, which is not JSON.
    """
    log = TrainingLog()
    ascending, last = True, -1
    for number, record in read_jsonl(path):
        line = Fields(record, path, number)
        step = int(line.number("current_steps"))
        ascending, last = ascending and step >= last, step
        _add(log, line, step)
    if not ascending:
        log.loss = dict(sorted(log.loss.items()))
        for series in (log.learning_rate, log.epoch, log.eval_loss):
            _sort(series)
    return log


def _add(log: TrainingLog, line: Fields, step: int) -> None:
    if "loss" in line.record:
        log.repeated += step in log.loss
        log.loss[step] = line.optional_number("loss")
    for key, series in (
        ("lr", log.learning_rate),
        ("epoch", log.epoch),
        ("eval_loss", log.eval_loss),
    ):
        value = line.optional_number(key)
        if value is not None:
            series[step] = value


def _sort(series: dict[int, float]) -> None:
    ordered = sorted(series.items())
    series.clear()
    series.update(ordered)
