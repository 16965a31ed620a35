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
from rf_train.file_modes import follow_umask
from rf_train.sharding import part_like, whole
from rf_train.whole_files import sync_files

PREFIX = "checkpoint-"
PROGRESS_NAME = "progress.json"
ADAPTER_NAME = "adapter_model.safetensors"
OPTIMIZER_NAME = "optimizer.safetensors"


@contextmanager
def new_checkpoint(run_folder: Path, step: int) -> Iterator[Path]:
    """Yields a hidden folder that becomes `checkpoint-{step}` when the block ends well.

    Raises FileError where the disk refuses; what was written is removed then.
    """
    final = run_folder / f"{PREFIX}{step}"
    hidden = run_folder / f".{PREFIX}{step}.rf-tmp"
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


def checkpoints(run_folder: Path) -> list[tuple[int, Path]]:
    """(step, folder) of the checkpoints of a run, oldest first."""
    found = []
    for path in run_folder.glob(f"{PREFIX}*"):
        step = path.name.removeprefix(PREFIX)
        if step.isdigit() and (path / PROGRESS_NAME).is_file():
            found.append((int(step), path))
    return sorted(found)


def latest(run_folder: Path) -> Path | None:
    """The newest checkpoint of a run."""
    found = checkpoints(run_folder)
    return found[-1][1] if found else None


def rotate(run_folder: Path, keep: int | None, best: int | None) -> None:
    """Deletes the oldest checkpoints beyond `keep`; never the newest nor the best step's."""
    if keep is None:
        return
    found = checkpoints(run_folder)
    spare = [path for step, path in found[:-1] if step != best]
    surplus = len(found) - keep
    for path in spare[: max(0, surplus)]:
        _retire(path)


def clear(run_folder: Path) -> None:
    """Deletes all checkpoints of a run."""
    for _, path in checkpoints(run_folder):
        _retire(path)


@contextmanager
def safetensors_on_disk(path: Path) -> Iterator[None]:
    """Inside, what safetensors says of a disk that refuses becomes an OSError about `path`."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise _as_os_error(path, error) from None


def save_tensors(path: Path, tensors: dict[str, Any]) -> None:
    """Writes tensors as safetensors. Raises OSError where the disk refuses."""
    from safetensors.torch import save_file

    with safetensors_on_disk(path):
        save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"format": "pt"})
    follow_umask(path)


def load_tensors(path: Path) -> dict[str, Any]:
    """Reads a safetensors file onto the CPU. Raises FileError; never unpickles."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise FileError(path, "no such file (only safetensors are read)")
    try:
        tensors: dict[str, Any] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise FileError(path, f"not a whole safetensors file ({error})") from None
    return tensors


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
    return run_folder / f"{PREFIX}{step}"


def _as_os_error(path: Path, error: Exception) -> OSError:
    """safetensors reports a full disk as text; the operating system's own words are clearer."""
    import errno

    text = str(error)
    code = errno.ENOSPC if "No space" in text else errno.EFBIG if "large" in text else errno.EIO
    return OSError(code, os.strerror(code), str(path))


def _retire(checkpoint: Path) -> None:
    """Deletes a checkpoint, its name first: what is half deleted must not look like one."""
    hidden = checkpoint.with_name(f".{checkpoint.name}.old.rf-tmp")
    _remove(hidden)
    with suppress(OSError):
        os.replace(checkpoint, hidden)
    _remove(hidden)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
