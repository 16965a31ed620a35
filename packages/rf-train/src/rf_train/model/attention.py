"""Causal attention in which samples are isolated from each other in every layout.

Registered with transformers under `ATTENTION`. Padded rows need no mask (padding comes last, and
attention is causal). Packed rows are computed sample by sample: on GPUs by kernels of our own
(`packed_attention`), or by PyTorch's variable-length flash attention where those do not work;
otherwise in a loop. Where a packed row holds a prefix that its samples share, each sample attends
to the prefix and to itself.
"""

import functools
import inspect
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch.nn import functional

from rf_train.data.batches import SharedKeys, shared_keys
from rf_train.model.packed_attention import WIDTHS, has_triton, kernel_faults, packed_attention

try:
    from torch.nn.attention.varlen import varlen_attn
except ImportError:  # PyTorch before 2.10
    varlen_attn: Any = None  # type: ignore[no-redef]

Kernels = Literal["triton", "flash"]
ATTENTION = "rf_isolated"
CAUSAL_WINDOW = (-1, 0)
_TRITON_CAPABILITY = (8, 0)
# Newer releases of PyTorch need a flag where keys have fewer heads than queries.
_GROUPING: dict[str, Any] = (
    {"enable_gqa": True}
    if varlen_attn is not None and "enable_gqa" in inspect.signature(varlen_attn).parameters
    else {}
)


