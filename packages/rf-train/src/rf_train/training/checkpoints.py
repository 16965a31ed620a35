"""Checkpoints: complete before they are named, safetensors and JSON only.

A checkpoint is written into a hidden folder, synced, and renamed to `checkpoint-N` as its last
act; one that is deleted loses its name first. So whatever is called `checkpoint-N` is whole, also
after kill -9 or on a full disk. What such a kill leaves goes when the run's folder is next locked.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json, sync_folder, write_json

from rf_train.errors import TrainError
from rf_train.files.checkpoint_folders import list_checkpoints
from rf_train.files.names import CHECKPOINT_PREFIX, PROGRESS_NAME
from rf_train.files.tensors import save_tensors
from rf_train.files.whole_files import sync_files
from rf_train.model.sharding import part_like, whole

OPTIMIZER_NAME = "optimizer.safetensors"


@contextmanager
def new_checkpoint(run_folder: Path, step: int) -> Iterator[Path]:
    """Yields a hidden folder that becomes `checkpoint-{step}` when the block ends well.

    Raises FileError where the disk refuses; what was written is removed then.
    """
    final = run_folder / f"{CHECKPOINT_PREFIX}{step}"
    hidden = run_folder / f".{CHECKPOINT_PREFIX}{step}.rf-tmp"
    _remove(hidden)
    try:
        hidden.mkdir(parents=True)
        yield hidden
        sync_files(hidden)
        _retire(final)
        os.replace(hidden, final)
        sync_folder(run_folder)
    except OSError as error:
        raise FileError.from_os_error(final, error) from None
    finally:
        _remove(hidden)


def rotate(run_folder: Path, keep: int | None, best: int | None) -> None:
    """Deletes the oldest checkpoints beyond `keep`; never the newest nor the best step's."""
    if keep is None:
        return
    found = list_checkpoints(run_folder)
    spare = [path for step, path in found[:-1] if step != best]
    surplus = len(found) - keep
    for path in spare[: max(0, surplus)]:
        _retire(path)


def clear(run_folder: Path) -> None:
    """Deletes all checkpoints of a run."""
    for _, path in list_checkpoints(run_folder):
        _retire(path)


def pack_optimizer(
    optimizer: Any, *, keep: bool = True
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An optimiser's tensors under flat names, and its groups as JSON values.

    Tensors that are divided over processes are put together: all processes must call this then,
    and those that do not `keep` the result get empty ones.
    """
    state = optimizer.state_dict()
    tensors = {
        f"{index}.{name}": whole(value, keep=keep)
        for index, entry in state["state"].items()
        for name, value in entry.items()
    }
    groups = [{k: v for k, v in g.items() if k != "params"} for g in state["param_groups"]]
    return tensors, groups


def unpack_optimizer(optimizer: Any, tensors: dict[str, Any], groups: list[dict[str, Any]]) -> None:
    """Gives an optimiser the state that `pack_optimizer` took, or this process's part of it."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for flat, value in tensors.items():
        index, _, name = flat.partition(".")
        if int(index) >= len(parameters):
            raise TrainError(f"the checkpoint's optimiser does not fit: it has entry {index}")
        state.setdefault(int(index), {})[name] = part_like(value, parameters[int(index)])
    current = optimizer.state_dict()["param_groups"]
    try:
        restored = [
            {**group, "betas": tuple(group["betas"]), "params": now["params"]}
            for group, now in zip(groups, current, strict=True)
        ]
        optimizer.load_state_dict({"state": state, "param_groups": restored})
    except ValueError as error:
        raise TrainError(f"the checkpoint's optimiser does not fit: {error}") from None


def read_progress(checkpoint: Path) -> dict[str, Any]:
    """What a checkpoint says about the run so far. Raises FileError."""
    return read_json(checkpoint / PROGRESS_NAME)


def write_checkpoint(
    run_folder: Path,
    step: int,
    *,
    progress: dict[str, Any],
    optimizer: tuple[dict[str, Any], list[dict[str, Any]]],
    write_weights: Callable[[Path], None],
    write_state: Callable[[str], None],
) -> Path:
    """Writes a checkpoint: weights and state by the callbacks, the rest here. Raises FileError.

    `optimizer` is what `pack_optimizer` returned.
    """
    tensors, groups = optimizer
    with new_checkpoint(run_folder, step) as folder:
        write_weights(folder)
        save_tensors(folder / OPTIMIZER_NAME, tensors)
        write_state(str(folder / "trainer_state.json"))
        write_json(folder / PROGRESS_NAME, {**progress, "optimizer_groups": groups})
    return run_folder / f"{CHECKPOINT_PREFIX}{step}"


def _retire(checkpoint: Path) -> None:
    """Deletes a checkpoint, its name first: what is half deleted must not look like one."""
    hidden = checkpoint.with_name(f".{checkpoint.name}.old.rf-tmp")
    _remove(hidden)
    with suppress(OSError):
        os.replace(checkpoint, hidden)
    _remove(hidden)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
