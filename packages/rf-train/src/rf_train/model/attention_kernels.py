"""Causal attention over packed pieces as Triton kernels, forward and backward.

Made for rows of many short pieces: a program computes one block of one piece for one head, keys and
values of grouped heads are read as they are, and their gradients are summed over the group in
registers. No gradient is added up with atomics, so results do not change from run to run.

In all functions queries are [T, heads, d], keys and values [N, groups, d] with d a power of two and
a stride of 1; `query_bounds` and `key_bounds` [S+1], int32, are cumulative lengths. A piece may
have more keys than queries; its last query is then aligned with its last key. The backward pass
computes the weights anew from `normaliser` [heads, T], float32, the base-2 logarithm of each
softmax's sum.
"""

import math
from typing import NamedTuple

import torch
import triton
import triton.language as tl

_LOG2_E = 1 / math.log(2)
Heads = tuple[int, int, int]
"""Heads of queries, heads of queries per head of keys, and the width of a head."""


class Blocks(NamedTuple):
    """Queries and keys that a program handles at once, its warps and its pipeline's depth."""

    queries: int
    keys: int
    warps: int
    stages: int

    def options(self, heads: Heads) -> dict[str, int]:
        """What a kernel is compiled for."""
        names = ("HEADS", "GROUP", "WIDTH", "QUERIES", "KEYS", "num_warps", "num_stages")
        return dict(zip(names, (*heads, *self), strict=True))


FORWARD = Blocks(128, 64, 8, 3)
BY_QUERIES = Blocks(128, 64, 8, 2)
BY_KEYS = Blocks(64, 128, 8, 2)


