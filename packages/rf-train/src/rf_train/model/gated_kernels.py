"""Gating and its gradient with rows quantised to FP8, each in one pass over memory (Triton).

The compiler's own kernels read their inputs twice: once for the largest magnitude of a row, once to
scale it. Here a program keeps its row in registers in between.
"""

import torch
import triton
import triton.language as tl

LARGEST_WIDTH = 16384  # of a row in registers
_WARPS = 32


def gated_rows(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """silu(gate) · up for `both` [T, 2 I] = (gate, up): e4m3 [T, I] and scales [T, 1]."""
    rows, width = both.shape[0], both.shape[1] // 2
    values = both.new_empty((rows, width), dtype=torch.float8_e4m3fn)
    scales = both.new_empty((rows, 1), dtype=torch.float32)
    _gated_rows[(rows,)](
        both, values, scales, width, BLOCK=triton.next_power_of_2(width), num_warps=_WARPS
    )
    return values, scales


def gated_gradient_rows(
    grad: torch.Tensor, both: torch.Tensor, factors: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradient of `both` for `grad` [T, I], times `factors` [1, 2 I]: e4m3 and scales [T, 1]."""
    values = torch.empty_like(both, dtype=torch.float8_e4m3fn)
    scales = both.new_empty((len(both), 1), dtype=torch.float32)
    width = grad.shape[1]
    _gated_gradient_rows[(len(both),)](
        grad, both, factors, values, scales, width,
        BLOCK=triton.next_power_of_2(width), num_warps=_WARPS,
    )  # fmt: skip
    return values, scales


@triton.jit
def _once(places, inside):
    """A part of a row, which nothing reads again: it leaves the cache to what all rows read."""
    return tl.load(places, mask=inside, other=0.0, eviction_policy="evict_first").to(tl.float32)


@triton.jit
def _all_read(places, inside):
    """What every row reads: kept in the cache."""
    return tl.load(places, mask=inside, other=0.0, eviction_policy="evict_last")


@triton.jit
def _store_scaled(places, x, amax, mask):
    """x in e4m3, scaled so that `amax` becomes its largest number, 448. NaN stays NaN."""
    scaled = x * (448.0 / amax)
    scaled = tl.where(scaled > 448.0, 448.0, tl.where(scaled < -448.0, -448.0, scaled))
    tl.store(places, scaled.to(tl.float8e4nv), mask=mask)


@triton.jit
def _gated_rows(both, values, scales, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    inside = columns < width
    gate = _once(both + 2 * row * width + columns, inside)
    up = _once(both + (2 * row + 1) * width + columns, inside)
    gated = gate * tl.sigmoid(gate) * up
    amax = tl.maximum(tl.max(tl.abs(gated), 0), 1e-30)
    _store_scaled(values + row * width + columns, gated, amax, inside)
    tl.store(scales + row, amax / 448.0)


@triton.jit
def _gated_gradient_rows(grad, both, factors, values, scales, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    inside = columns < width
    gate = _once(both + 2 * row * width + columns, inside)
    up = _once(both + (2 * row + 1) * width + columns, inside)
    by_gated = _once(grad + row * width + columns, inside)
    share = tl.sigmoid(gate)
    by_up = by_gated * gate * share
    by_up *= _all_read(factors + width + columns, inside)
    by_gate = by_gated * up * share * (1.0 + gate * (1.0 - share))
    by_gate *= _all_read(factors + columns, inside)
    amax = tl.max(tl.maximum(tl.abs(by_gate), tl.abs(by_up)), 0)
    amax = tl.maximum(amax, 1e-30)
    _store_scaled(values + 2 * row * width + columns, by_gate, amax, inside)
    _store_scaled(values + (2 * row + 1) * width + columns, by_up, amax, inside)
    tl.store(scales + row, amax / 448.0)
