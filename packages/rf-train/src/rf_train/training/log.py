"""`trainer_log.jsonl`: a line every few steps, as LLaMA-Factory writes them, and then some.

The file can be read while the run goes on. After a resume it holds every logged step once:
lines beyond the checkpoint are dropped and written again.
"""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from rf_jsonl import AppendWriter, read_jsonl, write_jsonl

from rf_train.files.names import LOG_NAME


class RunLog:
    """Writes the log and the progress bar; knows how long the run has gone, pauses left out."""

    def __init__(self, folder: Path, total_steps: int, *, start: int, elapsed: float) -> None:
        self.path = folder / LOG_NAME
        self.total_steps = total_steps
        self._elapsed_before = elapsed
        self._started = time.perf_counter()
        self._start_step = start
        _drop_lines_after(self.path, start)
        self._writer = AppendWriter(self.path, resume=True)
        self._bar = _progress_bar(total_steps, start)

    @property
    def elapsed(self) -> float:
        """Seconds of training so far, those before a resume included."""
        return self._elapsed_before + time.perf_counter() - self._started

    def step(self, number: int) -> None:
        """Moves the bar to step `number`."""
        self._bar.update(number - self._bar.n)

    def train_line(
        self,
        step: int,
        *,
        epoch: float,
        loss: float | None,
        lr: float,
        grad_norm: float | None,
        tokens_per_second: float,
    ) -> dict[str, Any]:
        """Appends one line about training and returns it; `loss` in nats a token."""
        line = self._place(step, epoch)
        record = {
            "current_steps": line["current_steps"],
            "total_steps": line["total_steps"],
            "loss": loss,
            "lr": lr,
            **{k: v for k, v in line.items() if k not in ("current_steps", "total_steps")},
            "grad_norm": grad_norm,
            "tokens_per_second": round(tokens_per_second, 1),
        }
        self._writer.append([record])
        shown = "nan" if loss is None else f"{loss:.4f}"
        self._bar.set_postfix(loss=shown, tok_s=f"{tokens_per_second:,.0f}", refresh=False)
        return record

    def eval_line(self, step: int, *, epoch: float, eval_loss: float | None) -> dict[str, Any]:
        """Appends one line about validation and returns it."""
        record = {**self._place(step, epoch), "eval_loss": eval_loss}
        self._writer.append([record])
        return record

    def close(self) -> None:
        """Closes file and bar."""
        self._bar.close()
        self._writer.close()

    def _place(self, step: int, epoch: float) -> dict[str, Any]:
        done = step - self._start_step
        here = time.perf_counter() - self._started
        remaining = here / done * (self.total_steps - step) if done else 0.0
        return {
            "current_steps": step,
            "total_steps": self.total_steps,
            "epoch": round(epoch, 4),
            "percentage": round(100 * step / self.total_steps, 2),
            "elapsed_time": str(timedelta(seconds=int(self.elapsed))),
            "remaining_time": str(timedelta(seconds=int(remaining))),
        }


def _drop_lines_after(path: Path, step: int) -> None:
    """Keeps only the whole lines of a log up to `step`."""
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


def _progress_bar(total: int, start: int) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, initial=start, desc="train", unit="step", disable=None)
