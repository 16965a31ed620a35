"""Frozen linear layers whose products are computed in 8-bit floating point (`compute_dtype: fp8`).

Forward and input-gradient products of a frozen layer use e4m3 operands with one float32 scale per
row (`torch._scaled_mm`), accumulated in tensor cores and returned in bfloat16. The weight is
quantised once, when it is loaded; activations and output gradients are quantised row by row for
each product, which `torch.compile` fuses into the operation that wrote them.

Hopper multiplies FP8 only where both operands are contiguous along the summed dimension, so the
weight is held twice: as stored, and transposed for the gradient. Together they take the memory of
the 16-bit weight. Both hold the same values: the weight's row scales are multiplied into the output
gradient, so that it is the gradient of the products that the forward pass computed.

Where memory is scarce (`resident_weights: false`) a weight stays in 4 bits, and its FP8 values, the
same ones, are recomputed for every product.
"""

from typing import Any

import torch
from torch import nn

from rf_train.errors import TrainError, first_line

E4M3 = torch.float8_e4m3fn
GRADIENT = E4M3  # with a scale per row its range suffices, and e5m2 has one mantissa bit less
LARGEST = torch.finfo(E4M3).max  # 448; beyond it e4m3 has no infinity, only NaN
_LEAST_AMAX = 1e-30  # a row of zeros still needs a finite scale
_MULTIPLE = 16  # the kernel needs rows and columns that are multiples of 16 bytes
_LEAST_CAPABILITY = (8, 9)


def quantise_rows(x: torch.Tensor, dtype: torch.dtype = E4M3) -> tuple[torch.Tensor, torch.Tensor]:
    """FP8 values [R, C] and float32 scales [R, 1] with x ≈ values · scales, for x [R, C].

    The largest magnitude of a row maps to the largest number of the format. NaN stays NaN.
    """
    amax = _row_amax(x)
    return _scaled_rows(dtype, x, amax), amax / torch.finfo(dtype).max


def _row_amax(x: torch.Tensor) -> torch.Tensor:
    """Largest magnitudes of the rows of x [R, C], float32 [R, 1]."""
    return x.float().abs().amax(1, keepdim=True).clamp(min=_LEAST_AMAX)


