"""The loss on validation samples."""

from typing import Any

import numpy as np
import torch

from rf_train.data.micro_batches import MicroBatches


def validation_loss(
    model: torch.nn.Module, batches: MicroBatches, device: torch.device, accelerator: Any
) -> float:
    """Mean loss (nats per token) over the answer tokens of all samples of `batches`."""
    total = torch.zeros((), device=device, dtype=torch.float64)
    with torch.no_grad(), NoDropout(model):
        # An empty group too: sharded weights are gathered by all devices.
        for group in batches.groups(np.arange(len(batches.samples))):
            total += model(**batches.batch(group).to(device).kwargs())
    total = accelerator.reduce(total, "sum")
    return float(total) / batches.samples.sizes.answers


class NoDropout:
    """Inside, adapters drop nothing out. Modules stay in training mode otherwise: bitsandbytes
    repacks its weights for inference, for good, when it meets one in evaluation mode on a CPU."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.layers = [m for m in model.modules() if isinstance(m, torch.nn.Dropout)]
        self.modes = [layer.training for layer in self.layers]

    def __enter__(self) -> None:
        for layer in self.layers:
            layer.eval()

    def __exit__(self, *_: object) -> None:
        for layer, mode in zip(self.layers, self.modes, strict=True):
            layer.train(mode)
