"""Runs the Triton kernels on the CPU, by Triton's interpreter, and compares them with PyTorch.

A process of its own, since Triton must be imported with TRITON_INTERPRET=1. Prints one JSON object:
by name of what was compared, the relative distances of its results from the reference in float64.
The interpreter executes a kernel's own source, program by program; how it is compiled and how fast
it is, only a GPU can tell. It computes in float16, whose numbers numpy knows.
"""

import json
import os

os.environ["TRITON_INTERPRET"] = "1"

import numpy as np
import torch
from rf_train.data.batches import SharedKeys, shared_keys
from rf_train.model import attention, attention_kernels, fp8_mlp, gated_kernels, packed_attention
from rf_train.model.fp8 import quantise_rows
from torch.nn import functional

WIDTH = 16
ALONE = ((1, 33, 64, 3), (-1,) * 4)  # less than a block, a little more, two exactly
BEHIND = ((40, 17, 1, 30, 48), (-1, -1, 0, 0, 1))  # more keys than queries
attention_kernels.FORWARD = attention_kernels.BY_QUERIES = attention_kernels.Blocks(32, 16, 1, 1)
attention_kernels.BY_KEYS = attention_kernels.Blocks(16, 32, 1, 1)


def attention_results(lengths, prefixes, dtype, *, kernels):
    """Output and the gradients of queries, keys and values."""
    generator = torch.Generator().manual_seed(0)
    inputs = [
        torch.randn((1, heads, sum(lengths), WIDTH), generator=generator).to(dtype).requires_grad_()
        for heads in (4, 2, 2)
    ]
    weights = torch.randn((1, sum(lengths), 4, WIDTH), generator=generator).to(dtype)
    shared = None
    if max(prefixes) >= 0:
        shared = SharedKeys(*map(torch.from_numpy, shared_keys(lengths, prefixes)))
    settings = {
        "boundaries": torch.from_numpy(np.cumsum([0, *lengths], dtype=np.int32)),
        "shared": shared,
        "scaling": 0.3,
    }
    if kernels:
        output = attention._by_kernels(*inputs, **settings, longest=120, kernels="triton")
        assert output.dtype == dtype
    else:
        output = attention._piece_by_piece(*(x.double() for x in inputs), **settings)
        weights = weights.double()
    return output, *torch.autograd.grad(output, inputs, weights)


def attention_distances(lengths, prefixes, dtype):
    found = attention_results(lengths, prefixes, dtype, kernels=True)
    exact = attention_results(lengths, prefixes, dtype, kernels=False)
    return [distance(a, b) for a, b in zip(found, exact, strict=True)]


def distance(found, exact):
    found, exact = found.detach().double(), exact.detach().double()
    return float((found - exact).norm() / exact.norm())


def gating():
    """Distances of scales, and the share of FP8 values that are PyTorch's, forward and backward.

    The interpreter loses the carry where a value is rounded up to a power of two, about one in 50.
    """
    generator = torch.Generator().manual_seed(0)
    both = torch.randn((9, 96), generator=generator).half()
    both[3] = 0.0  # a row of zeros has a finite scale
    grad = torch.randn((9, 48), generator=generator).half()
    factors = torch.rand((1, 96), generator=generator)
    exact = both.double().requires_grad_()
    gated = functional.silu(exact[:, :48]) * exact[:, 48:]
    (by_both,) = torch.autograd.grad(gated, exact, grad.double())
    found = {"scales": [], "equal": []}
    for (values, scales), reference in [
        (gated_kernels.gated_rows(both), gated.detach()),
        (gated_kernels.gated_gradient_rows(grad, both, factors), by_both * factors),
    ]:
        expected, expected_scales = quantise_rows(reference.float())
        found["scales"].append(distance(scales, expected_scales))
        found["equal"].append(float((values.float() == expected.float()).float().mean()))
    return found


def check_operations():
    """What the compiler is told about shapes and strides is what the kernels return."""
    query, key, value = (torch.randn(24, heads, WIDTH) for heads in (4, 2, 2))
    bounds = torch.tensor([0, 24], dtype=torch.int32)
    permuted = query.transpose(0, 1).contiguous().transpose(0, 1)
    torch.library.opcheck(
        packed_attention.attention_forward, (permuted, key, value, bounds, bounds, 24, 0.25)
    )
    sums = torch.randn(4, 24)
    torch.library.opcheck(
        packed_attention.attention_backward,
        (permuted, query, key, value, sums, sums.clone(), bounds, bounds, 24, 0.25),
    )
    both, grad = torch.randn(5, 96).bfloat16(), torch.randn(5, 48).bfloat16()
    torch.library.opcheck(fp8_mlp.gated_rows, (both,))
    torch.library.opcheck(fp8_mlp.gated_gradient_rows, (grad, both, torch.rand(1, 96)))
    return True


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "attention": attention_distances(*ALONE, torch.float32),
                "attention behind prefixes": attention_distances(*BEHIND, torch.float32),
                "attention in float16": attention_distances(*BEHIND, torch.float16),
                "gating": gating(),
                "operations": check_operations(),
            }
        )
    )
