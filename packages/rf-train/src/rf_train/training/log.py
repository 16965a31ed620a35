"""`trainer_log.jsonl`: a line every few steps in LLaMA-Factory's format, with more fields.

The file can be read during the run. After a resume it holds every logged step once: lines after
the checkpoint are dropped and written again. Lines about training wait for `write`, which the loop
calls while the device has a step to compute, since a line takes until it is safe on disk.
"""

import math
import socket
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rf_jsonl import AppendWriter, read_jsonl, write_jsonl

from rf_train.files.names import LOG_NAME


class RunLog:
    """Writes the log, the progress bar and TensorBoard's scalars, and measures the training time.

    Parameters
    ----------
    folder
        The run folder.
    total_steps, steps_per_epoch
        Of the whole run.
    start, elapsed, tokens
        Steps, seconds and tokens of training before this start.
    main
        Whether this process writes; otherwise only the time is measured.
    tensorboard
        Whether scalars for TensorBoard are written too, into `runs/<start>_<host>` of the folder.
    """

    def __init__(
        self,
        folder: Path,
        total_steps: int,
        steps_per_epoch: int,
        *,
        start: int = 0,
        elapsed: float = 0.0,
        tokens: int = 0,
        main: bool = True,
        tensorboard: bool = False,
    ) -> None:
        self.path = folder / LOG_NAME
        self.total_steps, self.steps_per_epoch, self.main = total_steps, steps_per_epoch, main
        self._start_step, self._elapsed_before = start, elapsed
        self._started = time.perf_counter()
        self._mark = (self._started, tokens)
        self._board = _summary_writer(folder) if main and tensorboard else None
        self._waiting: list[dict[str, Any]] = []
        if main:
            _drop_lines_after(self.path, start)
            self._writer = AppendWriter(self.path, resume=True)
            self._bar = _progress_bar(total_steps, start)

    @property
    def elapsed(self) -> float:
        """Seconds of training so far, including those before a resume."""
        return self._elapsed_before + time.perf_counter() - self._started

    def step(self, number: int) -> None:
        """Moves the progress bar to step `number`."""
        if self.main:
            self._bar.update(number - self._bar.n)

    def train_line(
        self, step: int, *, loss: float, lr: float, grad_norm: float, tokens: int
    ) -> None:
        """Notes a line about training; `loss` in nats per token, `tokens` since the run began."""
        now = time.perf_counter()
        speed = (tokens - self._mark[1]) / max(now - self._mark[0], 1e-9)
        self._mark = (now, tokens)
        if not self.main:
            return
        progress = self._progress(step)
        record = {
            "current_steps": progress.pop("current_steps"),
            "total_steps": progress.pop("total_steps"),
            "loss": _finite(loss),
            "lr": lr,
            **progress,
            "grad_norm": _finite(grad_norm),
            "tokens_per_second": round(speed, 1),
        }
        self._waiting.append(record)
        self._bar.set_postfix(loss=f"{loss:.4f}", tok_s=f"{speed:,.0f}", refresh=False)
        self._report(
            step,
            {
                "train/loss": loss,
                "train/learning_rate": lr,
                "train/grad_norm": grad_norm,
                "train/tokens_per_second": speed,
            },
        )

    def write(self) -> None:
        """Appends the lines that wait, in their order. Raises FileError."""
        if self._waiting:
            lines, self._waiting = self._waiting, []
            self._writer.append(lines)

    def eval_line(self, step: int, *, eval_loss: float, tokens: int) -> None:
        """Appends a line about validation, whose duration is excluded from the training speed."""
        if self.main:
            self.write()
            self._writer.append([{**self._progress(step), "eval_loss": _finite(eval_loss)}])
            self._report(step, {"eval/loss": eval_loss})
        self._mark = (time.perf_counter(), tokens)

    def trainer_state(self, step: int) -> dict[str, Any]:
        """Step and log lines so far, in the format of transformers' `trainer_state.json`."""
        self.write()
        renamed = {"current_steps": "step", "lr": "learning_rate"}
        kept = ("loss", "eval_loss", "grad_norm", "epoch", "tokens_per_second", *renamed)
        history = [
            {renamed.get(name, name): value for name, value in record.items() if name in kept}
            for _, record in read_jsonl(self.path, allow_empty=True)
        ]
        return {
            "epoch": step / self.steps_per_epoch,
            "global_step": step,
            "max_steps": self.total_steps,
            "log_history": history,
        }

    def close(self) -> None:
        """Closes the files and the progress bar."""
        if self._board is not None:
            self._board.close()
        if self.main:
            self._bar.close()
            try:
                self.write()
            finally:
                self._writer.close()

    def _report(self, step: int, scalars: dict[str, float]) -> None:
        if self._board is None:
            return
        for name, value in {**scalars, "train/epoch": step / self.steps_per_epoch}.items():
            self._board.add_scalar(name, value, step)
        self._board.flush()

    def _progress(self, step: int) -> dict[str, Any]:
        done = step - self._start_step
        here = time.perf_counter() - self._started
        remaining = here / done * (self.total_steps - step) if done else 0.0
        return {
            "current_steps": step,
            "total_steps": self.total_steps,
            "epoch": round(step / self.steps_per_epoch, 4),
            "percentage": round(100 * step / self.total_steps, 2),
            "elapsed_time": str(timedelta(seconds=int(self.elapsed))),
            "remaining_time": str(timedelta(seconds=int(remaining))),
        }


def _finite(value: float) -> float | None:
    """The value, or None (null) for NaN and infinity, which JSON does not allow."""
    return value if math.isfinite(value) else None


def _drop_lines_after(path: Path, step: int) -> None:
    """Keeps only the complete lines of a log up to `step`."""
    if not path.is_file():
        return
    if step == 0:
        path.unlink()
        return
    with AppendWriter(path, resume=True):
        pass  # drops a line that a crash cut short
    kept = [
        record
        for _, record in read_jsonl(path, allow_empty=True)
        if record["current_steps"] <= step
    ]
    write_jsonl(path, kept)


def _summary_writer(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    started = datetime.now().strftime("%b%d_%H-%M-%S")
    return SummaryWriter(str(folder / "runs" / f"{started}_{socket.gethostname()}"))


def _progress_bar(total: int, start: int) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, initial=start, desc="train", unit="step", disable=None)
