"""The state of a run: counts, losses not logged yet, the best evaluation so far.

Plain data, saved in every checkpoint, so that a resumed run logs exactly what the uninterrupted one
would.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rf_train.data.micro_batches import Step


@dataclass
class Totals:
    """Counts over the whole run; `computed` and `shared` on this device only (see `Step`)."""

    steps: int = 0
    loss_sum: float = 0.0
    samples: int = 0
    tokens: int = 0
    answers: int = 0
    computed: int = 0
    shared: int = 0

    @property
    def padding_share(self) -> float:
        """Share of this device's computed tokens that was padding."""
        computed = max(self.computed, 1)
        whole = computed + self.shared  # if every sample were computed in full
        devices = max(1, round(self.tokens / whole))
        return round(max(0.0, (whole - self.tokens / devices) / computed), 4)

    @property
    def shared_share(self) -> float:
        """Share of the tokens, padding included, that shared prefixes saved computing."""
        return round(self.shared / max(self.computed + self.shared, 1), 4)


@dataclass
class RunState:
    """What changes from step to step, besides weights, optimiser and schedule.

    Attributes
    ----------
    totals : counts over the whole run
    pending : this device's shares of the losses since the last log line, numbers or tensors
    elapsed : seconds of training
    last_eval, best_loss, best_step : validation losses, and the step of the best one
    worse : evaluations since the best one

    Losses are in nats per token.
    """

    totals: Totals = field(default_factory=Totals)
    pending: list[Any] = field(default_factory=list)
    elapsed: float = 0.0
    last_eval: float | None = None
    best_loss: float | None = None
    best_step: int | None = None
    worse: int = 0

    @property
    def step(self) -> int:
        """Optimiser steps taken."""
        return self.totals.steps

    def count(self, step: Step, loss: Any) -> None:
        """Counts a completed step; `loss` is this device's share of its mean loss."""
        totals = self.totals
        totals.steps += 1
        totals.samples += step.samples
        totals.tokens += step.tokens
        totals.answers += step.answers
        totals.computed += step.computed
        totals.shared += step.shared
        self.pending.append(loss)

    def record_evaluation(self, loss: float) -> None:
        """Records a validation loss."""
        self.last_eval = loss
        if self.best_loss is None or loss < self.best_loss:
            self.best_loss, self.best_step, self.worse = loss, self.step, 0
        else:
            self.worse += 1

    def should_stop_early(self, patience: int | None) -> bool:
        """Whether the last `patience` evaluations brought no improvement."""
        return patience is not None and self.worse >= patience

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "RunState":
        """The state from `asdict`. Raises KeyError or TypeError where something is missing."""
        values = {name: record[name] for name in cls.__dataclass_fields__}
        return cls(**{**values, "totals": Totals(**values["totals"])})