class Packed(NamedTuple):
    """Queries [T, heads, d], keys and values [N, groups, d], and where their pieces end."""

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    query_bounds: torch.Tensor
    key_bounds: torch.Tensor

    @property
    def heads(self) -> Heads:
        """As the kernels are compiled for them."""
        count, width = self.query.shape[1:]
        return count, count // self.key.shape[1], width

    @property
    def strides(self) -> tuple[int, ...]:
        """Of tokens and heads of queries, keys and values; and the number of queries."""
        inputs = (self.query, self.key, self.value)
        return *(x.stride(n) for x in inputs for n in (0, 1)), len(self.query)

    def grid(self, heads: int, longest: int, block: int) -> tuple[int, int, int]:
        """A program for every block of the longest piece, for every piece and head."""
        return heads, len(self.query_bounds) - 1, -(-longest // block)


def attention(packed: Packed, longest: int, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Output [T, heads, d] and normaliser [heads, T]; `longest` bounds the keys of a piece."""
    heads = packed.heads
    output = packed.query.new_empty(packed.query.shape)
    normaliser = output.new_empty((heads[0], len(output)), dtype=torch.float32)
    _attention_forward[packed.grid(heads[0], longest, FORWARD.queries)](
        *packed[:3], output, normaliser, *packed[3:], scale * _LOG2_E, *packed.strides,
        **FORWARD.options(heads),
    )  # fmt: skip
    return output, normaliser


def attention_gradients(
    packed: Packed,
    grad: torch.Tensor,
    normaliser: torch.Tensor,
    inner: torch.Tensor,
    longest: int,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gradients of queries, keys and values for `grad` [T, heads, d], contiguous.

    `inner` [heads, T], float32: inner products of outputs and their gradients.
    """
    heads, groups = packed.heads, packed.key.shape[1]
    by_query, by_key, by_value = (x.new_empty(x.shape) for x in packed[:3])
    given = (*packed[:3], grad, normaliser, inner, *packed[3:])
    factors = (scale, scale * _LOG2_E, *packed.strides)
    _attention_by_queries[packed.grid(heads[0], longest, BY_QUERIES.queries)](
        *given, by_query, *factors, **BY_QUERIES.options(heads)
    )
    _attention_by_keys[packed.grid(groups, longest, BY_KEYS.keys)](
        *given, by_key, by_value, *factors, **BY_KEYS.options(heads)
    )
    return by_query, by_key, by_value


@triton.jit
def _piece(bounds, number):
    """First token and length of a piece."""
    start = tl.load(bounds + number)
    return start.to(tl.int64), tl.load(bounds + number + 1) - start


@triton.jit
def _rows(pointer, start, stride, rows, end, WIDTH: tl.constexpr, WHOLE: tl.constexpr):
    """Rows of a piece, zeros from `end` on; `WHOLE`: none of them is beyond it."""
    places = pointer + start * stride + (rows[:, None] * stride + tl.arange(0, WIDTH)[None, :])
    if WHOLE:
        return tl.load(places)
    return tl.load(places, mask=rows[:, None] < end, other=0.0)


@triton.jit
def _store_rows(pointer, start, stride, rows, end, values, WIDTH: tl.constexpr):
    places = pointer + start * stride + (rows[:, None] * stride + tl.arange(0, WIDTH)[None, :])
    tl.store(places, values.to(pointer.dtype.element_ty), mask=rows[:, None] < end)


@triton.jit
def _attend(
    sums, total, largest, q, seen, key, value, key_start, key_stride, value_stride,
    begin, stop, keys, logit_scale,
    KEYS: tl.constexpr, WIDTH: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Continues a softmax over the keys from `begin` to `stop`; `seen`: each query's last key."""
    for at in range(begin, stop, KEYS):
        here = at + tl.arange(0, KEYS)
        k = _rows(key, key_start, key_stride, here, keys, WIDTH, not MASKED)
        v = _rows(value, key_start, value_stride, here, keys, WIDTH, not MASKED)
        logits = tl.dot(q, tl.trans(k)) * logit_scale
        if MASKED:
            logits = tl.where(here[None, :] <= seen[:, None], logits, float("-inf"))
        new = tl.maximum(largest, tl.max(logits, 1))
        weights = tl.exp2(logits - new[:, None])
        factor = tl.exp2(largest - new)
        total = total * factor + tl.sum(weights, 1)
        sums = tl.dot(weights.to(v.dtype), v, sums * factor[:, None])
        largest = new
    return sums, total, largest


@triton.jit
def _attention_forward(
    query, key, value, output, normaliser, query_bounds, key_bounds, logit_scale,
    query_stride, query_head, key_stride, key_head, value_stride, value_head, tokens,
    HEADS: tl.constexpr, GROUP: tl.constexpr, WIDTH: tl.constexpr,
    QUERIES: tl.constexpr, KEYS: tl.constexpr,
):  # fmt: skip
    head, piece = tl.program_id(0), tl.program_id(1)
    first = (tl.num_programs(2) - 1 - tl.program_id(2)) * QUERIES  # those with most keys begin
    query_start, queries = _piece(query_bounds, piece)
    key_start, keys = _piece(key_bounds, piece)
    if first >= queries:
        return
    ahead = keys - queries
    rows = first + tl.arange(0, QUERIES)
    q = _rows(query + head * query_head, query_start, query_stride, rows, queries, WIDTH, False)
    key += head // GROUP * key_head
    value += head // GROUP * value_head
    sums = tl.zeros([QUERIES, WIDTH], tl.float32)
    total = tl.zeros([QUERIES], tl.float32)
    largest = tl.full([QUERIES], float("-inf"), tl.float32)
    all_see = (first + ahead + 1) // KEYS * KEYS  # every query of the block sees the keys before
    sums, total, largest = _attend(
        sums, total, largest, q, rows + ahead, key, value, key_start, key_stride, value_stride,
        0, all_see, keys, logit_scale, KEYS, WIDTH, False,
    )  # fmt: skip
    sums, total, largest = _attend(
        sums, total, largest, q, rows + ahead, key, value, key_start, key_stride, value_stride,
        all_see, tl.minimum(keys, first + QUERIES + ahead), keys, logit_scale, KEYS, WIDTH, True,
    )  # fmt: skip
    _store_rows(
        output + head * WIDTH, query_start, HEADS * WIDTH, rows, queries,
        sums / total[:, None], WIDTH,
    )  # fmt: skip
    places = normaliser + head * tokens.to(tl.int64) + query_start + rows
    tl.store(places, largest + tl.log2(total), mask=rows < queries)


@triton.jit
def _query_gradient(
    sums, q, grad, normal, inner, seen, key, value, key_start, key_stride, value_stride,
    begin, stop, keys, logit_scale,
    KEYS: tl.constexpr, WIDTH: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Adds what the keys from `begin` to `stop` contribute to the gradients of queries."""
    for at in range(begin, stop, KEYS):
        here = at + tl.arange(0, KEYS)
        k = _rows(key, key_start, key_stride, here, keys, WIDTH, not MASKED)
        v = _rows(value, key_start, value_stride, here, keys, WIDTH, not MASKED)
        weights = tl.exp2(tl.dot(q, tl.trans(k)) * logit_scale - normal[:, None])
        if MASKED:
            weights = tl.where(here[None, :] <= seen[:, None], weights, 0.0)
        by_logits = weights * (tl.dot(grad, tl.trans(v)) - inner[:, None])
        sums = tl.dot(by_logits.to(k.dtype), k, sums)
    return sums


@triton.jit
def _attention_by_queries(
    query, key, value, grad_output, normaliser, inner_products, query_bounds, key_bounds,
    by_query, scale, logit_scale,
    query_stride, query_head, key_stride, key_head, value_stride, value_head, tokens,
    HEADS: tl.constexpr, GROUP: tl.constexpr, WIDTH: tl.constexpr,
    QUERIES: tl.constexpr, KEYS: tl.constexpr,
):  # fmt: skip
    head, piece = tl.program_id(0), tl.program_id(1)
    first = (tl.num_programs(2) - 1 - tl.program_id(2)) * QUERIES
    query_start, queries = _piece(query_bounds, piece)
    key_start, keys = _piece(key_bounds, piece)
    if first >= queries:
        return
    ahead = keys - queries
    rows = first + tl.arange(0, QUERIES)
    q = _rows(query + head * query_head, query_start, query_stride, rows, queries, WIDTH, False)
    grad = _rows(
        grad_output + head * WIDTH, query_start, HEADS * WIDTH, rows, queries, WIDTH, False
    )
    places = head * tokens.to(tl.int64) + query_start + rows
    normal = tl.load(normaliser + places, mask=rows < queries, other=0.0)
    inner = tl.load(inner_products + places, mask=rows < queries, other=0.0)
    key += head // GROUP * key_head
    value += head // GROUP * value_head
    all_see = (first + ahead + 1) // KEYS * KEYS
    sums = tl.zeros([QUERIES, WIDTH], tl.float32)
    sums = _query_gradient(
        sums, q, grad, normal, inner, rows + ahead, key, value, key_start, key_stride,
        value_stride, 0, all_see, keys, logit_scale, KEYS, WIDTH, False,
    )  # fmt: skip
    sums = _query_gradient(
        sums, q, grad, normal, inner, rows + ahead, key, value, key_start, key_stride,
        value_stride, all_see, tl.minimum(keys, first + QUERIES + ahead), keys, logit_scale,
        KEYS, WIDTH, True,
    )  # fmt: skip
    _store_rows(
        by_query + head * WIDTH, query_start, HEADS * WIDTH, rows, queries, sums * scale, WIDTH
    )


@triton.jit
def _key_gradient(
    by_key, by_value, k, v, here, ahead, query, grad_output, normaliser, inner_products,
    query_start, query_stride, grad_stride, begin, stop, whole, queries, logit_scale,
    QUERIES: tl.constexpr, WIDTH: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Adds what the queries from `begin` to `stop` of a head contribute to keys and values.

    `MASKED` takes care of causality, and then of the queries behind the `whole` blocks, if any.
    Queries beyond the piece are zeros, as their gradients, so they contribute nothing.
    """
    behind = tl.where(MASKED and whole < queries, QUERIES, 0)
    for place in range(begin, stop + behind, QUERIES):
        at = tl.where(place < stop, place, whole)
        rows = at + tl.arange(0, QUERIES)
        q = _rows(query, query_start, query_stride, rows, queries, WIDTH, not MASKED)
        grad = _rows(grad_output, query_start, grad_stride, rows, queries, WIDTH, not MASKED)
        if MASKED:
            normal = tl.load(normaliser + query_start + rows, mask=rows < queries, other=0.0)
            inner = tl.load(inner_products + query_start + rows, mask=rows < queries, other=0.0)
        else:
            normal = tl.load(normaliser + query_start + rows)
            inner = tl.load(inner_products + query_start + rows)
        weights = tl.exp2(tl.dot(k, tl.trans(q)) * logit_scale - normal[None, :])
        if MASKED:
            weights = tl.where(here[:, None] <= rows[None, :] + ahead, weights, 0.0)
        by_value = tl.dot(weights.to(grad.dtype), grad, by_value)
        by_logits = weights * (tl.dot(v, tl.trans(grad)) - inner[None, :])
        by_key = tl.dot(by_logits.to(q.dtype), q, by_key)
    return by_key, by_value


@triton.jit
def _attention_by_keys(
    query, key, value, grad_output, normaliser, inner_products, query_bounds, key_bounds,
    by_key, by_value, scale, logit_scale,
    query_stride, query_head, key_stride, key_head, value_stride, value_head, tokens,
    HEADS: tl.constexpr, GROUP: tl.constexpr, WIDTH: tl.constexpr,
    QUERIES: tl.constexpr, KEYS: tl.constexpr,
):  # fmt: skip
    group, piece = tl.program_id(0), tl.program_id(1)
    first = tl.program_id(2) * KEYS  # the first keys are seen by most queries
    query_start, queries = _piece(query_bounds, piece)
    key_start, keys = _piece(key_bounds, piece)
    if first >= keys:
        return
    ahead = keys - queries
    here = first + tl.arange(0, KEYS)
    k = _rows(key + group * key_head, key_start, key_stride, here, keys, WIDTH, False)
    v = _rows(value + group * value_head, key_start, value_stride, here, keys, WIDTH, False)
    begin = tl.maximum(first - ahead, 0) // QUERIES * QUERIES  # the first that sees a key
    whole = queries // QUERIES * QUERIES
    all_see = tl.cdiv(tl.maximum(first + KEYS - 1 - ahead, 0), QUERIES) * QUERIES
    all_see = tl.minimum(all_see, whole)  # from here to `whole` nothing is masked
    key_sums = tl.zeros([KEYS, WIDTH], tl.float32)
    value_sums = tl.zeros([KEYS, WIDTH], tl.float32)
    for head in range(group * GROUP, group * GROUP + GROUP):
        q, grad = query + head * query_head, grad_output + head * WIDTH
        normal = normaliser + head * tokens.to(tl.int64)
        inner = inner_products + head * tokens.to(tl.int64)
        key_sums, value_sums = _key_gradient(
            key_sums, value_sums, k, v, here, ahead, q, grad, normal, inner, query_start,
            query_stride, HEADS * WIDTH, begin, all_see, whole, queries, logit_scale,
            QUERIES, WIDTH, True,
        )  # fmt: skip
        key_sums, value_sums = _key_gradient(
            key_sums, value_sums, k, v, here, ahead, q, grad, normal, inner, query_start,
            query_stride, HEADS * WIDTH, all_see, whole, whole, queries, logit_scale,
            QUERIES, WIDTH, False,
        )  # fmt: skip
    stride: tl.constexpr = HEADS // GROUP * WIDTH
    _store_rows(by_key + group * WIDTH, key_start, stride, here, keys, key_sums * scale, WIDTH)
    _store_rows(by_value + group * WIDTH, key_start, stride, here, keys, value_sums, WIDTH)
