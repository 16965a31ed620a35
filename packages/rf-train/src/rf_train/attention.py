"""Causal attention in which a sample never sees its neighbours, whatever the layout.

Registered with transformers under `ATTENTION`. Padded rows need no mask (pads come last, and
attention is causal). Packed rows are computed sample by sample: by PyTorch's variable-length
flash attention on GPUs that have it, else through padded rows, else one by one.
"""

import functools
from typing import Any

import torch
from torch.nn import functional

ATTENTION = "rf_isolated"
CAUSAL_WINDOW = (-1, 0)


def register_attention() -> str:
    """Makes the attention known to transformers; returns its name for `attn_implementation`."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, isolated_attention)
    return ATTENTION


def isolated_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    boundaries: torch.Tensor | None = None,
    longest: int = 0,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention over [B, heads, L, d] (keys and values may have fewer heads) -> [B, L, heads, d].

    `boundaries` [S+1], int32: cumulative lengths of the samples packed in the one row.
    """
    if boundaries is None:
        return _causal(query, key, value, scaling).transpose(1, 2), None
    if query.is_cuda and has_varlen():
        output = _varlen(query, key, value, scaling=scaling, boundaries=boundaries, longest=longest)
        return output, None
    lengths = boundaries.diff().tolist()
    pieces = zip(*(torch.split(x, lengths, dim=2) for x in (query, key, value)), strict=True)
    outputs = [_causal(q, k, v, scaling).transpose(1, 2) for q, k, v in pieces]
    return torch.cat(outputs, dim=1), None


def _causal(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float | None
) -> torch.Tensor:
    grouped = query.shape[1] != key.shape[1]
    return functional.scaled_dot_product_attention(
        query, key, value, is_causal=True, scale=scaling, enable_gqa=grouped
    )


def _varlen(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    scaling: float | None,
    boundaries: torch.Tensor,
    longest: int,
) -> torch.Tensor:
    """Flash attention over packed samples: [1, heads, T, d] -> [1, T, heads, d]."""
    from torch.nn.attention.varlen import varlen_attn

    precision = value.dtype  # with autocast, rotated queries and keys come in float32
    output: Any = varlen_attn(
        query[0].transpose(0, 1).to(precision),
        key[0].transpose(0, 1).to(precision),
        value[0].transpose(0, 1),
        boundaries,
        boundaries,
        longest,
        longest,
        scale=scaling,
        window_size=CAUSAL_WINDOW,
        **_grouping(),
    )
    packed: torch.Tensor = output[None]
    return packed


@functools.cache
def _grouping() -> dict[str, Any]:
    """Newer releases of PyTorch want to be told that keys have fewer heads than queries."""
    import inspect

    from torch.nn.attention.varlen import varlen_attn

    return {"enable_gqa": True} if "enable_gqa" in inspect.signature(varlen_attn).parameters else {}


@functools.cache
def has_varlen() -> bool:
    """Whether variable-length flash attention works here, tried on a small grouped case."""
    try:
        from torch.nn.attention.varlen import varlen_attn  # noqa: F401
    except ImportError:
        return False
    generator = torch.Generator("cuda").manual_seed(0)
    shapes = [(1, heads, 192, 64) for heads in (4, 2, 2)]
    query, key, value = (
        torch.randn(shape, generator=generator, device="cuda", dtype=torch.bfloat16)
        for shape in shapes
    )
    boundaries = torch.tensor([0, 100, 192], dtype=torch.int32, device="cuda")
    query.requires_grad_()
    key.requires_grad_()
    try:
        packed = _varlen(query, key, value, scaling=None, boundaries=boundaries, longest=128)
        grads = torch.autograd.grad(packed.sum(), (query, key))
    except (RuntimeError, NotImplementedError, TypeError):
        return False
    apart = [
        _causal(query[:, :, s], key[:, :, s], value[:, :, s], None)
        for s in (slice(0, 100), slice(100, 192))
    ]
    expected = torch.cat(apart, dim=2).transpose(1, 2)
    reference = torch.autograd.grad(expected.sum(), (query, key))
    pairs = zip((packed, *grads), (expected, *reference), strict=True)
    return all(bool((a - b).abs().max() <= 0.02 * b.abs().max()) for a, b in pairs)
