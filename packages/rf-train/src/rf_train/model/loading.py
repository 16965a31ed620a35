"""Loads base model and tokenizer onto the device, quantised if the recipe says so.

`random:NAME` builds a known architecture with random weights, layer by layer on the device, for
benchmarks and rehearsals: everything else about the run is the same.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError
from torch import nn

from rf_train.errors import first_line
from rf_train.files.names import EMBEDDED_FOLDER, EMBEDDED_PREFIX, RANDOM_PREFIX
from rf_train.files.safetensors_ranges import require_safetensors
from rf_train.model.architectures import architecture
from rf_train.model.attention import register_attention
from rf_train.model.device import pick_device
from rf_train.model.embedded import check_embedded, unpack_embedded
from rf_train.recipe.training import Recipe


def model_path(name: str) -> str:
    """The folder or hub id of a model; unpacks an embedded one. Raises FileError, TrainError."""
    if not name.startswith(EMBEDDED_PREFIX):
        return name
    check_embedded(name)
    unpack_embedded(EMBEDDED_FOLDER)
    return EMBEDDED_FOLDER.as_posix()


def load_tokenizer(path: str, *, trust_remote_code: bool = False) -> Any:
    """The tokenizer of a model folder or hub id. Raises FileError."""
    from transformers import AutoTokenizer

    if not Path(path).exists() and Path(path).is_absolute():
        raise FileError(path, "no such model folder")
    try:
        return AutoTokenizer.from_pretrained(path, trust_remote_code=trust_remote_code)
    except (OSError, ValueError) as error:
        raise FileError(path, f"cannot load the tokenizer: {first_line(error)}") from None


def compute_dtype(recipe: Recipe) -> torch.dtype:
    """The precision of activations and of weights that are not trained."""
    return torch.bfloat16 if recipe.bf16 else torch.float32


def load_model(recipe: Recipe, path: str, device: torch.device) -> Any:
    """The base model on `device`, in eval mode, all weights frozen except in full fine-tuning.

    Raises FileError, TrainError.
    """
    attention = register_attention()
    if path.startswith(RANDOM_PREFIX):
        return random_model(recipe, path, device, attention)
    from transformers import AutoModelForCausalLM

    folder = Path(path)
    if folder.is_dir():
        require_safetensors(folder)
    elif folder.is_absolute() or path.startswith("."):
        raise FileError(path, "no such model folder")
    full = recipe.finetuning_type == "full"
    try:
        model = AutoModelForCausalLM.from_pretrained(
            path,
            dtype=torch.float32 if full else compute_dtype(recipe),
            attn_implementation=attention,
            quantization_config=_quantization(recipe),
            device_map={"": device},
            trust_remote_code=recipe.trust_remote_code,
            use_safetensors=True,
        )
    except (OSError, ValueError, ImportError) as error:
        raise FileError(path, f"cannot load the model: {first_line(error)}") from None
    return model.requires_grad_(full)


def _quantization(recipe: Recipe) -> Any:
    if recipe.quantization_bit is None:
        return None
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=recipe.quantization_type,
        bnb_4bit_use_double_quant=recipe.double_quantization,
        bnb_4bit_compute_dtype=compute_dtype(recipe),
    )


def random_model(recipe: Recipe, name: str, device: torch.device, attention: str) -> Any:
    """A known architecture with random weights, never entirely in main memory.

    Weights are normal with the config's `initializer_range`, norms are one; each layer is quantised
    as soon as it is filled. Values are drawn on the accelerator if there is one, even for a model
    in main memory: drawing 8B of them takes a CPU a minute.
    """
    from transformers import AutoModelForCausalLM

    config = architecture(name)
    dtype = torch.float32 if recipe.finetuning_type == "full" else compute_dtype(recipe)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)
    head = model.get_output_embeddings()
    generator = torch.Generator(pick_device()).manual_seed(recipe.seed)
    for parent, child_name in [(parent, name) for parent, name, _ in _leaves(model)]:
        child = getattr(parent, child_name)  # not held longer than needed: it may be quantised
        _fill(child, device, dtype, config.initializer_range, generator)
        if recipe.quantization_bit and type(child) is nn.Linear and child is not head:
            setattr(parent, child_name, quantised_linear(child, recipe))
    model.tie_weights()
    model.is_loaded_in_4bit = recipe.quantization_bit is not None
    return model.eval().requires_grad_(recipe.finetuning_type == "full")


def _leaves(model: nn.Module) -> Iterator[tuple[nn.Module, str, nn.Module]]:
    """(parent, name, module) of every module without children."""
    for parent in model.modules():
        for name, child in parent.named_children():
            if not any(True for _ in child.children()):
                yield parent, name, child


def _fill(
    module: nn.Module, device: torch.device, dtype: torch.dtype, std: float, rng: torch.Generator
) -> None:
    """Replaces the parameters of a module on the meta device by random values on `device`."""
    for name, parameter in module.named_parameters(recurse=False):
        value = torch.empty(parameter.shape, device=rng.device, dtype=dtype)
        if parameter.dim() > 1:
            value.normal_(0.0, std, generator=rng)
        else:
            value.fill_(0.0 if name == "bias" else 1.0)
        setattr(module, name, nn.Parameter(value.to(device)))
    if hasattr(module, "rope_init_fn") or hasattr(module, "inv_freq"):
        with torch.device(device):  # its buffers are computed, not loaded
            module.__dict__.update(type(module)(module.config).__dict__)


def quantised_linear(linear: nn.Linear, recipe: Recipe) -> Any:
    """A bitsandbytes `Linear4bit` with the weights of `linear`, on the same device."""
    from bitsandbytes.nn import Linear4bit, Params4bit

    dtype = compute_dtype(recipe)
    quantised = Linear4bit(
        linear.in_features,
        linear.out_features,
        bias=linear.bias is not None,
        compute_dtype=dtype,
        compress_statistics=recipe.double_quantization,
        quant_type=recipe.quantization_type,
        device="meta",
    )
    quantised.weight = Params4bit(
        linear.weight.data,
        requires_grad=False,
        compress_statistics=recipe.double_quantization,
        quant_type=recipe.quantization_type,
        module=quantised,
    ).to(linear.weight.device)
    if linear.bias is not None:
        quantised.bias = nn.Parameter(linear.bias.data, requires_grad=False)
    return quantised


def use_resident_weights(model: nn.Module, dtype: torch.dtype) -> int:
    """Replaces every `Linear4bit` by a plain layer with its dequantised weights.

    The products are the same as with dequantising before each of them, and the memory is that of
    16-bit weights. Returns how many layers were replaced.
    """
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    replaced = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if not isinstance(child, Linear4bit):
                continue
            weight = dequantize_4bit(child.weight.data, child.weight.quant_state).to(dtype)
            plain = nn.Linear(child.in_features, child.out_features, bias=False, device="meta")
            plain.weight = nn.Parameter(weight, requires_grad=False)
            plain.bias = child.bias
            setattr(parent, name, plain)
            replaced += 1
    return replaced
