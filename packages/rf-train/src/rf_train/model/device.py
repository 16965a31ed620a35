"""The device of this process and its free memory."""

import os

import torch

from rf_train.errors import TrainError


def hide_gpus() -> None:
    """Hides all GPUs from this process and its libraries.

    Raises TrainError if CUDA is initialised already, since its devices then stay visible.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    if torch.cuda.is_available():
        raise TrainError("use_cpu: this process uses a GPU already; start another one")


def pick_device() -> torch.device:
    """This process's accelerator, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("cpu")


def free_memory(device: torch.device) -> int:
    """Free bytes on a device (for the CPU: this process's share of the available memory)."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil  # type: ignore[import-untyped]

    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return int(psutil.virtual_memory().available) // processes
