"""One training run from recipe to run folder."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from rf_jsonl import locked_folder, write_json

from rf_train.budget.memory import Shape
from rf_train.budget.out_of_memory import explained, loading_advice, training_advice
from rf_train.budget.strategy import Choices, Load, choose, shares
from rf_train.data.schedule import Schedule
from rf_train.data.sources import Source
from rf_train.data.templates import TEMPLATES, apply_template
from rf_train.files.names import CHECKPOINT_PREFIX, RUN_NAME
from rf_train.files.whole_files import whole_files
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.device import free_memory, pick_device
from rf_train.model.loading import load_tokenizer, model_path
from rf_train.recipe.training import Recipe
from rf_train.training import checkpoints
from rf_train.training.build import arguments, build_model, read_data, speed_up
from rf_train.training.distributed import least, world
from rf_train.training.identity import identity
from rf_train.training.loop import AnswerTrainer
from rf_train.training.preflight import check_place, check_reporters, sources_of, starts_from
from rf_train.training.record import run_record, write_results
from rf_train.training.start import COMPLETE, starting_point
from rf_train.training.state import RunState
from rf_train.training.trained_weights import load_weights, trained_tensors, write_weights

Say = Callable[[str], None]
_SAME_WISH = 2.0  # seconds within which two interrupts mean one


class Stopped(Exception):
    """The run was asked to stop, and saved; the text says how to go on."""


def train(recipe: Recipe, *, resume: bool, force: bool, allow_changes: bool, say: Say) -> bool:
    """Runs a recipe; returns whether anything was trained (False: it was all there).

    Raises FileError, TrainError; Stopped where it was interrupted.
    """
    folder, (rank, devices) = Path(recipe.output_dir), world()
    check_reporters(recipe)
    sources = sources_of(recipe)
    with locked_folder(folder) if rank == 0 else nullcontext():
        path, who, start = "", {}, None
        if rank == 0:
            path = model_path(recipe)
            check_place(recipe, path)
            files = {name: source.path for name, source in sources.items()} | starts_from(recipe)
            who = identity(recipe, path, files, devices)
            start = starting_point(folder, who, resume=resume, force=force, allow=allow_changes)
        path, who, start = _agree([path, who, start])
        if start == COMPLETE:
            say("unchanged: the run is complete and belongs to this recipe and data")
            return False
        session = _Session(
            recipe=recipe, folder=folder, path=path, who=who, sources=sources, say=say
        )
        session.run(start)
    return True


def _agree(values: list[Any]) -> list[Any]:
    """The first process's values, on every process."""
    if world()[1] > 1:
        from accelerate import PartialState
        from accelerate.utils import broadcast_object_list

        PartialState(cpu=not torch.cuda.is_available())
        broadcast_object_list(values)
    return values


