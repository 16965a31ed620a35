"""Checkpoints, of safetensors and JSON only, that are complete under their final name.

A checkpoint is written into a hidden folder, synced, and finally renamed to `checkpoint-N`; before
one is deleted it is renamed back. So a folder `checkpoint-N` is always complete, even after kill -9
or on a full disk. Hidden folders left behind are removed when the run's folder is next locked.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json, sync_folder, write_json

from rf_train.files.checkpoint_folders import list_checkpoints
from rf_train.files.names import CHECKPOINT_PREFIX, PROGRESS_NAME
from rf_train.files.staged_files import sync_files
from rf_train.files.tensors import load_tensors, save_tensors
from rf_train.training.log import RunLog
from rf_train.training.optimizer import pack_optimizer, restore_scheduler, unpack_optimizer
from rf_train.training.state import RunState
from rf_train.training.trained_weights import trained_tensors, write_weights

OPTIMIZER_NAME = "optimizer.safetensors"
TRAINER_STATE_NAME = "trainer_state.json"  # for tools made for transformers' Trainer


@contextmanager
def new_checkpoint(run_folder: Path, step: int) -> Iterator[Path]:
    """Yields a hidden folder that becomes `checkpoint-{step}` when the block ends without an error.

    Raises FileError where the disk refuses; what was written is then removed.
    """
    final = run_folder / f"{CHECKPOINT_PREFIX}{step}"
    hidden = run_folder / f".{CHECKPOINT_PREFIX}{step}.rf-tmp"
    _remove(hidden)
    try:
        hidden.mkdir(parents=True)
        yield hidden
        sync_files(hidden)
        _delete(final)
        os.replace(hidden, final)
        sync_folder(run_folder)
    except OSError as error:
        raise FileError.from_os_error(final, error) from None
    finally:
        _remove(hidden)


def rotate(run_folder: Path, keep: int | None, best: int | None) -> None:
    """Deletes the oldest checkpoints beyond `keep`, but never the newest or the best one."""
    if keep is None:
        return
    found = list_checkpoints(run_folder)
    deletable = [path for step, path in found[:-1] if step != best]
    for path in deletable[: max(0, len(found) - keep)]:
        _delete(path)


def clear(run_folder: Path) -> None:
    """Deletes all checkpoints of a run."""
    for _, path in list_checkpoints(run_folder):
        _delete(path)


def read_progress(checkpoint: Path) -> dict[str, Any]:
    """The progress of the run at a checkpoint. Raises FileError."""
    return read_json(checkpoint / PROGRESS_NAME)


def read_state(checkpoint: Path, *, main: bool = True) -> RunState:
    """The run's state at a checkpoint. Raises FileError.

    Only the `main` process gets its pending losses, since they are sums over all processes.
    """
    try:
        state = RunState.from_record(read_progress(checkpoint))
    except (KeyError, TypeError) as error:
        raise FileError(checkpoint / PROGRESS_NAME, f"incomplete: {error}") from None
    if not main:
        state.pending = [0.0] * len(state.pending)
    return state


def restore_optimizer(checkpoint: Path, optimizer: Any, scheduler: Any) -> None:
    """Restores optimiser and schedule from a checkpoint. Raises FileError, TrainError."""
    progress = read_progress(checkpoint)
    try:
        groups, schedule = progress["optimizer_groups"], progress["scheduler"]
    except KeyError as error:
        raise FileError(checkpoint / PROGRESS_NAME, f"incomplete: {error}") from None
    unpack_optimizer(optimizer, load_tensors(checkpoint / OPTIMIZER_NAME), groups)
    restore_scheduler(scheduler, schedule)


def write_checkpoint(
    run_folder: Path,
    state: RunState,
    *,
    model: Any,
    optimizer: Any,
    scheduler: Any,
    identity: dict[str, Any],
    log: RunLog,
    main: bool,
) -> None:
    """Writes `checkpoint-N` for step N of the state; only the `main` process writes.

    All processes must call this, since tensors may be sharded over them. Raises FileError.
    """
    weights = trained_tensors(model, keep=main)
    tensors, groups = pack_optimizer(optimizer, keep=main)
    if not main:
        return
    schedule = {k: v for k, v in scheduler.state_dict().items() if _is_number_or_list(v)}
    progress = {"identity": identity, **asdict(state), "scheduler": schedule}
    with new_checkpoint(run_folder, state.step) as folder:
        write_weights(model, weights, folder)
        save_tensors(folder / OPTIMIZER_NAME, tensors)
        write_json(folder / TRAINER_STATE_NAME, log.trainer_state(state.step))
        write_json(folder / PROGRESS_NAME, {**progress, "optimizer_groups": groups})


def _is_number_or_list(value: Any) -> bool:
    """Whether a value of a schedule's state is a number or a list of numbers."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, int | float) for item in value)
    return isinstance(value, int | float)


def _delete(checkpoint: Path) -> None:
    """Renames and deletes a checkpoint, so that a partially deleted one is never found."""
    hidden = checkpoint.with_name(f".{checkpoint.name}.old.rf-tmp")
    _remove(hidden)
    with suppress(OSError):
        os.replace(checkpoint, hidden)
    _remove(hidden)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
