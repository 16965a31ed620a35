"""The trainer: transformers' loop, devices and reporters; our steps, log and checkpoints.

One item of the data loader stands for one optimiser step. What the step consists of follows from
its number (see `schedule`), so nothing about the data needs saving or skipping. The random
numbers of a step (dropout) are seeded by its number too: a resumed run repeats them bit by bit.
"""

import math
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader
from transformers import PrinterCallback, ProgressCallback, Trainer, TrainerCallback

from rf_train.data.batches import MicroBatch, make_batch
from rf_train.data.rendering import BoolArray, IntArray
from rf_train.data.samples import Samples
from rf_train.data.schedule import Cut, IntVector, Schedule, cut_step
from rf_train.model.sharding import whole
from rf_train.training.state import RunState


class AnswerTrainer(Trainer):  # type: ignore[misc]
    """Trains an `AnswerLossModel` on `samples` as `schedule` and `cut` say."""

    def __init__(
        self,
        model: torch.nn.Module,
        args: Any,
        *,
        samples: Samples,
        validation: Samples | None,
        schedule: Schedule,
        cut: Cut,
        pad_id: int,
        multiple: int,
        run: RunState,
    ) -> None:
        self.samples = samples
        self.validation = validation
        self.schedule = schedule
        self.cut = cut
        self.pad_id = pad_id
        self.multiple = multiple
        self.run = run
        self.largest_micro_batch = 0
        self._trained_parameters: list[torch.nn.Parameter] = []
        self._lengths = samples.lengths
        self._answers = samples.answer_lengths
        self._prefixes = _prefixes(samples, cut)
        self._longest = max(int(self._lengths.max()), multiple)
        super().__init__(model=model, args=args)
        for callback in (PrinterCallback, ProgressCallback):
            self.remove_callback(callback)
        self.add_callback(_StepEnd(self))

    # -- data ---------------------------------------------------------------------------------

    def get_train_dataloader(self) -> Any:
        """As many items as an epoch has steps; their content is taken in `training_step`."""
        steps = [{"place": place} for place in range(self.schedule.steps_per_epoch)]
        return DataLoader(steps, batch_size=1)  # type: ignore[arg-type]

    def micro_batches(self, step: int) -> tuple[list[MicroBatch], int]:
        """This device's micro-batches of a step, and the loss tokens of the whole step."""
        indices = self.schedule.step(step)
        own = self._lengths - self._prefixes
        cuts = cut_step(indices, own, self.cut, self.args.world_size)
        mine = cuts[self.args.process_index]
        self.run.count(
            samples=len(indices),
            tokens=int(self._lengths[indices].sum()),
            answers=int(self._answers[indices].sum()),
        )
        return [self._batch(group) for group in mine], int(self._answers[indices].sum())

    def _batch(self, group: IntVector) -> MicroBatch:
        pairs, prefixes = _pairs(self.samples, group), _prefixes_of(self._prefixes, group)
        batch = make_batch(
            pairs,
            self.cut.layout,
            self.pad_id,
            self.multiple,
            longest=self._longest,
            prefixes=prefixes,
        )
        computed = batch.input_ids.numel()
        self.largest_micro_batch = max(self.largest_micro_batch, computed)
        once = batch.shared.copies.shape[1] if batch.shared else 0
        self.run.count_computed(computed, shared=sum(prefixes) - once)
        return batch

    # -- one step -----------------------------------------------------------------------------

    def training_step(
        self, model: Any, inputs: Any = None, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Gradients of one optimiser step; returns this device's share of its mean loss."""
        if not model.training:  # peft's modules are thousands; setting them all takes time
            model.train()
        step = self.state.global_step
        self.run.lr = self._get_learning_rate()
        torch.manual_seed(_step_seed(self.args.seed, step, self.args.process_index))
        micro, answers = self.micro_batches(step)
        total = torch.zeros((), device=self.args.device)
        for place, batch in enumerate(micro, start=1):
            last = place == len(micro)
            with nullcontext() if last else self.accelerator.no_sync(model):
                loss = model(**batch.to(self.args.device).kwargs()) / answers
                # Gradients are averaged over devices; the loss is a sum over all of them.
                self.accelerator.backward(loss * self.args.world_size)
            total += loss.detach()
        self.run.pending.append(total)
        return total

    def _trained(self, model: Any) -> list[torch.nn.Parameter]:
        """What has gradients, found once."""
        if not self._trained_parameters:
            self._trained_parameters = [p for p in model.parameters() if p.requires_grad]
        return self._trained_parameters

    def _clip_grad_norm(self, model: Any) -> Any:
        self.run.grad_norm = whole(
            self.accelerator.clip_grad_norm_(self._trained(model), self.args.max_grad_norm)
        )
        return self.run.grad_norm

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        if grad_norm is None:
            self.run.grad_norm = whole(
                self.accelerator.clip_grad_norm_(self._trained(model), math.inf)
            )
        return self.run.grad_norm

    def floating_point_ops(self, inputs: Any) -> int:
        """Counted by `RunState` from tokens instead, in one place for the whole step."""
        return 0

    # -- validation ---------------------------------------------------------------------------

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Mean loss (nats a token) over the answer tokens of the validation samples."""
        assert self.validation is not None
        lengths, answers = self.validation.lengths, self.validation.answer_lengths
        everything = torch.arange(len(self.validation)).numpy()
        cut, prefixes = self._validation_cut(self.validation)
        lengths = lengths - prefixes
        mine = cut_step(everything, lengths, cut, self.args.world_size)[self.args.process_index]
        total = torch.zeros((), device=self.args.device, dtype=torch.float64)
        with torch.no_grad(), NoDropout(self.model):
            for group in mine:  # an empty one too: sharded weights are gathered by all devices
                pairs = _pairs(self.validation, group)
                batch = make_batch(
                    pairs,
                    cut.layout,
                    self.pad_id,
                    self.multiple,
                    prefixes=_prefixes_of(prefixes, group),
                )
                total += self.model(**batch.to(self.args.device).kwargs())
        total = self.accelerator.reduce(total, "sum")
        metrics = {"eval_loss": float(total) / int(answers.sum())}
        self.run.evaluated(self.state.global_step, metrics["eval_loss"])
        self.log({**metrics, "step": self.state.global_step})
        handler: Any = self.callback_handler
        self.control: Any = handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _validation_cut(self, validation: Samples) -> tuple[Cut, IntVector]:
        """The cut of the validation samples, and their prefixes, which may be others."""
        tokens = self.cut.tokens or 16 * int(validation.lengths.max())
        shared = sum(validation.shared.distinct) if self.cut.shared else 0
        cut = replace(self.cut, tokens=tokens, samples=None, shared=shared)
        return cut, _prefixes(validation, cut)

    # -- checkpoints --------------------------------------------------------------------------

    def _save_checkpoint(self, model: Any, trial: Any = None) -> None:
        self.run.flush_to_host()
        self.run.save_checkpoint(self)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        self.run.load_weights(self, resume_from_checkpoint)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            self.run.load_optimizer(self, checkpoint)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        """Nothing to load: every step seeds its own random numbers."""


class NoDropout:
    """Inside, adapters drop nothing out. Modules stay in training mode otherwise: bitsandbytes
    repacks its weights for inference, for good, when it meets one in evaluation mode on a CPU."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.layers = [m for m in model.modules() if isinstance(m, torch.nn.Dropout)]
        self.modes = [layer.training for layer in self.layers]

    def __enter__(self) -> None:
        for layer in self.layers:
            layer.eval()

    def __exit__(self, *_: object) -> None:
        for layer, mode in zip(self.layers, self.modes, strict=True):
            layer.train(mode)


class _StepEnd(TrainerCallback):  # type: ignore[misc]
    """Decides after every step: log, evaluate, save, stop."""

    def __init__(self, trainer: AnswerTrainer) -> None:
        self.trainer = trainer

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.trainer.run.begin(state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        run, step = self.trainer.run, state.global_step
        # transformers counts from where it was started, which after a resume is not the beginning
        state.epoch = step / run.steps_per_epoch
        run.stepped(step)
        last = step >= run.total_steps
        if step % run.recipe.logging_steps == 0 or last:
            self.trainer.log(run.log_line(self.trainer, step))
        stop = run.stop_requested(self.trainer)
        control.should_save = last or stop or step % run.recipe.save_steps == 0
        if self.trainer.validation is not None:
            control.should_evaluate = last or step % run.eval_every == 0
        control.should_training_stop = last or stop
        return control

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        run = self.trainer.run
        if run.recipe.load_best_model_at_end and run.best_step == state.global_step:
            control.should_save = True
        if run.out_of_patience:
            control.should_save = control.should_training_stop = True
        return control


def _pairs(samples: Samples, group: IntVector) -> list[tuple[IntArray, BoolArray]]:
    """Token ids and loss marks of some samples; of none: of one, without loss.

    So a device for which nothing is left goes through the motions with the others.
    """
    if len(group):
        return [samples.sample(int(index)) for index in group]
    ids, answer = samples.sample(0)
    return [(ids, answer & False)]


def _prefixes(samples: Samples, cut: Cut) -> IntVector:
    """How many tokens of each sample [n] are shared: none where nothing is."""
    return samples.shared.of_sample if cut.shared else np.zeros(len(samples), np.int64)


def _prefixes_of(prefixes: IntVector, group: IntVector) -> list[int]:
    """The prefixes of the samples that `_pairs` gives."""
    return [int(length) for length in prefixes[group if len(group) else [0]]]


def _step_seed(seed: int, step: int, device: int) -> int:
    """A 63-bit seed of its own for every step and device."""
    mixed = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + device) & (2**64 - 1)
    mixed ^= mixed >> 31
    return (mixed * 0x94D049BB133111EB) & (2**63 - 1)
