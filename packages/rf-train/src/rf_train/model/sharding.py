"""Weights divided over the processes of a run: torch's own FSDP2, on GPUs and CPUs alike.

Every process keeps its rows of each weight, of its gradient and of its optimiser state. A decoder
layer is put together when it is computed and taken apart again; what belongs to no layer
(embedding, last norm, output head) is together from the forward pass to the end of the backward
pass. Nothing is cast on the way: weights travel in the precision they are held in and gradients
are averaged in float32, so the numbers are those of whole weights.

On disk everything is whole. `gather_full` puts a tensor together and `shard_like` takes one apart,
so that a checkpoint knows nothing of the devices that wrote it.
"""

from typing import Any

import torch

from rf_train.model.answer_loss_model import AnswerLossModel


def shard(model: AnswerLossModel, device: torch.device, processes: int) -> None:
    """Divides the model over all processes, layer by layer; its parts end up on `device`.

    Gradients are summed over the processes after every micro-batch, not only after the last one
    of a step: waiting would need whole gradients on every device.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(device.type, (processes,))
    for layer in model.blocks:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)


def is_sharded(model: Any) -> bool:
    """Whether `shard` was applied to the model."""
    from torch.distributed.fsdp import FSDPModule

    return isinstance(model, FSDPModule)


def sharding_name(model: Any) -> str:
    """How the weights lie on the devices, in the words of `run.json`."""
    if not is_sharded(model):
        return "none: every process holds all weights"
    processes = next(p.device_mesh.size() for p in model.parameters())
    return f"full_shard over {processes} processes (torch fully_shard)"


def gather_full(tensor: torch.Tensor, *, keep: bool = True) -> torch.Tensor:
    """The whole of a tensor that may be a part, in main memory then.

    All processes must call this in the same order. Those that do not `keep` the result give the
    memory back at once and get an empty tensor.
    """
    if not hasattr(tensor, "full_tensor"):
        return tensor
    full: torch.Tensor = tensor.full_tensor().detach()
    return full.cpu() if keep else full.new_empty(0)


def shard_like(value: torch.Tensor, like: Any) -> torch.Tensor:
    """This process's part of `value`, divided as `like` is; `value` itself where that is whole.

    Nothing is sent: every process has read `value` itself.
    """
    if not hasattr(like, "full_tensor") or value.shape != like.shape:
        return value
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(
        value.to(like.device), like.device_mesh, like.placements, src_data_rank=None
    )
