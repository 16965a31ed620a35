"""Scalars for TensorBoard, under the names that transformers' Trainer gives them."""

import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path


class TensorBoard:
    """Writes scalars into `runs/<start>_<host>` of a run folder."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        started = datetime.now().strftime("%b%d_%H-%M-%S")
        self._writer = SummaryWriter(str(folder / "runs" / f"{started}_{socket.gethostname()}"))

    def add(self, step: int, scalars: Mapping[str, float]) -> None:
        """Adds the values of one step and makes them visible."""
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        """Closes the file."""
        self._writer.close()
