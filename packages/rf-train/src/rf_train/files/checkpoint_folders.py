"""The checkpoints in a run folder, found by their names."""

from pathlib import Path

from rf_train.files.names import CHECKPOINT_PREFIX, PROGRESS_NAME


def list_checkpoints(run_folder: Path) -> list[tuple[int, Path]]:
    """(step, folder) of the checkpoints of a run, oldest first."""
    found = []
    for path in run_folder.glob(f"{CHECKPOINT_PREFIX}*"):
        step = path.name.removeprefix(CHECKPOINT_PREFIX)
        if step.isdigit() and (path / PROGRESS_NAME).is_file():
            found.append((int(step), path))
    return sorted(found)


def latest_checkpoint(run_folder: Path) -> Path | None:
    """The newest checkpoint of a run."""
    found = list_checkpoints(run_folder)
    return found[-1][1] if found else None
