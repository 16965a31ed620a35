"""Where a run starts: at the beginning, at a checkpoint, or not at all because it is complete."""

from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json

from rf_train.errors import TrainError
from rf_train.files.checkpoint_folders import latest_checkpoint
from rf_train.files.names import ADAPTER_CONFIG_NAME, ADAPTER_NAME, LOG_NAME, RUN_NAME
from rf_train.training import checkpoints
from rf_train.training.identity import differences

COMPLETE = "complete"
_RUN_FILES = (
    RUN_NAME,
    LOG_NAME,
    "train_results.json",
    "all_results.json",
    ADAPTER_CONFIG_NAME,
    ADAPTER_NAME,
)
# Keys that determine the trained weights and their shapes.
_WEIGHT_KEYS = ("finetuning_type", "lora_rank", "lora_target")
_MODEL_FILES = "model*.safetensors*"  # one file, or several and their index


def starting_point(
    folder: Path, identity: dict[str, Any], *, resume: bool, force: bool, allow: bool
) -> str | None:
    """None to start at the beginning, `COMPLETE`, or the checkpoint folder to continue from.

    `identity` is that of the run about to start. With `force`, another run's files are removed.
    Raises FileError, TrainError where the folder holds another run.
    """
    old, finished = _existing_run(folder)
    if old is None:
        return None
    changes = differences(old, identity)
    if not changes and finished and (resume or not force):
        return COMPLETE
    if resume and (allow or not changes):
        _check_weights_fit(folder, changes)
        found = latest_checkpoint(folder)
        return None if found is None else str(found)
    if force:
        clear(folder)
        return None
    if not resume:
        raise FileError(folder, "holds a run already (--resume continues it, --force replaces it)")
    raise TrainError(
        f"{folder}: not the same run: {'; '.join(changes[:3])} "
        "(--force starts again, --allow-changes continues anyway)"
    )


def _check_weights_fit(folder: Path, changes: list[str]) -> None:
    """Raises TrainError for a change that the weights of the checkpoints do not fit."""
    for change in changes:
        if change.startswith(tuple(f"recipe {key}: " for key in _WEIGHT_KEYS)):
            raise TrainError(
                f"{folder}: {change}: the weights of its checkpoints do not fit that "
                "(--force starts again)"
            )


def clear(folder: Path) -> None:
    """Removes the files of an earlier run, and only those."""
    checkpoints.clear(folder)
    if (folder / RUN_NAME).is_file():
        recipe = read_json(folder / RUN_NAME).get("recipe", {})
        if recipe.get("finetuning_type") == "full":
            for path in folder.glob(_MODEL_FILES):
                path.unlink()
    for name in _RUN_FILES:
        (folder / name).unlink(missing_ok=True)


def _existing_run(folder: Path) -> tuple[dict[str, Any] | None, bool]:
    """The identity of the run in a folder, None without one, and whether it is finished."""
    if (folder / RUN_NAME).is_file():
        record = read_json(folder / RUN_NAME)
        return record.get("identity", {}), "finished" in record
    found = latest_checkpoint(folder)
    if found is not None:
        return checkpoints.read_progress(found).get("identity", {}), False
    return ({}, False) if (folder / ADAPTER_NAME).exists() else (None, False)
