"""Frozen linear layers whose products are computed in 8-bit floating point (`compute_dtype: fp8`).

Forward and input-gradient products of a layer that is not trained run on e4m3 operands with one
float32 scale per row (`torch._scaled_mm`), accumulated in tensor cores and returned in bfloat16.
The weight is quantised once, when it is loaded; activations and output gradients are quantised row
by row as they come, which `torch.compile` fuses into whatever wrote them.

Hopper multiplies FP8 only where both operands lie along the dimension that is summed, so the weight
is held twice: as it is, and transposed for the gradient. Together that is the memory of the 16-bit
weight. Both hold the same values: the weight's row scales are multiplied into the output gradient,
so that the gradient is the one of the products that the forward pass computed.
"""

from typing import Any

import torch
from torch import nn

from rf_train.errors import TrainError

E4M3 = torch.float8_e4m3fn
GRADIENT = E4M3  # with a scale per row its range suffices, and e5m2 has one bit less
LARGEST = torch.finfo(E4M3).max  # 448; beyond it e4m3 has no infinity, only NaN
_LEAST_AMAX = 1e-30  # a row of zeros still needs a finite scale
_MULTIPLE = 16  # the kernel's contract: 16 bytes to a row, whichever way it is read
_LEAST_CAPABILITY = (8, 9)


def quantise_rows(x: torch.Tensor, dtype: torch.dtype = E4M3) -> tuple[torch.Tensor, torch.Tensor]:
    """FP8 values [R, C] and float32 scales [R, 1] with x ≈ values · scales, for x [R, C].

    A row's largest magnitude becomes the format's largest number. NaN stays NaN.
    """
    largest = torch.finfo(dtype).max
    exact = x.float()
    amax = exact.abs().amax(1, keepdim=True).clamp(min=_LEAST_AMAX)
    values = (exact * (largest / amax)).clamp(-largest, largest).to(dtype)
    return values.contiguous(), amax / largest


def row_scaled_product(
    left: torch.Tensor, right: torch.Tensor, left_scale: torch.Tensor, right_scale: torch.Tensor
) -> torch.Tensor:
    """(left · left_scale) (right · right_scale)ᵀ in bfloat16: [M, K] and [N, K] give [M, N].

    Both operands are row-major FP8, scales [M, 1] and [1, N] float32; K and N are multiples of 16.
    """
    product: torch.Tensor = torch._scaled_mm(
        left,
        right.t(),
        scale_a=left_scale,
        scale_b=right_scale,
        out_dtype=torch.bfloat16,
        use_fast_accum=True,
    )
    return product


class _FrozenProduct(torch.autograd.Function):
    """x Wᵀ for x [T, in] and a W [out, in] that gets no gradient."""

    @staticmethod
    def forward(  # noqa: PLR0917 (autograd calls it by position)
        ctx: Any,
        x: torch.Tensor,
        values: torch.Tensor,
        transposed: torch.Tensor,
        scales: torch.Tensor,
        ones: torch.Tensor,
    ) -> torch.Tensor:
        ctx.save_for_backward(transposed, scales, ones)
        left, left_scale = quantise_rows(x)
        return row_scaled_product(left, values, left_scale, scales)

    @staticmethod
    def backward(
        ctx: Any, *grad_outputs: torch.Tensor
    ) -> tuple[torch.Tensor, None, None, None, None]:
        transposed, scales, ones = ctx.saved_tensors
        left, left_scale = quantise_rows(grad_outputs[0].float() * scales, GRADIENT)
        return row_scaled_product(left, transposed, left_scale, ones), None, None, None, None


