"""One training run, from its recipe to its run folder."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rf_jsonl import locked_folder, write_json

from rf_train.budget.out_of_memory import explain_out_of_memory, loading_advice, training_advice
from rf_train.budget.strategy import StepLoad, Strategy, pick_strategy, should_share_prefixes
from rf_train.data.run_data import Data, read_data
from rf_train.data.schedule import Schedule
from rf_train.data.sources import Sources
from rf_train.data.templates import TEMPLATES, apply_template
from rf_train.errors import TrainError
from rf_train.files.names import CHECKPOINT_PREFIX, RUN_NAME
from rf_train.files.staged_files import staged_files
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.compile_cache import measure_start, record_start
from rf_train.model.device import free_memory, hide_gpus, pick_device
from rf_train.model.fp8 import require_fp8
from rf_train.model.loading import load_tokenizer, model_path
from rf_train.model.structure import structure_of
from rf_train.recipe.training import Recipe
from rf_train.training import checkpoints, loop
from rf_train.training.announce import announce
from rf_train.training.build import apply_strategy, build_model, make_job
from rf_train.training.distributed import (
    broadcast_from_main,
    detect_lost_peers,
    min_across_ranks,
    world,
)
from rf_train.training.identity import run_identity
from rf_train.training.interrupts import interruptible
from rf_train.training.log import RunLog
from rf_train.training.preflight import (
    check_model,
    check_output_folder,
    check_reporters,
    data_files,
    find_sources,
    initial_adapter,
)
from rf_train.training.record import run_record, write_results
from rf_train.training.start import COMPLETE, starting_point
from rf_train.training.state import RunState
from rf_train.training.trained_weights import load_weights, trained_tensors, write_weights

Say = Callable[[str], None]


class Stopped(Exception):
    """The run was stopped on request and saved; the text says how to continue."""


@dataclass(frozen=True)
class StartPoint:
    """Where a run starts: base model, identity, and a checkpoint (None: at the beginning)."""

    model: str
    identity: dict[str, Any]
    checkpoint: Path | None


@dataclass(frozen=True)
class PreparedModel:
    """The model as it is trained, its `model_facts`, its strategy, and the message for running out
    of memory with a number of tokens at once."""

    model: AnswerLossModel
    facts: dict[str, Any]
    strategy: Strategy
    advise: Callable[[int | None], str]


def train(recipe: Recipe, *, resume: bool, force: bool, allow_changes: bool, say: Say) -> bool:
    """Runs a recipe; returns whether anything was trained (False: the run is complete already).

    Parameters
    ----------
    recipe : what to train
    resume, force, allow_changes : the options of `rf-train train`
    say : prints a line

    Raises
    ------
    FileError, TrainError : a file, the recipe or the run is wrong
    Stopped : the run was interrupted and saved
    """
    folder, is_main = Path(recipe.output_dir), world()[0] == 0
    if recipe.use_cpu:
        hide_gpus()
    check_reporters(recipe)
    if recipe.compute_dtype == "fp8":
        require_fp8(pick_device())
    sources = find_sources(recipe)
    recipe, remarks = check_model(recipe)
    for remark in remarks:
        say(f"({remark})")
    with locked_folder(folder) if is_main else nullcontext():
        decision: list[Any] = [None, None, None]
        if is_main:
            path = model_path(recipe.model_name_or_path)
            check_output_folder(recipe, path)
            files = data_files(sources) | initial_adapter(recipe)
            identity = run_identity(recipe, path, files, world()[1])
            found = starting_point(
                folder, identity, resume=resume, force=force, allow=allow_changes
            )
            decision = [path, identity, found]
        path, identity, found = broadcast_from_main(decision)
        if found == COMPLETE:
            say("unchanged: the run is complete, with the same recipe and data")
            return False
        checkpoint = None if found is None else Path(found)
        with detect_lost_peers():
            _run_from(recipe, folder, sources, StartPoint(path, identity, checkpoint), say)
    return True


def _run_from(recipe: Recipe, folder: Path, sources: Sources, start: StartPoint, say: Say) -> None:
    """Trains from `start` to the end and writes the run folder."""
    started, is_main = datetime.now(UTC), world()[0] == 0
    tokenizer = load_tokenizer(
        recipe.tokenizer_path or start.model, trust_remote_code=recipe.trust_remote_code
    )
    apply_template(tokenizer, TEMPLATES[recipe.template])
    data = read_data(recipe, sources, tokenizer)
    schedule = Schedule.plan(
        len(data.train),
        recipe.samples_per_step(world()[1]),
        epochs=recipe.num_train_epochs,
        max_steps=recipe.max_steps,
        seed=recipe.order_seed,
    )
    prepared = _prepare_model(recipe, start.model, data, schedule)
    record = {
        **run_record(
            recipe,
            start.model,
            prepared.model,
            tokenizer=tokenizer,
            facts=prepared.facts,
            strategy=prepared.strategy,
            data=data.parts(),
        ),
        "identity": start.identity,
        "started": started.isoformat(timespec="seconds"),
    }
    for line in announce(
        record,
        recipe=recipe,
        data=data,
        schedule=schedule,
        strategy=prepared.strategy,
        checkpoint=start.checkpoint,
    ):
        say(line)
    if is_main:
        write_json(folder / RUN_NAME, record)
    with explain_out_of_memory(lambda: prepared.advise(None)):
        job = make_job(
            recipe,
            folder,
            prepared.model,
            prepared.strategy,
            data=data,
            schedule=schedule,
            pad_id=tokenizer.pad_token_id or 0,
            identity=start.identity,
        )

    def first_step_done(seconds: float) -> None:
        timing = measure_start(seconds)
        record["truth"]["start"] = asdict(timing)
        say(str(timing))
        if is_main:
            record_start(recipe, timing)

    state, stopped = _train(job, prepared, start.checkpoint, say, first_step_done)
    job.accelerator.wait_for_everyone()
    if stopped:
        raise Stopped(f"stopped at step {state.step}, saved; continue with --resume")
    _finish(job, state, tokenizer, record, say)


def _prepare_model(recipe: Recipe, path: str, data: Data, schedule: Schedule) -> PreparedModel:
    """Loads the model, picks its strategy and applies it."""
    device = pick_device()
    free = min_across_ranks(free_memory(device))  # before loading, since estimates include weights
    with explain_out_of_memory(lambda: loading_advice(recipe, path, free)):
        model, facts = build_model(recipe, path, device)
    load = _load(recipe, model.config, data, schedule)
    strategy = pick_strategy(recipe, model.config, load, device, free)
    advise = partial(training_advice, recipe, structure_of(model.config), load, strategy)
    with explain_out_of_memory(lambda: advise(None)):
        apply_strategy(model, recipe, strategy, device)
    return PreparedModel(model, facts, strategy, advise)


def _load(recipe: Recipe, config: Any, data: Data, schedule: Schedule) -> StepLoad:
    """The mean size of a step on one device, shared prefixes counted once."""
    samples, shared = data.train, 0
    tokens, longest = samples.sizes.tokens, samples.sizes.longest
    shares = should_share_prefixes(recipe, config, pick_device())
    if min_across_ranks(shares) and samples.shared.distinct:
        (tokens, longest), shared = samples.own(), sum(samples.shared.distinct)
    return StepLoad(
        recipe.samples_per_step() * (tokens / len(samples)) + shared,
        longest + shared,
        schedule.total_steps,
        world()[1],
        shared,
    )


def _train(
    job: loop.Job,
    prepared: PreparedModel,
    checkpoint: Path | None,
    say: Say,
    first_step_done: Callable[[float], None],
) -> tuple[RunState, bool]:
    """Takes the remaining steps; returns the state, and whether the run was stopped early."""
    recipe, main = job.recipe, job.accelerator.is_main_process
    state = RunState()
    if checkpoint is not None:
        state = checkpoints.read_state(checkpoint, main=main)
        if state.step > job.schedule.total_steps:
            raise TrainError(
                f"{checkpoint}: is beyond the {job.schedule.total_steps:,} steps of this recipe "
                "(more max_steps or num_train_epochs continue it, --force starts again)"
            )
        load_weights(job.model, checkpoint)
        if state.should_stop_early(recipe.early_stopping_steps):
            return state, False
        checkpoints.restore_optimizer(checkpoint, job.optimizer, job.scheduler)
    if state.step >= job.schedule.total_steps:
        return state, False
    log = RunLog(
        job.folder,
        job.schedule.total_steps,
        job.schedule.steps_per_epoch,
        start=state.step,
        elapsed=state.elapsed,
        tokens=state.totals.tokens,
        main=main,
        tensorboard="tensorboard" in recipe.report_to,
    )
    try:
        with (
            interruptible(say) as stop,
            explain_out_of_memory(lambda: prepared.advise(job.batches.largest or None)),
        ):
            stopped = loop.train(job, state, log, stop, first_step_done)
    finally:
        state.elapsed = log.elapsed
        log.close()
    return state, stopped


def _finish(
    job: loop.Job, state: RunState, tokenizer: Any, record: dict[str, Any], say: Say
) -> None:
    """Writes adapter or model, tokenizer, results, and the rest of the record."""
    recipe, folder = job.recipe, job.folder
    if recipe.load_best_model_at_end and state.best_step not in (None, state.step):
        load_weights(job.model, folder / f"{CHECKPOINT_PREFIX}{state.best_step}")
    main = job.accelerator.is_main_process
    weights = trained_tensors(job.model, keep=main)
    if not main:
        return
    checkpoints.rotate(folder, recipe.save_total_limit, state.best_step)
    with staged_files(folder) as staging:
        write_weights(job.model, weights, staging)
        tokenizer.save_pretrained(staging)
    results = write_results(
        folder, state, job.schedule.steps_per_epoch, record["model"]["parameters"]
    )
    work = {
        "tokens_per_step": round(state.totals.tokens / max(state.step, 1), 1),
        "padding_share": state.totals.padding_share,
    }
    if job.batches.cut.shared:
        work["shared_share"] = state.totals.shared_share
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(
        folder / RUN_NAME,
        {**record, "truth": record["truth"] | work, "finished": finished},
    )
    for name, value in (results | work).items():
        say(f"  {name:<26} {value:>18,.4f}")
