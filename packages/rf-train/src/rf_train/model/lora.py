"""LoRA adapters: attached by peft, computed in the precision of the layer.

peft casts activations to the adapter's float32 and back around every adapter. Here the adapter's
weights stay in float32, for the optimiser and on disk, and its two small products use the precision
of the activations: the arithmetic of autocast, without its bookkeeping.
"""

import math
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import nn
from torch.nn import functional

from rf_train.errors import TrainError, first_line
from rf_train.files.peft_adapter import Adapter
from rf_train.model.structure import linears_in_blocks
from rf_train.model.trainable import target_modules
from rf_train.recipe.training import Recipe

ADAPTER = "default"


class LoraForward:
    """The forward pass of a plain LoRA layer, mixed into peft's own class (see `_use_forward`)."""

    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:
        """W x + s B A dropout(x), for x [..., in]."""
        down = self.lora_A[ADAPTER].weight.to(x.dtype)
        up = self.lora_B[ADAPTER].weight.to(x.dtype)
        small = functional.linear(self.lora_dropout[ADAPTER](x), down)
        output: torch.Tensor = self.base_layer(x)
        scaling: float = self.scaling[ADAPTER]
        return output + functional.linear(small, up) * scaling


class FoldedForward(LoraForward):
    """The same with the adapter added to the weight first, for layers with dense weights.

    One product instead of three, but its weight gets a gradient as in full fine-tuning. The small
    products of an adapter read and write all activations, which takes longer than that gradient in
    narrow layers.
    """

    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:
        """(W + s B A) x, for x [..., in]."""
        down = self.lora_A[ADAPTER].weight.to(x.dtype)
        up = self.lora_B[ADAPTER].weight.to(x.dtype)
        scaling: float = self.scaling[ADAPTER]
        weight = self.base_layer.weight + up @ down * scaling
        return functional.linear(x, weight, self.base_layer.bias)


def attach_adapter(model: Any, recipe: Recipe) -> Any:
    """A PEFT model with a new float32 adapter as the recipe says. Raises TrainError.

    B is initialised to zero, so the first forward pass is the base model's.
    """
    targets = target_modules(recipe, *linears_in_blocks(model))
    config = LoraConfig(
        r=recipe.lora_rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=targets,
        use_rslora=recipe.use_rslora,
        bias="none",
        task_type="CAUSAL_LM",
    )
    torch.manual_seed(recipe.seed)
    try:
        adapted = get_peft_model(model, config)
    except ValueError as error:
        raise TrainError(f"lora_target: {first_line(error)}") from None
    for name, parameter in adapted.named_parameters():
        if "lora_" in name and parameter.dtype != torch.float32:
            parameter.data = parameter.data.float()
    _use_forward(adapted, LoraForward)
    return adapted


def check_adapter(adapter: Adapter, recipe: Recipe) -> None:
    """Raises TrainError, which names the key, unless the recipe matches the adapter."""
    rank, alpha = recipe.lora_rank, recipe.alpha
    scale = alpha / math.sqrt(rank) if recipe.use_rslora else alpha / rank
    for update in adapter.updates.values():
        name = f"{adapter.folder}: {update.weight}"
        if update.down.shape[0] != rank:
            raise TrainError(f"lora_rank: is {rank}, but {name} has {update.down.shape[0]}")
        if not math.isclose(update.scale, scale):
            raise TrainError(f"lora_alpha: the scale is {scale:g}, but {name} has {update.scale:g}")
        if update.magnitude is not None:
            raise TrainError(f"adapter_name_or_path: {name} is a DoRA layer, which is not trained")


def fold_adapters(model: nn.Module) -> None:
    """Computes every LoRA layer of the model with its adapter added to its weight."""
    _use_forward(model, FoldedForward)


def _use_forward(model: nn.Module, forward: type) -> None:
    """Gives every LoRA layer of the model one of the forward passes above."""
    classes: dict[type, type] = {}
    for module in model.modules():
        if isinstance(module, LoraLayer):
            kind = next(k for k in type(module).__mro__ if not issubclass(k, LoraForward))
            if kind not in classes:
                name = f"{forward.__name__.removesuffix('Forward')}{kind.__name__}"
                classes[kind] = type(name, (forward, kind), {})
            module.__class__ = classes[kind]