def register_attention() -> str:
    """Registers the attention with transformers; returns its name for `attn_implementation`."""
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
    shared: SharedKeys | None = None,
    kernels: Kernels | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention over [B, heads, L, d] (keys and values may have fewer heads) -> [B, L, heads, d].

    Parameters
    ----------
    module : the attention layer, which transformers passes first
    query, key, value : [B, heads, L, d]
    attention_mask : ignored; the layout decides what a token sees
    scaling, dropout : the factor of the logits, None for 1/sqrt(d); dropout is ignored
    boundaries : [S+1], int32: cumulative lengths of the pieces packed in the one row
    longest : a bound on the keys of a piece
    shared : with it a piece also has the keys of its prefix
    kernels : the kernels for packed pieces, None for a loop over them
    """
    if boundaries is None:
        return _causal(query, key, value, scaling).transpose(1, 2), None
    if kernels is not None:
        return _by_kernels(
            query, key, value, scaling=scaling, boundaries=boundaries, longest=longest,
            shared=shared, kernels=kernels,
        ), None  # fmt: skip
    return _piece_by_piece(
        query, key, value, scaling=scaling, boundaries=boundaries, shared=shared
    ), None


def _causal(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float | None
) -> torch.Tensor:
    """Causal attention whose queries are aligned with the last keys."""
    offset, grouped = key.shape[2] - query.shape[2], query.shape[1] != key.shape[1]
    mask = None
    if offset:  # `is_causal` would align the first query with the first key
        shape = (query.shape[2], key.shape[2])
        mask = torch.ones(shape, dtype=torch.bool, device=query.device).tril(offset)
    return functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, is_causal=not offset, scale=scaling, enable_gqa=grouped
    )


def _piece_by_piece(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    scaling: float | None,
    boundaries: torch.Tensor,
    shared: SharedKeys | None,
) -> torch.Tensor:
    """Each piece separately, after its prefix if any: [1, heads, T, d] -> [1, T, heads, d]."""
    key_boundaries = boundaries
    if shared is not None:
        key, value = (
            copy_prefix(x[0].transpose(0, 1), *shared[1:]).transpose(0, 1)[None]
            for x in (key, value)
        )
        key_boundaries = shared.boundaries
    lengths, key_lengths = (x.diff().tolist() for x in (boundaries, key_boundaries))
    queries = torch.split(query, lengths, dim=2)
    keys, values = (torch.split(x, key_lengths, dim=2) for x in (key, value))
    pieces = zip(queries, keys, values, strict=True)
    outputs = [_causal(q, k, v, scaling).transpose(1, 2) for q, k, v in pieces]
    return torch.cat(outputs, dim=1)


def _by_kernels(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    scaling: float | None,
    boundaries: torch.Tensor,
    longest: int,
    shared: SharedKeys | None = None,
    kernels: Kernels = "flash",
) -> torch.Tensor:
    """The same by kernels for packed pieces: [1, heads, T, d] -> [1, T, heads, d]."""
    precision = value.dtype  # with autocast, rotated queries and keys are in float32
    keys, values = key[0].transpose(0, 1).to(precision), value[0].transpose(0, 1)
    key_boundaries = boundaries
    if shared is not None:
        keys, values = (copy_prefix(x, *shared[1:]) for x in (keys, values))
        key_boundaries = shared.boundaries
    queries = query[0].transpose(0, 1).to(precision)
    if kernels == "triton":
        return packed_attention(
            queries, keys, values, boundaries, key_boundaries, longest, scaling
        )[None]
    output: Any = varlen_attn(
        queries,
        keys,
        values,
        boundaries,
        key_boundaries,
        longest,
        longest,
        scale=scaling,
        window_size=CAUSAL_WINDOW,
        **_GROUPING,
    )
    packed: torch.Tensor = output[None]
    return packed


# A custom operation, since the backward pass of indexing with repeated indices adds one addend at a
# time, with atomics and in bfloat16; here it is two reads and one sum in float32.
@torch.library.custom_op("rf_train::copy_prefix", mutates_args=())
def copy_prefix(
    row: torch.Tensor, source: torch.Tensor, own: torch.Tensor, copies: torch.Tensor
) -> torch.Tensor:
    """Keys or values [T, heads, d] of a row -> [N, heads, d], as `SharedKeys` lays them out."""
    return row.index_select(0, source)


@copy_prefix.register_fake
def _(
    row: torch.Tensor, source: torch.Tensor, own: torch.Tensor, copies: torch.Tensor
) -> torch.Tensor:
    torch._check(own.shape[0] == row.shape[0])
    return row.new_empty((source.shape[0], *row.shape[1:]))


@torch.library.custom_op("rf_train::add_copies", mutates_args=())
def add_copies(grad: torch.Tensor, own: torch.Tensor, copies: torch.Tensor) -> torch.Tensor:
    """Gradients of `copy_prefix`: [N, heads, d] -> [T, heads, d]."""
    row = grad.index_select(0, own)
    prefixes = row[: copies.shape[1]]
    exact = torch.promote_types(grad.dtype, torch.float32)
    copied = grad.index_select(0, copies.clamp(min=0).flatten()).view(len(copies), *prefixes.shape)
    copied.masked_fill_((copies < 0)[:, :, None, None], 0.0)
    prefixes.copy_(copied.sum(0, dtype=exact) + prefixes)
    return row


@add_copies.register_fake
def _(grad: torch.Tensor, own: torch.Tensor, copies: torch.Tensor) -> torch.Tensor:
    return grad.new_empty((own.shape[0], *grad.shape[1:]))


def _save_indices(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
    _, _, own, copies = inputs
    ctx.save_for_backward(own, copies)


def _copy_prefix_backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
    return add_copies(grad, *ctx.saved_tensors), None, None, None


copy_prefix.register_autograd(_copy_prefix_backward, setup_context=_save_indices)


_ALONE = ((100, 92), (-1, -1))
# 224 tokens: kernels compiled for a multiple of 16 are those that training uses.
_WITH_PREFIXES = ((40, 30, 1, 61, 92), (-1, -1, 0, 0, 1))


def packed_kernels(device: torch.device, config: Any) -> Kernels | None:
    """The kernels to use for packed pieces on a device, for a model of this config."""
    if device.type != "cuda":
        return None
    if triton_works(*heads_of(config)):
        return "triton"
    return "flash" if flash_works() else None


def kernels_support_prefixes(device: torch.device, config: Any) -> bool:
    """Whether what `packed_kernels` names takes pieces with a prefix, or nothing is named."""
    return packed_kernels(device, config) != "flash" or flash_supports_prefixes()


def heads_of(config: Any) -> tuple[int, int, int]:
    """Heads of queries, heads of keys and values, and the width of a head."""
    heads: int = config.num_attention_heads
    groups: int = getattr(config, "num_key_value_heads", None) or heads
    width: int = getattr(config, "head_dim", None) or config.hidden_size // heads
    return heads, groups, width


@functools.cache
def triton_works(heads: int, groups: int, width: int) -> bool:
    """Whether our own kernels work on this GPU for such heads, tested on a small case."""
    if width not in WIDTHS or torch.version.cuda is None or not has_triton():
        return False
    return torch.cuda.get_device_capability() >= _TRITON_CAPABILITY and _matches_reference(
        *_WITH_PREFIXES, kernels="triton", heads=(heads, groups, width)
    )


@functools.cache
def flash_works() -> bool:
    """Whether variable-length flash attention works here, tested on a small grouped case."""
    return varlen_attn is not None and _matches_reference(*_ALONE)


@functools.cache
def flash_supports_prefixes() -> bool:
    """Whether it also works for samples with a prefix, which have more keys than queries.

    Causal attention must then align the last query with the last key.
    """
    return varlen_attn is not None and _matches_reference(*_WITH_PREFIXES)


def _matches_reference(
    lengths: Sequence[int],
    prefixes: Sequence[int],
    device: str = "cuda",
    kernels: Kernels = "flash",
    heads: tuple[int, int, int] = (4, 2, 64),
) -> bool:
    """Whether outputs and gradients of the kernels match the reference on this GPU.

    `lengths` [S] of pieces, and the index of the piece that is each one's prefix (-1: none);
    `heads` as `heads_of` returns them.
    """
    generator = torch.Generator(device).manual_seed(0)
    count, groups, width = heads
    query, key, value = (
        torch.randn(
            (1, of_heads, sum(lengths), width),
            generator=generator,
            device=device,
            dtype=torch.bfloat16,
        ).requires_grad_()
        for of_heads in (count, groups, groups)
    )
    cumulative = np.cumsum([0, *lengths], dtype=np.int32)
    shared = None
    if max(prefixes) >= 0:
        arrays = shared_keys(lengths, prefixes)
        shared = SharedKeys(*(torch.from_numpy(array).to(device) for array in arrays))
    boundaries = torch.from_numpy(cumulative).to(device)
    # Random weights, since the gradient of a plain sum would be nearly the same for any mask.
    weights = torch.randn(
        (1, sum(lengths), count, width), generator=generator, device=device, dtype=torch.bfloat16
    )
    inputs = (query, key, value)
    with torch.enable_grad():
        exact = [x.float() for x in inputs]
        expected = _piece_by_piece(*exact, scaling=None, boundaries=boundaries, shared=shared)
        reference = torch.autograd.grad(expected, inputs, weights.float())
        try:
            packed = _by_kernels(
                *inputs, scaling=None, boundaries=boundaries, longest=256, shared=shared,
                kernels=kernels,
            )  # fmt: skip
            grads = torch.autograd.grad(packed, inputs, weights)
        except kernel_faults():
            return False
    pairs = zip((packed, *grads), (expected, *reference), strict=True)
    return all(bool((a - b).abs().max() <= 0.05 * b.abs().max()) for a, b in pairs)
