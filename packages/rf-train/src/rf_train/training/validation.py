"""The loss on validation samples."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from rf_train.data.micro_batches import MicroBatches


def validation_loss(
    model: torch.nn.Module, batches: MicroBatches, device: torch.device, accelerator: Any
) -> float:
    """Mean loss (nats per token) over the answer tokens of all samples of `batches`."""
    total = torch.zeros((), device=device, dtype=torch.float64)
    with torch.no_grad(), no_dropout(model):
        # Empty groups are computed too: all devices must take part in gathering sharded weights.
        for group in batches.groups(np.arange(len(batches.samples))):
            total += model(**batches.batch(group).to(device).kwargs())
    total = accelerator.reduce(total, "sum")
    return float(total) / batches.samples.sizes.answers


@contextmanager
def no_dropout(model: torch.nn.Module) -> Iterator[None]:
    """Inside, dropout is off. Other modules stay in training mode: in evaluation mode on a CPU,
    bitsandbytes repacks its weights for inference irreversibly."""
    layers = [m for m in model.modules() if isinstance(m, torch.nn.Dropout) and m.training]
    try:
        for layer in layers:
            layer.eval()
        yield
    finally:
        for layer in layers:
            layer.train()
