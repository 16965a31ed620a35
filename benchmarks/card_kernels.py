"""Attention and gating of one layer of Qwen3-8B: our kernels, in several sizes, and PyTorch's.

    python benchmarks/card_kernels.py [--toy]

A row of 16 samples of 362 tokens on average. Times are medians by CUDA events, in microseconds.
Errors are ‖ours − reference‖ / ‖reference‖, the largest of the output and all gradients (of gating
the output's), the reference in float32. Prints a line per row; with RESULT set, rewrites
$RESULT.0.json after every row.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if "--toy" in sys.argv:
    os.environ["TRITON_INTERPRET"] = "1"

import numpy as np
import torch

FORWARD = [(128, 64, 8, 3), (128, 64, 8, 2), (128, 128, 8, 2), (64, 64, 4, 3), (128, 64, 4, 2)]
BY_QUERIES = [(128, 64, 8, 2), (128, 64, 8, 3), (64, 64, 4, 2), (64, 64, 4, 3)]
BY_KEYS = [(64, 128, 8, 2), (32, 128, 8, 2), (64, 64, 8, 2), (64, 64, 4, 2)]


class Bench:
    """Inputs, the clock and the rows so far."""

    def __init__(self, *, toy: bool) -> None:
        self.toy = toy
        self.device = torch.device("cpu" if toy else "cuda")
        self.dtype = torch.float16 if toy else torch.bfloat16
        self.rows: dict[str, Any] = {}
        rng = np.random.default_rng(0)
        lengths = np.clip(rng.normal(362, 80, 16), 180, 700).astype(int)
        self.lengths = [5, 37] if toy else [*lengths, -int(lengths.sum()) % 64 or 64]
        self.heads, self.groups, self.width = (4, 2, 16) if toy else (32, 8, 128)
        self.inner, self.longest = (48 if toy else 12288), 700
        self.tokens = int(sum(self.lengths))

    def drawn(self, *shape: int, seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(shape, generator=generator).to(self.device, self.dtype)

    def microseconds(self, call: Callable[[], Any], repeats: int = 20) -> float:
        """The median of single calls, after three that do not count."""
        times = []
        for number in range(2 if self.toy else repeats + 3):
            if self.toy:
                began = time.perf_counter()
                call()
                times.append(1e6 * (time.perf_counter() - began))
                continue
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            call()
            end.record()
            end.synchronize()
            if number >= 3:
                times.append(1e3 * start.elapsed_time(end))
        return statistics.median(times)

    def measure(
        self,
        name: str,
        forward: Callable[[], Any],
        backward: Callable[[], Any],
        errors: Callable[[], float],
    ) -> None:
        """A row; what goes wrong is one, too."""
        try:
            row: dict[str, Any] = {"error": errors()}
            row["forward"] = self.microseconds(forward)
            row["backward"] = self.microseconds(backward)
        except Exception as error:  # the other rows go on
            row = {"failed": f"{type(error).__name__}: {str(error).splitlines()[0][:150]}"}
        self.rows[name] = row
        print(f"{name}: {row}", flush=True)
        if "RESULT" in os.environ:
            text = json.dumps({"tokens": self.tokens, "rows": self.rows}, indent=1)
            Path(f"{os.environ['RESULT']}.0.json").write_text(text, encoding="utf-8")


def gap(found: Any, reference: Any) -> float:
    """The largest relative distance of some tensors."""
    pairs = zip(found, reference, strict=True)
    return max(float((a.float() - b.float()).norm() / b.float().norm()) for a, b in pairs)


def attention(bench: Bench) -> None:
    """Flash attention of PyTorch, our kernels in several sizes, and cuDNN's."""
    from rf_train.model import attention as plain
    from rf_train.model import attention_kernels as kernels

    shapes = [(bench.tokens, heads, bench.width) for heads in (bench.heads, *[bench.groups] * 2)]
    inputs = [bench.drawn(*shape, seed=n).requires_grad_() for n, shape in enumerate(shapes)]
    grad = bench.drawn(*shapes[0], seed=9)
    bounds = torch.tensor(np.cumsum([0, *bench.lengths]), dtype=torch.int32, device=bench.device)
    exact = [x.detach().float().transpose(0, 1)[None].requires_grad_() for x in inputs]
    output = plain._piece_by_piece(*exact, scaling=None, boundaries=bounds, shared=None)
    found = torch.autograd.grad(output, exact, grad.float()[None])
    reference = [output[0].detach(), *(x[0].transpose(0, 1) for x in found)]

    def row(name: str, compute: Callable[..., torch.Tensor]) -> None:
        def backward(result: torch.Tensor) -> Any:
            return torch.autograd.grad(result, inputs, grad, retain_graph=True)

        try:
            kept = compute(*inputs)
        except Exception as error:  # a kernel that is not here
            kept, reason = None, error

        def errors() -> float:
            if kept is None:
                raise reason
            return gap([kept.detach(), *backward(kept)], reference)

        bench.measure(name, lambda: compute(*inputs), lambda: backward(kept), errors)

    def flash(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return plain.varlen_attn(
            query, key, value, bounds, bounds, bench.longest, bench.longest,
            window_size=plain.CAUSAL_WINDOW, **plain._GROUPING,
        )  # fmt: skip

    def ours(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        from rf_train.model.packed_attention import packed_attention

        return packed_attention(query, key, value, bounds, bounds, bench.longest, None)

    row("flash attention of PyTorch", flash)
    row("attention, ours", ours)
    for name, choices in (("FORWARD", FORWARD), ("BY_QUERIES", BY_QUERIES), ("BY_KEYS", BY_KEYS)):
        default = getattr(kernels, name)
        for sizes in choices[:1] if bench.toy else choices:
            if not bench.toy:
                setattr(kernels, name, kernels.Blocks(*sizes))
            if tuple(default) != sizes:
                row(f"attention, ours, {name} {sizes}", ours)
        setattr(kernels, name, default)
    if not bench.toy:
        cudnn_row(bench, inputs, grad, bounds, reference)


def cudnn_row(
    bench: Bench, inputs: list[Any], grad: torch.Tensor, bounds: torch.Tensor, reference: list[Any]
) -> None:
    """cuDNN's attention for packed pieces, as PyTorch calls it for nested tensors."""
    query, key, value = (x.detach() for x in inputs)
    longest, scale = bench.longest, bench.width**-0.5
    kept: list[Any] = []

    def forward() -> Any:
        return torch.ops.aten._cudnn_attention_forward(
            query, key, value, None, bounds, bounds, longest, longest, True, 0.0, True, False,
            scale=scale,
        )  # fmt: skip

    def backward() -> Any:
        output, sums, _, _, _, _, seed, offset, _ = kept
        return torch.ops.aten._cudnn_attention_backward(
            grad, query, key, value, output, sums, seed, offset, None, bounds, bounds,
            longest, longest, 0.0, True, scale=scale,
        )  # fmt: skip

    def errors() -> float:
        kept.extend(forward())
        return gap([kept[0], *backward()], reference)

    bench.measure("attention of cuDNN", forward, backward, errors)


def gating(bench: Bench) -> None:
    """Gating with its quantisation: the compiler's kernels, and ours."""
    from rf_train.model import gated_kernels as kernels
    from rf_train.model.fp8 import quantise_rows

    both = bench.drawn(bench.tokens, 2 * bench.inner, seed=3)
    grad = bench.drawn(bench.tokens, bench.inner, seed=4)
    factors = torch.rand((1, 2 * bench.inner), device=bench.device) + 0.5

    def plain_forward(both: torch.Tensor) -> Any:
        gate, up = both.float().chunk(2, 1)
        return quantise_rows(torch.nn.functional.silu(gate) * up)

    def plain_backward(grad: torch.Tensor, both: torch.Tensor, factors: torch.Tensor) -> Any:
        gate, up = both.float().chunk(2, 1)
        share, grad = gate.sigmoid(), grad.float()
        width = gate.shape[1]
        by_gate = grad * up * share * (1 + gate * (1 - share)) * factors[:, :width]
        by_up = grad * gate * share * factors[:, width:]
        return *quantise_rows(by_gate), *quantise_rows(by_up)

    exact = [values.float() * scales for values, scales in (plain_forward(both),)]

    def errors() -> float:
        values, scales = kernels.gated_rows(both)
        return gap([values.float() * scales], exact)

    compiled = [f if bench.toy else torch.compile(f) for f in (plain_forward, plain_backward)]
    bench.measure(
        "gating, the compiler's",
        lambda: compiled[0](both),
        lambda: compiled[1](grad, both, factors),
        lambda: 0.0,
    )
    default = kernels._WARPS
    for warps in (default, 8, 32):
        kernels._WARPS = warps
        bench.measure(
            f"gating, ours, {warps} warps",
            lambda: kernels.gated_rows(both),
            lambda: kernels.gated_gradient_rows(grad, both, factors),
            errors,
        )
    kernels._WARPS = default


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--toy", action="store_true", help="small sizes, interpreted on the CPU")
    bench = Bench(toy=parser.parse_args().toy)
    if bench.toy:
        from rf_train.model import attention_kernels

        small = attention_kernels.Blocks(32, 16, 1, 1)
        attention_kernels.FORWARD = attention_kernels.BY_QUERIES = small
        attention_kernels.BY_KEYS = attention_kernels.Blocks(16, 32, 1, 1)
    gating(bench)
    attention(bench)


if __name__ == "__main__":
    main()
