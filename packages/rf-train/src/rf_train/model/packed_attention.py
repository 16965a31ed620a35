"""Operations for PyTorch around the kernels of `attention_kernels`, with their gradients.

The compiler takes them as they are; what is computed besides (inner products of outputs and their
gradients) is left to it.
"""

import importlib
import importlib.util
from typing import Any

import torch

WIDTHS = (32, 64, 128)  # of a head


def has_triton() -> bool:
    """Whether kernels can be compiled."""
    return importlib.util.find_spec("triton") is not None


def kernel_faults() -> tuple[type[Exception], ...]:
    """What is raised by kernels that a device lacks or that do not fit it, or by their compiler."""
    faults = (RuntimeError, NotImplementedError, TypeError, ValueError, OSError, ImportError)
    if not has_triton():
        return faults
    errors = importlib.import_module("triton.errors")
    return *faults, errors.TritonError


def _kernels() -> Any:
    """The module of the kernels, imported where they are needed: Triton is for GPUs only."""
    return importlib.import_module("rf_train.model.attention_kernels")


def packed_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    query_bounds: torch.Tensor,
    key_bounds: torch.Tensor,
    longest: int,
    scale: float | None,
) -> torch.Tensor:
    """Causal attention over packed pieces: [T, heads, d] and [N, groups, d] -> [T, heads, d].

    Bounds [S+1], int32, are cumulative lengths; `longest` is a bound on the keys of a piece. The
    last query of a piece is aligned with its last key. `scale` of the logits: None for 1/sqrt(d).
    """
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    output: torch.Tensor
    output, _ = attention_forward(query, key, value, query_bounds, key_bounds, longest, scale)
    return output


@torch.library.custom_op("rf_train::packed_attention", mutates_args=())
def attention_forward(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    query_bounds: torch.Tensor,
    key_bounds: torch.Tensor,
    longest: int,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Output and normaliser (see `attention_kernels.attention`)."""
    kernels = _kernels()
    inputs = (_readable(x) for x in (query, key, value))
    output, normaliser = kernels.attention(
        kernels.Packed(*inputs, query_bounds, key_bounds), longest, scale
    )
    return output, normaliser


@attention_forward.register_fake
def _(query: torch.Tensor, *_: Any) -> tuple[torch.Tensor, torch.Tensor]:
    normaliser = query.new_empty((query.shape[1], query.shape[0]), dtype=torch.float32)
    return query.new_empty(query.shape), normaliser


@torch.library.custom_op("rf_train::packed_attention_gradients", mutates_args=())
def attention_backward(
    grad: torch.Tensor,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    normaliser: torch.Tensor,
    inner: torch.Tensor,
    query_bounds: torch.Tensor,
    key_bounds: torch.Tensor,
    longest: int,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gradients of the inputs (see `attention_kernels.attention_gradients`)."""
    kernels = _kernels()
    inputs = (_readable(x) for x in (query, key, value))
    packed = kernels.Packed(*inputs, query_bounds, key_bounds)
    by_query, by_key, by_value = kernels.attention_gradients(
        packed, grad.contiguous(), normaliser, inner.contiguous(), longest, scale
    )
    return by_query, by_key, by_value


@attention_backward.register_fake
def _(
    grad: torch.Tensor, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return query.new_empty(query.shape), key.new_empty(key.shape), value.new_empty(value.shape)


def _readable(x: torch.Tensor) -> torch.Tensor:
    return x if x.stride(-1) == 1 else x.contiguous()


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, torch.Tensor]) -> None:
    query, key, value, query_bounds, key_bounds, ctx.longest, ctx.scale = inputs
    ctx.save_for_backward(query, key, value, query_bounds, key_bounds, *output)


def _backward(
    ctx: Any, grad: torch.Tensor, _: torch.Tensor | None
) -> tuple[torch.Tensor | None, ...]:
    query, key, value, query_bounds, key_bounds, output, normaliser = ctx.saved_tensors
    inner = (grad.float() * output.float()).sum(-1).t().contiguous()
    found = attention_backward(
        grad, query, key, value, normaliser, inner, query_bounds, key_bounds,
        ctx.longest, ctx.scale,
    )  # fmt: skip
    return *found, None, None, None, None


attention_forward.register_autograd(_backward, setup_context=_save)
