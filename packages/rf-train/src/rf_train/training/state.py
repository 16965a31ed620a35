"""What a run knows about itself between steps: losses not logged yet, counts, the best so far.

All of it goes into every checkpoint, so that a resumed run logs what the uninterrupted one would.
"""

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError

from rf_train.errors import TrainError
from rf_train.files.checkpoint_folders import latest_checkpoint
from rf_train.files.names import PROGRESS_NAME
from rf_train.files.tensors import load_tensors
from rf_train.recipe.training import Recipe
from rf_train.training import checkpoints
from rf_train.training.log import RunLog
from rf_train.training.trained_weights import load_weights, trained_tensors, write_weights


@dataclass
class Totals:
    """Counts over the whole run.

    On this device: `computed` is tokens with padding, `shared` tokens of samples that were not
    computed because others in the micro-batch begin with them.
    """

    steps: int = 0
    loss_sum: float = 0.0
    samples: int = 0
    tokens: int = 0
    answers: int = 0
    computed: int = 0
    shared: int = 0


@dataclass
class RunState:
    """Mutable state of one training run; `parameters` is the model's N for counting FLOPs."""

    folder: Path
    recipe: Recipe
    total_steps: int
    steps_per_epoch: int
    parameters: int
    identity: dict[str, Any]
    totals: Totals = field(default_factory=Totals)
    pending: list[Any] = field(default_factory=list)
    grad_norm: Any = None
    lr: float = 0.0
    best_loss: float | None = None
    best_step: int | None = None
    worse: int = 0
    stop: bool = False
    elapsed: float = 0.0
    last_eval: float | None = None
    is_main: bool = True
    log: RunLog | None = None
    _mark: tuple[float, int] = (0.0, 0)

    @property
    def eval_every(self) -> int:
        """Steps between evaluations."""
        return self.recipe.eval_steps or self.recipe.save_steps

    @property
    def out_of_patience(self) -> bool:
        """Whether the last evaluations brought no gain often enough to stop."""
        patience = self.recipe.early_stopping_steps
        return patience is not None and self.worse >= patience

    @property
    def at_end(self) -> bool:
        """Whether no step is left to be taken."""
        return self.totals.steps >= self.total_steps or self.out_of_patience

    @property
    def padding_share(self) -> float:
        """Share of the computed tokens that was padding (one device's view)."""
        computed = max(self.totals.computed, 1)
        whole = computed + self.totals.shared  # had every sample been computed whole
        devices = max(1, round(self.totals.tokens / whole))
        return round(max(0.0, (whole - self.totals.tokens / devices) / computed), 4)

    @property
    def shared_share(self) -> float:
        """Share of the tokens, padding included, that a shared prefix saved computing."""
        return round(self.totals.shared / max(self.totals.computed + self.totals.shared, 1), 4)

    @property
    def flos(self) -> float:
        """Floating-point operations as transformers counts them: 6 N tokens."""
        return 6.0 * self.parameters * self.totals.tokens

    # -- counting -----------------------------------------------------------------------------

    def begin(self, step: int) -> None:
        """Opens the log at `step` and starts the clock."""
        if self.is_main:
            self.log = RunLog(self.folder, self.total_steps, start=step, elapsed=self.elapsed)
        self._mark = (time.perf_counter(), self.totals.tokens)

    def close(self) -> None:
        """Closes the log and stops the clock, however the run ended."""
        if self.log is not None:
            self.elapsed = self.log.elapsed
            self.log.close()

    def count(self, *, samples: int, tokens: int, answers: int) -> None:
        """Counts one step's samples, tokens and loss tokens, over all devices."""
        self.totals.samples += samples
        self.totals.tokens += tokens
        self.totals.answers += answers

    def count_computed(self, tokens: int, shared: int = 0) -> None:
        """Counts tokens this device really computed, padding included, and those it shared."""
        self.totals.computed += tokens
        self.totals.shared += shared

    def stepped(self, step: int) -> None:
        """Notes that optimiser step `step` is done."""
        self.totals.steps = step
        if self.log is not None:
            self.log.step(step)

    def flush_to_host(self) -> None:
        """Turns the losses that wait for the next log line into plain numbers."""
        self.pending = [float(loss) for loss in self.pending]

    def log_line(self, trainer: Any, step: int) -> dict[str, float]:
        """Writes a line about the steps since the last one; returns it for other reporters.

        Raises TrainError, on all devices, where the loss is no number any more.
        """
        losses = torch.tensor([float(x) for x in self.pending], dtype=torch.float64)
        losses = trainer.accelerator.reduce(losses.to(trainer.args.device), "sum").cpu()
        self.totals.loss_sum += float(losses.sum())
        self.pending = []
        mean = float(losses.mean()) if len(losses) else math.nan
        norm = float(self.grad_norm) if self.grad_norm is not None else math.nan
        now, tokens = time.perf_counter(), self.totals.tokens
        speed = (tokens - self._mark[1]) / max(now - self._mark[0], 1e-9)
        self._mark = (now, tokens)
        if self.log is not None:
            self.log.train_line(
                step,
                epoch=step / self.steps_per_epoch,
                loss=_finite(mean),
                lr=self.lr,
                grad_norm=_finite(norm),
                tokens_per_second=speed,
            )
        self._refuse_diverged(step, mean)
        return {
            "loss": mean,
            "learning_rate": self.lr,
            "grad_norm": norm,
            "tokens_per_second": speed,
        }

    def evaluated(self, step: int, loss: float) -> None:
        """Notes a validation loss; counts evaluations without gain. Raises TrainError for NaN."""
        self.last_eval = loss
        if self.best_loss is None or loss < self.best_loss:
            self.best_loss, self.best_step, self.worse = loss, step, 0
        else:
            self.worse += 1
        if self.log is not None:
            self.log.eval_line(step, epoch=step / self.steps_per_epoch, eval_loss=_finite(loss))
        self._refuse_diverged(step, loss)
        self._mark = (time.perf_counter(), self.totals.tokens)

    def _refuse_diverged(self, step: int, loss: float) -> None:
        """No later step would bring a lost model back, and no checkpoint should hold it."""
        if math.isfinite(loss):
            return
        found = latest_checkpoint(self.folder)
        kept = f"{found.name} is the last one before" if found else "there is no checkpoint yet"
        raise TrainError(
            f"step {step}: the loss is not a number any more ({kept}); a lower learning_rate or "
            "more warm-up may help"
        )

    def stop_requested(self, trainer: Any) -> bool:
        """Whether any device was asked to stop after this step."""
        if trainer.args.world_size == 1:
            return self.stop
        flag = torch.tensor(float(self.stop), device=trainer.args.device)
        return bool(trainer.accelerator.reduce(flag, "sum") > 0)

    # -- checkpoints --------------------------------------------------------------------------

    def save_checkpoint(self, trainer: Any) -> None:
        """Writes `checkpoint-N` and deletes surplus ones. Raises FileError, TrainError."""
        pending = torch.tensor(self.pending, dtype=torch.float64, device=trainer.args.device)
        pending = trainer.accelerator.reduce(pending, "sum").cpu()
        self._refuse_diverged(trainer.state.global_step, float(pending.sum()))
        weights = trained_tensors(trainer.model, keep=self.is_main)
        optimizer = checkpoints.pack_optimizer(trainer.optimizer, keep=self.is_main)
        if not self.is_main:
            self.pending = [0.0] * len(self.pending)
            return
        self.pending = pending.tolist()
        checkpoints.write_checkpoint(
            self.folder,
            trainer.state.global_step,
            progress=self._progress(trainer),
            optimizer=optimizer,
            write_weights=lambda folder: write_weights(trainer.model, weights, folder),
            write_state=trainer.state.save_to_json,
        )
        checkpoints.rotate(self.folder, self.recipe.save_total_limit, self.best_step)

    def _progress(self, trainer: Any) -> dict[str, Any]:
        scheduler = {
            k: v for k, v in trainer.lr_scheduler.state_dict().items() if k != "lr_lambdas"
        }
        return {
            "identity": self.identity,
            "totals": vars(self.totals),
            "pending": self.pending,
            "elapsed": self.log.elapsed if self.log else 0.0,
            "last_eval": self.last_eval,
            "best_loss": self.best_loss,
            "best_step": self.best_step,
            "worse": self.worse,
            "scheduler": {k: v for k, v in scheduler.items() if _is_plain(v)},
        }

    def load_weights(self, trainer: Any, checkpoint: str) -> None:
        """Puts a checkpoint's weights into the model. Raises FileError, TrainError."""
        load_weights(trainer.model, Path(checkpoint))

    def load_optimizer(self, trainer: Any, checkpoint: str) -> None:
        """Restores optimiser, schedule and counts. Raises FileError, TrainError."""
        groups, scheduler = self.load_counts(checkpoint)
        tensors = load_tensors(Path(checkpoint) / checkpoints.OPTIMIZER_NAME)
        checkpoints.unpack_optimizer(trainer.optimizer, tensors, groups)
        lambdas = trainer.lr_scheduler.state_dict().get("lr_lambdas", [])
        trainer.lr_scheduler.load_state_dict({**scheduler, "lr_lambdas": lambdas})

    def load_counts(self, checkpoint: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Restores counts; returns the optimiser's groups and the schedule. Raises FileError."""
        folder = Path(checkpoint)
        progress = checkpoints.read_progress(folder)
        try:
            self.totals = Totals(**progress["totals"])
            self.pending = (
                list(progress["pending"]) if self.is_main else [0.0] * len(progress["pending"])
            )
            self.elapsed = progress["elapsed"]
            self.best_loss, self.best_step = progress["best_loss"], progress["best_step"]
            self.worse, self.last_eval = progress["worse"], progress["last_eval"]
            return progress["optimizer_groups"], progress["scheduler"]
        except (KeyError, TypeError) as error:
            raise FileError(folder / PROGRESS_NAME, f"incomplete: {error}") from None


def _finite(value: float) -> float | None:
    """NaN and infinity are no JSON; a line says null there."""
    return value if math.isfinite(value) else None


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float | bool) or (
        isinstance(value, list) and all(isinstance(item, int | float) for item in value)
    )
