"""The training loop.

The samples of a step are a function of its number (see `Schedule`), so no position in the data is
saved or skipped to. Its random numbers (dropout) are seeded by its number too: a resumed run
repeats them exactly.
"""

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import torch
from torch.nn.utils import clip_grad_norm_

from rf_train.data.micro_batches import MicroBatches, Step
from rf_train.data.schedule import Schedule
from rf_train.errors import TrainError
from rf_train.files.checkpoint_folders import latest_checkpoint
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.sharding import gather_full
from rf_train.recipe.training import Recipe
from rf_train.training import checkpoints
from rf_train.training.log import RunLog
from rf_train.training.state import RunState
from rf_train.training.validation import validation_loss


@dataclass(frozen=True)
class Job:
    """The parts of a run. `parallel` is `model`, wrapped if gradients must be averaged."""

    recipe: Recipe
    folder: Path
    identity: dict[str, Any]
    device: torch.device
    accelerator: Any
    model: AnswerLossModel
    parallel: torch.nn.Module
    optimizer: torch.optim.Optimizer
    scheduler: Any
    schedule: Schedule
    batches: MicroBatches
    validation: MicroBatches | None


def train(
    job: Job,
    state: RunState,
    log: RunLog,
    stop: Event,
    first_step_done: Callable[[float], None] = lambda seconds: None,
) -> bool:
    """Takes the remaining steps; returns whether it was stopped before the last one.

    `first_step_done` is called with the seconds of the first step, in which layers are compiled.
    Raises TrainError where the loss diverges, FileError where a checkpoint cannot be written.
    """
    trained = [p for p in job.model.parameters() if p.requires_grad]
    job.model.train()
    first, began = state.step, time.perf_counter()
    upcoming = step_on_device(job, first)
    for number in range(first, job.schedule.total_steps):
        torch.manual_seed(step_seed(job.recipe.seed, number, job.accelerator.process_index))
        step = upcoming
        loss = accumulate_gradients(job, step)
        norm = gather_full(clip_grad_norm_(trained, job.recipe.max_grad_norm or math.inf))
        rate = job.scheduler.get_last_lr()[0]
        job.optimizer.step()
        job.scheduler.step()
        job.optimizer.zero_grad()
        state.count(step, loss)
        # While the device still computes this step:
        log.write()
        if number + 1 < job.schedule.total_steps:
            upcoming = step_on_device(job, number + 1)
        if number == first:
            if job.device.type == "cuda":
                torch.cuda.synchronize(job.device)
            first_step_done(time.perf_counter() - began)
        log.step(state.step)

        last = state.step == job.schedule.total_steps
        if last or state.step % job.recipe.logging_steps == 0:
            write_log_line(job, state, log, rate, norm)
        stopped = stop_requested(job, stop)
        save = last or stopped or state.step % job.recipe.save_steps == 0
        if job.validation and (last or state.step % job.recipe.eval_every == 0):
            evaluate(job, state, log)
            save |= job.recipe.load_best_model_at_end and state.best_step == state.step
        exhausted = state.should_stop_early(job.recipe.early_stopping_steps)
        if save or exhausted:
            save_checkpoint(job, state, log)
        if stopped or exhausted:
            return stopped and not last
    return False


def step_on_device(job: Job, number: int) -> Step:
    """This device's part of a step, its micro-batches on the device."""
    step = job.batches.step(job.schedule.step(number))
    return replace(step, batches=[batch.to(job.device) for batch in step.batches])


def accumulate_gradients(job: Job, step: Step) -> torch.Tensor:
    """Accumulates the gradients of a step; returns this device's share of its mean loss."""
    total = torch.zeros((), device=job.device)
    for batch in step.batches:
        last = batch is step.batches[-1]
        with nullcontext() if last else job.accelerator.no_sync(job.parallel):
            loss = job.parallel(**batch.kwargs()) / step.answers
            # Gradients are averaged over devices; the loss is a sum over all of them.
            job.accelerator.backward(loss * job.accelerator.num_processes)
        total += loss.detach()
    return total


def write_log_line(job: Job, state: RunState, log: RunLog, rate: float, norm: Any) -> None:
    """Logs the mean loss of the steps since the last line. Raises TrainError for NaN."""
    losses = sum_over_devices(job, state.pending)
    state.pending = []
    state.totals.loss_sum += float(losses.sum())
    mean = float(losses.mean())
    log.train_line(
        state.step, loss=mean, lr=rate, grad_norm=float(norm), tokens=state.totals.tokens
    )
    refuse_diverged(job.folder, state.step, mean)


def evaluate(job: Job, state: RunState, log: RunLog) -> None:
    """Computes and logs the validation loss. Raises TrainError for NaN."""
    assert job.validation is not None
    loss = validation_loss(job.model, job.validation, job.device, job.accelerator)
    state.record_evaluation(loss)
    log.eval_line(state.step, eval_loss=loss, tokens=state.totals.tokens)
    refuse_diverged(job.folder, state.step, loss)


def save_checkpoint(job: Job, state: RunState, log: RunLog) -> None:
    """Writes `checkpoint-N` and deletes surplus ones. Raises FileError, TrainError."""
    # The first process keeps the sums over all devices, the others zeros.
    main = job.accelerator.is_main_process
    pending = sum_over_devices(job, state.pending)
    state.pending = pending.tolist() if main else [0.0] * len(pending)
    refuse_diverged(job.folder, state.step, float(pending.sum()))
    state.elapsed = log.elapsed
    checkpoints.write_checkpoint(
        job.folder,
        state,
        model=job.model,
        optimizer=job.optimizer,
        scheduler=job.scheduler,
        identity=job.identity,
        log=log,
        main=main,
    )
    if main:
        checkpoints.rotate(job.folder, job.recipe.save_total_limit, state.best_step)


def stop_requested(job: Job, stop: Event) -> bool:
    """Whether any process was asked to stop after this step."""
    if job.accelerator.num_processes == 1:
        return stop.is_set()
    return bool(sum_over_devices(job, [stop.is_set()]).any())


def sum_over_devices(job: Job, values: list[Any]) -> torch.Tensor:
    """Each value [n] summed over all processes, in float64 and main memory."""
    local = torch.tensor([float(value) for value in values], dtype=torch.float64)
    summed: torch.Tensor = job.accelerator.reduce(local.to(job.device), "sum").cpu()
    return summed


def refuse_diverged(folder: Path, step: int, loss: float) -> None:
    """Raises TrainError for NaN and infinity, from which training cannot recover, so that no
    checkpoint holds such a model."""
    if math.isfinite(loss):
        return
    found = latest_checkpoint(folder)
    kept = f"the last checkpoint is {found.name}" if found else "there is no checkpoint yet"
    raise TrainError(
        f"step {step}: the loss became NaN or infinite ({kept}); a lower learning_rate or "
        "more warm-up may help"
    )


def step_seed(seed: int, step: int, rank: int) -> int:
    """A 63-bit seed for a step (counted from 0) on one device."""
    mixed = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + rank) & (2**64 - 1)
    mixed ^= mixed >> 31
    return (mixed * 0x94D049BB133111EB) & (2**63 - 1)