class Fp8Linear(nn.Module):
    """A frozen linear layer with products in FP8; inputs and outputs are bfloat16.

    Parameters
    ----------
    weight
        [out, in], both multiples of 16, in any floating-point precision.
    bias
        [out] or None; added in the precision of the output.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        values, scales = quantise_rows(weight)
        self.weight = _frozen(values)
        self.transposed = _frozen(values.t().contiguous())
        self.scales = _frozen(scales.t().contiguous())  # [1, out]
        self.ones = _frozen(torch.ones(1, self.in_features, device=weight.device))
        self.bias = None if bias is None else _frozen(bias.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """W x + b, for x [..., in]."""
        rows = x.reshape(-1, self.in_features)
        product: torch.Tensor = _FrozenProduct.apply(
            rows, self.weight, self.transposed, self.scales, self.ones
        )
        output = product.reshape(*x.shape[:-1], self.out_features)
        return output if self.bias is None else output + self.bias.to(output.dtype)

    def extra_repr(self) -> str:
        """Sizes, as `nn.Linear` shows them."""
        return f"in_features={self.in_features}, out_features={self.out_features}, rows in e4m3"


def _frozen(tensor: torch.Tensor) -> nn.Parameter:
    """A parameter, not a buffer: DistributedDataParallel sends buffers before every step."""
    return nn.Parameter(tensor, requires_grad=False)


def use_fp8_weights(decoder: nn.Module) -> int:
    """Replaces every frozen linear layer of a decoder, 4-bit or 16-bit, by an `Fp8Linear`.

    One layer at a time, so that at no time more than one weight is there in 16 bits besides.
    Returns how many layers were replaced. Raises TrainError for sizes the products do not take.
    """
    replaced = 0
    for parent_name, parent in list(decoder.named_modules()):
        for name, child in list(parent.named_children()):
            if not _is_frozen_linear(child):
                continue
            _check_sizes(f"{parent_name}.{name}".lstrip("."), child)
            setattr(parent, name, Fp8Linear(_dense_weight(child), child.bias))
            replaced += 1
    return replaced


def fp8_names(model: nn.Module) -> list[str]:
    """Names of all parameters of the model's FP8 layers.

    Every process quantises the same weights itself, so nobody need send them, and gloo cannot.
    """
    return [
        f"{prefix}.{name}"
        for prefix, module in model.named_modules()
        if isinstance(module, Fp8Linear)
        for name, _ in module.named_parameters()
    ]


def _is_frozen_linear(module: nn.Module) -> bool:
    kinds = (nn.Linear, _linear4bit())
    return type(module) in kinds and not any(p.requires_grad for p in module.parameters())


def _linear4bit() -> type:
    from bitsandbytes.nn import Linear4bit

    kind: type = Linear4bit
    return kind


def _dense_weight(linear: Any) -> torch.Tensor:
    """The weight [out, in] of a plain or 4-bit layer."""
    weight: torch.Tensor = linear.weight.data
    state = getattr(linear.weight, "quant_state", None)
    if state is None:
        return weight
    from bitsandbytes.functional import dequantize_4bit

    dense: torch.Tensor = dequantize_4bit(weight, state)
    return dense


def _check_sizes(name: str, linear: Any) -> None:
    sizes = (linear.in_features, linear.out_features)
    if any(size % _MULTIPLE for size in sizes):
        raise TrainError(
            f"compute_dtype: fp8 multiplies in steps of {_MULTIPLE}; {name} has {sizes[0]} inputs "
            f"and {sizes[1]} outputs"
        )


def refuse_without_fp8(device: torch.device) -> None:
    """Raises TrainError where `device` has no FP8 products, saying what it lacks."""
    needs = (
        "compute_dtype: fp8 needs an NVIDIA GPU of compute capability 8.9 (Ada, Hopper) or later"
    )
    if device.type != "cuda" or torch.version.cuda is None:
        raise TrainError(f"{needs}; this run is on {'the CPU' if device.type == 'cpu' else device}")
    found = torch.cuda.get_device_capability(device)
    if found < _LEAST_CAPABILITY:
        name = torch.cuda.get_device_name(device)
        raise TrainError(f"{needs}; {name} has {found[0]}.{found[1]}")
    reason = fp8_fault(device)
    if reason is not None:
        raise TrainError(f"compute_dtype: fp8 products do not work with this PyTorch: {reason}")


def fp8_fault(device: torch.device) -> str | None:
    """What is wrong with FP8 products on a device, tried on a small case; None: nothing."""
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn((rows, 256), generator=generator).to(device) for rows in (64, 128))
    (a, a_scale), (b, b_scale) = quantise_rows(left), quantise_rows(right)
    expected = (a.float() * a_scale) @ (b.float() * b_scale).t()
    try:
        product = row_scaled_product(a, b, a_scale, b_scale.t().contiguous()).float()
    except (RuntimeError, ValueError, NotImplementedError) as error:
        return str(error).strip().splitlines()[0]
    gap = float((product - expected).norm() / expected.norm())
    return None if gap < 0.01 else f"a product is off by {gap:.1%}"
