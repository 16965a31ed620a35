"""A model whose weights stay on disk, with a few rows of one matrix in memory at a time.

Every product reads its matrix in row blocks and computes in float32, so that files of any size can
be compared by exactly what they hold.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError
from torch import nn
from torch.nn import functional

from rf_train.errors import TrainError, first_line
from rf_train.files.names import ADAPTER_NAME
from rf_train.files.peft_adapter import peft_config
from rf_train.files.safetensors_ranges import TensorLocation, row_blocks
from rf_train.files.tensors import load_tensors
from rf_train.merge.weights import RowSource

_PART = re.compile(r"\.(lora_A|lora_B|lora_magnitude_vector)(\.weight)?$")
Read = Callable[[TensorLocation], RowSource]


class StreamedLinear(nn.Linear):
    """y = x W^T + b with W on disk. `weight` reads all of it, for code that accesses it."""

    def __init__(self, source: Callable[[], RowSource], linear: nn.Linear, bias: Any) -> None:
        nn.Module.__init__(self)  # without the parameters of a linear layer
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.source = source
        self.bias = bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x [..., in] -> [..., out], in float32."""
        source = self.source()
        output = x.new_empty((*x.shape[:-1], self.out_features))
        for first, last in row_blocks(source.shape):
            rows = source.rows(first, last).to(x.device, x.dtype)
            output[..., first:last] = functional.linear(x, rows)
        return output if self.bias is None else output + self.bias

    def __getattr__(self, name: str) -> Any:
        if name == "weight":
            return self.source().rows().float()
        return super().__getattr__(name)


class StreamedEmbedding(nn.Module):
    """An embedding on disk, of which only the rows in use are read."""

    def __init__(self, source: TensorLocation) -> None:
        super().__init__()
        self.source = source

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """ids [...] -> [..., width], in float32."""
        unique, where = torch.unique(ids, return_inverse=True)
        rows = [self.source.rows(number, number + 1) for number in unique.tolist()]
        return torch.cat(rows).to(ids.device, torch.float32)[where]


def streamed_model(
    folder: Path,
    tensors: Mapping[str, TensorLocation],
    *,
    device: torch.device,
    adapter: Path | None = None,
    read: Read = lambda tensor: tensor,
    trust_remote_code: bool = False,
) -> Any:
    """The causal language model of a folder, in eval mode, its matrices read as they are used.

    Parameters
    ----------
    folder, tensors : the model's folder and its tensors by name
    device : where it computes
    adapter : an adapter folder, attached by peft
    read : returns the rows to use for a stored matrix
    trust_remote_code : whether code in the folder may run

    Raises
    ------
    FileError, TrainError : the config or a tensor is missing or wrong
    """
    from accelerate import init_empty_weights
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
        with init_empty_weights():
            model = AutoModelForCausalLM.from_config(
                config,
                dtype=torch.float32,
                attn_implementation="sdpa",
                trust_remote_code=trust_remote_code,
            )
    except (OSError, ValueError, KeyError) as error:
        reason = f"cannot build the model for verification: {first_line(error)}"
        raise FileError(folder / "config.json", reason) from None
    tied = bool(getattr(config, "tie_word_embeddings", False))
    if adapter is not None:
        model = _with_adapter(model, adapter)
    _stream(model, tensors, read, tied)
    return model.eval().requires_grad_(False).to(device)


def _with_adapter(model: Any, folder: Path) -> Any:
    """The adapter attached by peft; its small matrices are in memory.

    peft's own loading would move them to the device of the base's weights, the meta device.
    """
    from peft import get_peft_model

    config = peft_config(folder)
    config.inference_mode = True
    adapted = get_peft_model(model, config, low_cpu_mem_usage=True)
    state = {
        _PART.sub(r".\1.default.weight", name): value.float()
        for name, value in load_tensors(folder / ADAPTER_NAME).items()
    }
    result = adapted.load_state_dict(state, strict=False, assign=True)
    if result.unexpected_keys:
        raise TrainError(f"{folder}: the model has no place for {result.unexpected_keys[0]}")
    return adapted


def _stream(model: Any, tensors: Mapping[str, TensorLocation], read: Read, tied: bool) -> None:
    """Replaces every module on the meta device by one that reads its weights."""

    def locate(module_name: str, parameter: str) -> TensorLocation:
        path = module_name.removeprefix("base_model.model.").replace(".base_layer", "")
        name = f"{path}.{parameter}"
        if name == "lm_head.weight" and name not in tensors and tied:
            name = next(n for n in tensors if n.endswith("embed_tokens.weight"))
        if name not in tensors:
            raise TrainError(f"verification: the model has no tensor {name}")
        return tensors[name]

    for name, module in list(model.named_modules()):
        missing = [n for n, p in module.named_parameters(recurse=False) if p.is_meta]
        if not missing:
            continue
        if isinstance(module, nn.Linear):
            bias = locate(name, "bias").rows().float() if "bias" in missing else None
            source = locate(name, "weight")
            replacement: nn.Module = StreamedLinear(partial(read, source), module, bias)
        elif isinstance(module, nn.Embedding):
            replacement = StreamedEmbedding(locate(name, "weight"))
        else:
            for parameter in missing:
                value = locate(name, parameter).rows().float()
                setattr(module, parameter, nn.Parameter(value, requires_grad=False))
            continue
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, replacement)
