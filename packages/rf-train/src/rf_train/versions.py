"""The versions that the numerical results of a run depend on."""

import importlib.metadata
import platform

import torch

_PACKAGES = (
    "rf-train",
    "torch",
    "transformers",
    "peft",
    "bitsandbytes",
    "accelerate",
    "tokenizers",
)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the results of a run depend on."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if torch.cuda.is_available():
        found["device"] = torch.cuda.get_device_name()
    return found
