"""The processes of a run, as torchrun starts them, and their communication."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from rf_train.errors import PeerLost
from rf_train.recipe.training import Recipe

# Messages of gloo and NCCL where the other process has ended.
_PEER_LOST_WORDS = (
    "connection closed by peer",
    "connection reset by peer",
    "broken pipe",
    "remote process",
)


@contextmanager
def detect_lost_peers() -> Iterator[None]:
    """Turns a failed communication with a process that has ended into a PeerLost."""
    try:
        yield
    except RuntimeError as error:
        if world()[1] == 1 or not any(words in str(error).lower() for words in _PEER_LOST_WORDS):
            raise
        raise PeerLost(
            "another process of this run has ended; --resume continues at the last checkpoint"
        ) from None


def world() -> tuple[int, int]:
    """(this process's rank, number of processes), as set by torchrun."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def shards_weights(recipe: Recipe) -> bool:
    """Whether a recipe's weights are sharded over the processes; with one process they are not."""
    return recipe.fsdp is not None and world()[1] > 1


def min_across_ranks(value: float) -> float:
    """The minimum of a number over all processes, so that all decide the same."""
    if world()[1] == 1:
        return value
    from accelerate.utils import gather_object

    return float(min(gather_object([value])))


def broadcast_from_main(values: list[Any]) -> list[Any]:
    """The first process's values, on every process."""
    if world()[1] > 1:
        from accelerate import PartialState
        from accelerate.utils import broadcast_object_list

        PartialState(cpu=not torch.cuda.is_available())
        broadcast_object_list(values)
    return values


def make_accelerator() -> Any:
    """An Accelerator that keeps gradients in float32 and does not move the model."""
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    return Accelerator(
        cpu=not torch.cuda.is_available(),
        device_placement=False,
        mixed_precision="no",
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=False)],
    )


def exclude_from_ddp_sync(model: torch.nn.Module, names: list[str]) -> None:
    """Excludes parameters from the broadcast with which DistributedDataParallel starts."""
    from torch.nn.parallel import DistributedDataParallel

    ddp: Any = DistributedDataParallel
    if names:
        ddp._set_params_and_buffers_to_ignore_for_model(model, names)


def unused_devices_remark() -> str | None:
    """A remark if several GPUs are visible to a single process, which uses only one of them."""
    visible = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if world()[1] > 1 or visible < 2:
        return None
    return (
        f"{visible} GPUs are visible, one process uses the first; "
        f"torchrun --nproc_per_node {visible} -m rf_train train … uses all"
    )
