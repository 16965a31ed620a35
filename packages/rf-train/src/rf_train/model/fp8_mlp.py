"""A frozen gated MLP in FP8 as one operation: down(silu(gate(x)) · up(x)).

It computes the products of three `Fp8Linear` with two differences. Gate and up are one weight, so
the gradient of their input is one product whose operand has one scale per row, and nothing is added
up afterwards. Gating, its gradient and their quantisation take one pass over memory on a GPU.
"""

import importlib
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from rf_train.model.fp8 import GRADIENT, Fp8Linear, quantise_rows, row_scaled_product
from rf_train.model.packed_attention import has_triton, kernel_faults

_NAMES = {"gate_proj", "up_proj", "down_proj"}
_TOLERANCE = 0.15  # two roundings to FP8 of the same gradient are 0.04 from each other


def _kernels() -> Any:
    """The module of the kernels, imported where they are needed: Triton is for GPUs only."""
    return importlib.import_module("rf_train.model.gated_kernels")


@torch.library.custom_op("rf_train::gated_rows", mutates_args=())
def gated_rows(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """silu(gate) · up in FP8 [T, I] with scales [T, 1], for `both` [T, 2 I]: gate, then up."""
    if both.is_cuda:
        values, scales = _kernels().gated_rows(both.contiguous())
        return values, scales
    gate, up = both.float().chunk(2, 1)
    return quantise_rows(functional.silu(gate) * up)


@gated_rows.register_fake
def _(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    rows, width = both.shape[0], both.shape[1] // 2
    values = both.new_empty((rows, width), dtype=GRADIENT)
    return values, both.new_empty((rows, 1), dtype=torch.float32)


@torch.library.custom_op("rf_train::gated_gradient_rows", mutates_args=())
def gated_gradient_rows(
    grad: torch.Tensor, both: torch.Tensor, factors: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradient of `both` [T, 2 I] times `factors` [1, 2 I], in FP8 with scales [T, 1].

    `grad` [T, I] is that of silu(gate) · up.
    """
    if both.is_cuda:
        values, scales = _kernels().gated_gradient_rows(
            grad.contiguous(), both.contiguous(), factors
        )
        return values, scales
    gate, up = both.float().chunk(2, 1)
    share = gate.sigmoid()
    by_gate = grad.float() * up * share * (1 + gate * (1 - share))
    by_up = grad.float() * gate * share
    return quantise_rows(torch.cat([by_gate, by_up], 1) * factors, GRADIENT)


@gated_gradient_rows.register_fake
def _(
    grad: torch.Tensor, both: torch.Tensor, factors: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    values = both.new_empty(both.shape, dtype=GRADIENT)
    return values, both.new_empty((both.shape[0], 1), dtype=torch.float32)


class _GatedMlp(torch.autograd.Function):
    """The operation for x [T, in], with the parameters of the joined and of the last layer."""

    @staticmethod
    def forward(  # noqa: PLR0917 (autograd calls it by position)
        ctx: Any,
        x: torch.Tensor,
        gate_up: torch.Tensor,
        gate_up_transposed: torch.Tensor,
        gate_up_scales: torch.Tensor,
        gate_up_ones: torch.Tensor,
        down: torch.Tensor,
        down_transposed: torch.Tensor,
        down_scales: torch.Tensor,
        down_ones: torch.Tensor,
    ) -> torch.Tensor:
        left, left_scale = quantise_rows(x)
        both = row_scaled_product(left, gate_up, left_scale, gate_up_scales)
        ctx.save_for_backward(
            both, gate_up_transposed, gate_up_scales, gate_up_ones,
            down_transposed, down_scales, down_ones,
        )  # fmt: skip
        gated, gated_scale = gated_rows(both)
        return row_scaled_product(gated, down, gated_scale, down_scales)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (
            both, gate_up_transposed, gate_up_scales, gate_up_ones,
            down_transposed, down_scales, down_ones,
        ) = ctx.saved_tensors  # fmt: skip
        left, left_scale = quantise_rows(grad_outputs[0].float() * down_scales, GRADIENT)
        by_gated = row_scaled_product(left, down_transposed, left_scale, down_ones)
        left, left_scale = gated_gradient_rows(by_gated, both, gate_up_scales)
        by_x = row_scaled_product(left, gate_up_transposed, left_scale, gate_up_ones)
        return by_x, *[None] * 8


class Fp8GatedMlp(nn.Module):
    """A frozen gated MLP made of the three layers of one; inputs and outputs are bfloat16."""

    def __init__(self, gate: Fp8Linear, up: Fp8Linear, down: Fp8Linear) -> None:
        super().__init__()
        self.gate_up_proj = Fp8Linear.joined(gate, up)
        self.down_proj = down

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """down(silu(gate(x)) · up(x)), for x [..., in]."""
        product: torch.Tensor = _GatedMlp.apply(
            x.reshape(-1, x.shape[-1]), *self.gate_up_proj.operands, *self.down_proj.operands
        )
        return product.reshape(*x.shape[:-1], product.shape[-1])


def join_gated_mlps(decoder: nn.Module) -> int:
    """Replaces MLPs whose three layers are frozen in FP8 by one operation; returns how many.

    Of every class the first is compared with its replacement on a few tokens: gradients, too. Where
    they differ, or the kernels do not work on this device, the class keeps its own forward pass.
    """
    works: dict[type, bool] = {}
    joined = 0
    for parent in list(decoder.modules()):
        for name, child in list(parent.named_children()):
            if not works.get(type(child), True) or not _can_be_joined(child):
                continue
            layers: Any = child
            replacement = Fp8GatedMlp(layers.gate_proj, layers.up_proj, layers.down_proj)
            if type(child) not in works:
                works[type(child)] = _same_results(child, replacement)
            if works[type(child)]:
                setattr(parent, name, replacement)
                joined += 1
    return joined


def _can_be_joined(module: Any) -> bool:
    """Whether a module looks like a gated MLP of three layers in FP8 without biases."""
    children = dict(module.named_children())
    activation = children.pop("act_fn", getattr(module, "act_fn", None))
    if set(children) != _NAMES or "silu" not in type(activation).__name__.lower():
        return False
    layers = children.values()
    if not all(type(layer) is Fp8Linear and layer.bias is None for layer in layers):
        return False
    gate, up = children["gate_proj"], children["up_proj"]
    return bool(gate.weight.shape == up.weight.shape and _has_kernels(gate.weight))


def _has_kernels(weight: torch.Tensor) -> bool:
    """Whether rows as long as the weight's outputs can be gated on its device."""
    if not weight.is_cuda:
        return True
    return has_triton() and bool(weight.shape[0] <= _kernels().LARGEST_WIDTH)


def _same_results(module: nn.Module, replacement: Fp8GatedMlp) -> bool:
    """Whether both have the same output and gradient on a few random tokens, but for rounding."""
    layer = replacement.gate_up_proj
    generator = torch.Generator().manual_seed(0)
    x, grad = torch.randn((2, 32, layer.in_features), generator=generator).to(
        layer.weight.device, torch.bfloat16
    )
    x.requires_grad_()
    results = []
    try:
        with torch.enable_grad():
            for one in (module, replacement):
                output = one(x)
                results.append((output, *torch.autograd.grad(output, x, grad)))
    except kernel_faults():
        return False
    pairs = zip(*results, strict=True)
    gaps = [(a.detach().float() - b.detach().float()).norm() / a.detach().norm() for a, b in pairs]
    return all(float(gap) < _TOLERANCE for gap in gaps)
