"""Weights sharded over the processes of a run by torch's FSDP2, on GPUs and CPUs.

Every process keeps its rows of each weight, of its gradient and of its optimiser state. A decoder
layer is gathered while it is computed (`full_shard`), or from its forward to its backward pass
(`shard_grad_op`). What belongs to no layer (embedding, last norm, output head) is gathered from the
forward pass to the end of the backward pass. Nothing is cast: weights are sent in the precision
they are held in and gradients are averaged in float32, so the results are those of unsharded
weights.

On disk everything is whole: `gather_full` and `shard_like` convert, so that a checkpoint does not
depend on the devices that wrote it.
"""

from typing import Any

import torch

from rf_train.model.answer_loss_model import AnswerLossModel


def shard(
    model: AnswerLossModel, device: torch.device, processes: int, *, gather_again: bool = True
) -> None:
    """Shards the model over all processes, layer by layer, onto `device`.

    Layers are gathered for the forward pass and, with `gather_again`, anew for the backward pass;
    without it they stay whole in between, for more memory and half of what is sent of them.

    Gradients are summed over the processes after every micro-batch, not only after the last one
    of a step: that would need whole gradients on every device.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(device.type, (processes,))
    for layer in model.blocks:
        fully_shard(layer, mesh=mesh, reshard_after_forward=gather_again)
    fully_shard(model, mesh=mesh)


def is_sharded(model: Any) -> bool:
    """Whether `shard` was applied to the model."""
    from torch.distributed.fsdp import FSDPModule

    return isinstance(model, FSDPModule)


def sharding_name(model: Any, way: str | None) -> str:
    """How the weights are distributed over the devices (`way`: key `fsdp`), for `run.json`."""
    if not is_sharded(model):
        return "none: every process holds all weights"
    processes = next(p.device_mesh.size() for p in model.parameters())
    return f"{way} over {processes} processes (torch fully_shard)"


def gather_full(tensor: torch.Tensor, *, keep: bool = True) -> torch.Tensor:
    """The whole of a tensor: a sharded one gathered into main memory, another one as it is.

    All processes must call this in the same order. Those that do not `keep` the result free the
    memory at once and get an empty tensor.
    """
    if not hasattr(tensor, "full_tensor"):
        return tensor
    full: torch.Tensor = tensor.full_tensor().detach()
    return full.cpu() if keep else full.new_empty(0)


def shard_like(value: torch.Tensor, like: Any) -> torch.Tensor:
    """This process's part of `value`, sharded as `like` is; `value` itself if `like` is whole.

    Nothing is sent: every process has read `value` already.
    """
    if not hasattr(like, "full_tensor") or value.shape != like.shape:
        return value
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(
        value.to(like.device), like.device_mesh, like.placements, src_data_rank=None
    )