def _scaled_rows(dtype: torch.dtype, x: torch.Tensor, amax: torch.Tensor) -> torch.Tensor:
    """x [R, C] in FP8, each row scaled so that `amax` [R, 1] maps to the largest number."""
    largest = torch.finfo(dtype).max
    return (x.float() * (largest / amax)).clamp(-largest, largest).to(dtype).contiguous()


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
    """x Wᵀ for x [T, in] and a frozen W [out, in]."""

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
        values, scales = quantise_rows(weight)
        self._hold(values, scales.t().contiguous())
        self.bias = None if bias is None else _frozen(bias.detach())

    def _hold(self, values: torch.Tensor, scales: torch.Tensor) -> None:
        """Keeps FP8 values [out, in], also transposed, and scales [1, out]."""
        self.out_features, self.in_features = values.shape
        self.weight = _frozen(values)
        self.transposed = _frozen(values.t().contiguous())
        self.scales = _frozen(scales)
        self.ones = _frozen(torch.ones(1, self.in_features, device=values.device))

    @classmethod
    def joined(cls, *layers: "Fp8Linear") -> "Fp8Linear":
        """One layer whose output is that of all `layers` side by side; none may have a bias."""
        joint = cls.__new__(cls)
        nn.Module.__init__(joint)
        values = torch.cat([layer.weight.view(torch.uint8) for layer in layers]).view(E4M3)
        joint._hold(values, torch.cat([layer.scales for layer in layers], 1))
        joint.bias = None
        return joint

    @property
    def operands(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Weight, transposed weight, scales and ones, as the product's gradient needs them."""
        return self.weight, self.transposed, self.scales, self.ones

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """W x + b, for x [..., in]."""
        rows = x.reshape(-1, self.in_features)
        product: torch.Tensor = _FrozenProduct.apply(rows, *self.operands)
        return _reshaped_output(product, x, self.bias)

    def extra_repr(self) -> str:
        """Sizes, as `nn.Linear` shows them."""
        return f"in_features={self.in_features}, out_features={self.out_features}, rows in e4m3"


class _FourBitProduct(torch.autograd.Function):
    """x Wᵀ as `_FrozenProduct` computes it, for a W [out, in] held in 4 bits."""

    @staticmethod
    def forward(  # noqa: PLR0917 (autograd calls it by position)
        ctx: Any,
        x: torch.Tensor,
        packed: torch.Tensor,
        block_amax: torch.Tensor,
        row_amax: torch.Tensor,
        ones: torch.Tensor,
        block: int,
        kind: str,
    ) -> torch.Tensor:
        ctx.save_for_backward(packed, block_amax, row_amax, ones)
        ctx.block, ctx.kind = block, kind
        left, left_scale = quantise_rows(x)
        values = _from_four_bit(packed, block_amax, row_amax, ones, block, kind)
        return row_scaled_product(left, values, left_scale, row_amax.t() / LARGEST)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        packed, block_amax, row_amax, ones = ctx.saved_tensors
        grad = grad_outputs[0]
        left, left_scale = quantise_rows(grad.float() * (row_amax.t() / LARGEST), GRADIENT)
        # The compiler would compute the 8-bit weights in the forward pass and keep them all, since
        # they depend on no gradient. Adding this zero makes them depend on it.
        zero = (grad[:1, 0].isnan() & False).float()
        values = _from_four_bit(packed, block_amax + zero, row_amax, ones, ctx.block, ctx.kind)
        product = row_scaled_product(left, values.t().contiguous(), left_scale, ones)
        return product, None, None, None, None, None, None


def _from_four_bit(  # noqa: PLR0917 (tensors and sizes of one packed weight)
    packed: torch.Tensor,
    block_amax: torch.Tensor,
    row_amax: torch.Tensor,
    ones: torch.Tensor,
    block: int,
    kind: str,
) -> torch.Tensor:
    """The FP8 values [out, in] of a packed 4-bit weight."""
    dense: torch.Tensor = torch.ops.bitsandbytes.dequantize_4bit.default(
        packed, block_amax, block, kind, [row_amax.shape[0], ones.shape[1]], torch.bfloat16
    )
    return _scaled_rows(E4M3, dense, row_amax)


class Fp8FromFourBit(nn.Module):
    """A frozen 4-bit linear layer with products in FP8, computed as `Fp8Linear` does.

    Parameters
    ----------
    linear
        A bitsandbytes `Linear4bit`. Its packed weight is reused; the doubly quantised maxima of
        its blocks are kept in float32 (1/16 byte per weight).
    """

    def __init__(self, linear: Any) -> None:
        super().__init__()
        from bitsandbytes.functional import dequantize_blockwise

        self.out_features, self.in_features = linear.out_features, linear.in_features
        state = linear.weight.quant_state
        amax = state.absmax
        if state.nested:
            amax = dequantize_blockwise(amax, state.state2) + state.offset
        self.block, self.kind = state.blocksize, state.quant_type
        self.packed = _frozen(linear.weight.data)
        self.block_amax = _frozen(amax.float())
        self.row_amax = _frozen(_row_amax(_dense_weight(linear).bfloat16()))
        self.ones = _frozen(torch.ones(1, self.in_features, device=self.packed.device))
        self.bias = None if linear.bias is None else _frozen(linear.bias.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """W x + b, for x [..., in]."""
        product: torch.Tensor = _FourBitProduct.apply(
            x.reshape(-1, self.in_features),
            self.packed,
            self.block_amax,
            self.row_amax,
            self.ones,
            self.block,
            self.kind,
        )
        return _reshaped_output(product, x, self.bias)


def _reshaped_output(
    product: torch.Tensor, x: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    """A product [rows, out] in the leading shape of the layer's input, with the bias added."""
    output = product.reshape(*x.shape[:-1], product.shape[-1])
    return output if bias is None else output + bias.to(output.dtype)


def _frozen(tensor: torch.Tensor) -> nn.Parameter:
    """A parameter, since DistributedDataParallel broadcasts buffers before every step."""
    return nn.Parameter(tensor, requires_grad=False)


def use_fp8_weights(decoder: nn.Module, *, keep_four_bit: bool = False) -> int:
    """Replaces every frozen linear layer of a decoder, 4-bit or 16-bit, by an `Fp8Linear`.

    `keep_four_bit` keeps 4-bit weights in 4 bits (`Fp8FromFourBit`). Layers are replaced one at a
    time, so that at most one weight exists in 16 bits besides. Returns how many were replaced.
    Raises TrainError for sizes that the kernels do not support.
    """
    replaced = 0
    for parent_name, parent in list(decoder.named_modules()):
        for name, child in list(parent.named_children()):
            if not _is_frozen_linear(child):
                continue
            _check_sizes(f"{parent_name}.{name}".lstrip("."), child)
            packed = keep_four_bit and type(child) is not nn.Linear
            replacement: nn.Module = (
                Fp8FromFourBit(child) if packed else Fp8Linear(_dense_weight(child), child.bias)
            )
            setattr(parent, name, replacement)
            replaced += 1
    return replaced


def fp8_names(model: nn.Module) -> list[str]:
    """Names of all parameters of the model's FP8 layers.

    Every process quantises the same weights, so they need not be broadcast, which gloo cannot.
    """
    return [
        f"{prefix}.{name}"
        for prefix, module in model.named_modules()
        if isinstance(module, Fp8Linear | Fp8FromFourBit)
        for name, _ in module.named_parameters()
    ]


def _is_frozen_linear(module: Any) -> bool:
    from bitsandbytes.nn import Linear4bit

    frozen = not any(p.requires_grad for p in module.parameters())
    return frozen and type(module) in (nn.Linear, Linear4bit)


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
            f"compute_dtype: fp8 needs sizes that are multiples of {_MULTIPLE}; {name} has "
            f"{sizes[0]} inputs and {sizes[1]} outputs"
        )


def require_fp8(device: torch.device) -> None:
    """Raises TrainError where `device` has no FP8 products, with what it lacks."""
    needs = (
        "compute_dtype: fp8 needs an NVIDIA GPU of compute capability 8.9 (Ada, Hopper) or later"
    )
    if device.type != "cuda" or torch.version.cuda is None:
        raise TrainError(f"{needs}; this run uses {'the CPU' if device.type == 'cpu' else device}")
    found = torch.cuda.get_device_capability(device)
    if found < _LEAST_CAPABILITY:
        name = torch.cuda.get_device_name(device)
        raise TrainError(f"{needs}; {name} has {found[0]}.{found[1]}")
    reason = fp8_fault(device)
    if reason is not None:
        raise TrainError(f"compute_dtype: fp8 products do not work with this PyTorch: {reason}")


def fp8_fault(device: torch.device) -> str | None:
    """What is wrong with FP8 products on a device, tested on a small case; None if they work."""
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn((rows, 256), generator=generator).to(device) for rows in (64, 128))
    (a, a_scale), (b, b_scale) = quantise_rows(left), quantise_rows(right)
    expected = (a.float() * a_scale) @ (b.float() * b_scale).t()
    try:
        product = row_scaled_product(a, b, a_scale, b_scale.t().contiguous()).float()
    except (RuntimeError, ValueError, NotImplementedError) as error:
        return first_line(error)
    gap = float((product - expected).norm() / expected.norm())
    return None if gap < 0.01 else f"a product is off by {gap:.1%}"