class _Session:
    """The parts of one run, held together while it lasts."""

    def __init__(
        self,
        *,
        recipe: Recipe,
        folder: Path,
        path: str,
        who: dict[str, Any],
        sources: dict[str, Source],
        say: Say,
    ) -> None:
        self.recipe, self.folder, self.path, self.who, self.say = recipe, folder, path, who, say
        self.is_main = world()[0] == 0
        self.started = datetime.now(UTC)
        self.tokenizer = load_tokenizer(
            recipe.tokenizer_path or path, trust_remote_code=recipe.trust_remote_code
        )
        apply_template(self.tokenizer, TEMPLATES[recipe.template])
        self.data = read_data(recipe, sources, self.tokenizer)
        self.schedule = Schedule.plan(
            len(self.data.train),
            recipe.samples_per_step(world()[1]),
            epochs=recipe.num_train_epochs,
            max_steps=recipe.max_steps,
            seed=recipe.seed,
        )

    def run(self, start: str | None) -> None:
        """Trains from `start` (a checkpoint, or None) to the end."""
        model, facts, choices, advise = self._prepare(pick_device())
        state = self._state(facts)
        self.record = {
            **run_record(
                self.recipe,
                self.path,
                model,
                tokenizer=self.tokenizer,
                facts=facts,
                choices=choices,
                data=self.data.parts(),
            ),
            "identity": self.who,
            "started": self.started.isoformat(timespec="seconds"),
        }
        self._announce(choices, start)
        if self.is_main:
            write_json(self.folder / RUN_NAME, self.record)
        trainer = self._trainer(model, choices, state)
        try:
            with (
                _interruptible(state, self.say),
                explained(lambda: advise(trainer.largest_micro_batch or None)),
            ):
                _train(trainer, state, start)
        finally:
            state.close()
        trainer.accelerator.wait_for_everyone()
        self._finish(trainer, state)

    def _prepare(
        self, device: torch.device
    ) -> tuple[AnswerLossModel, dict[str, Any], Choices, Callable[[int | None], str]]:
        """The model as it is trained, what is true about it, how it is trained, and what to say
        where memory does not suffice for so many tokens at once."""
        free = least(free_memory(device))  # before the weights, which every estimate counts
        load = self._load(device)
        with explained(lambda: loading_advice(self.recipe, self.path, free)):
            model, facts = build_model(self.recipe, self.path, device)
        choices = choose(self.recipe, model.config, load, device, free)
        advise = partial(training_advice, self.recipe, Shape.of(model.config), load, choices)
        with explained(lambda: advise(None)):
            speed_up(model, self.recipe, choices, device)
        return model, facts, choices, advise

    def _load(self, device: torch.device) -> Load:
        lengths, prefixes = self.data.train.lengths, self.data.train.shared
        own, shared = lengths, 0
        if least(shares(self.recipe, device)) and prefixes.distinct:
            own, shared = lengths - prefixes.of_sample, sum(prefixes.distinct)
        return Load(
            self.recipe.samples_per_step() * float(own.mean()) + shared,
            int(own.max()) + shared,
            self.schedule.total_steps,
            world()[1],
            shared,
        )

    def _state(self, facts: dict[str, Any]) -> RunState:
        return RunState(
            folder=self.folder,
            recipe=self.recipe,
            total_steps=self.schedule.total_steps,
            steps_per_epoch=self.schedule.steps_per_epoch,
            parameters=facts["parameters"],
            identity=self.who,
            is_main=self.is_main,
        )

    def _trainer(self, model: AnswerLossModel, choices: Choices, state: RunState) -> AnswerTrainer:
        return AnswerTrainer(
            model,
            arguments(self.recipe, self.folder, self.schedule.total_steps),
            samples=self.data.train,
            validation=self.data.validation,
            schedule=self.schedule,
            cut=choices.cut,
            pad_id=self.tokenizer.pad_token_id or 0,
            multiple=choices.multiple,
            run=state,
        )

    def _announce(self, choices: Choices, start: str | None) -> None:
        record, data = self.record, self.data.train
        facts, limit = record["truth"], choices.cut.tokens
        self.say(
            f"{self.schedule.total_steps:,} steps of {self.schedule.batch} samples "
            f"({len(data):,} samples from {data.records:,} records, "
            f"{data.lengths.mean():.0f} tokens each, {data.answer_lengths.mean():.0f} with loss)"
        )
        self.say(
            f"{facts['trainable_parameters']:,} trainable parameters in {facts['adapter_dtype']}; "
            f"{facts['quantised_linears']} quantised layers ({facts['frozen_weights']})"
        )
        self.say(
            f"attention: {facts['attention']}; micro-batches: {choices.cut.layout}"
            + (f", at most {limit:,} tokens" if limit else "")
            + (", activations recomputed" if choices.checkpointing else "")
            + (", adapters folded into the weights" if choices.folded else "")
            + (", layers compiled" if choices.compiled else "")
        )
        if facts["shared_prefixes"]:
            tokens = " and ".join(f"{length:,}" for length in facts["shared_prefixes"])
            self.say(f"prompts of {tokens} tokens computed once for all samples that share them")
        if self.recipe.fsdp is not None:
            self.say(f"sharding: {facts['sharding']}")
        for reason, count in data.skipped.counts.items():
            self.say(f"left out: {count} x {reason}, e.g. {data.skipped.places[reason][0]}")
        if start is not None:
            self.say(f"continuing from {start}")

    def _finish(self, trainer: AnswerTrainer, state: RunState) -> None:
        step = trainer.state.global_step
        if state.stop and step < state.total_steps:
            raise Stopped(f"stopped at step {step}, saved; go on with --resume")
        if self.recipe.load_best_model_at_end and state.best_step not in (None, step):
            load_weights(trainer.model, self.folder / f"{CHECKPOINT_PREFIX}{state.best_step}")
        weights = trained_tensors(trainer.model, keep=self.is_main)
        if not self.is_main:
            return
        checkpoints.rotate(self.folder, self.recipe.save_total_limit, state.best_step)
        with whole_files(self.folder) as hidden:
            write_weights(trainer.model, weights, hidden)
            self.tokenizer.save_pretrained(hidden)
        results = write_results(self.folder, state)
        work = {
            "tokens_per_step": round(state.totals.tokens / max(step, 1), 1),
            "padding_share": state.padding_share,
        }
        if trainer.cut.shared:
            work["shared_share"] = state.shared_share
        self.record["truth"] |= work
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(self.folder / RUN_NAME, {**self.record, "finished": finished})
        for name, value in (results | work).items():
            self.say(f"  {name:<26} {value:>18,.4f}")


def _train(trainer: AnswerTrainer, state: RunState, start: str | None) -> None:
    """Takes the steps that are left. Of a last checkpoint transformers would take one more."""
    if start is not None:
        state.load_counts(start)
        if state.at_end:
            state.load_weights(trainer, start)
            trainer.state.global_step = state.totals.steps
            return
    trainer.train(resume_from_checkpoint=start)


@contextmanager
def _interruptible(run: RunState, say: Say) -> Iterator[None]:
    """Ctrl-C asks the run to stop after the step and save; a second one stops at once."""

    asked: list[float] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if asked and time.monotonic() - asked[0] > _SAME_WISH:
            raise KeyboardInterrupt
        if asked:
            return  # torchrun passes on what the terminal has sent us already
        asked.append(time.monotonic())
        run.stop = True
        say("stopping after this step (Ctrl-C again: at once, without saving)")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
