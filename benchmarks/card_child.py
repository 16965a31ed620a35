"""One process of a measured training run: `rf-train train` with a clock around its steps.

Started by `card_parts.py`, alone or by torchrun, with the path of a JSON file:
`recipe` (path of the YAML), `result` (path; `.RANK.json` is added), `stop_after` (leave after so
many steps without saving; 0: run to the end), `profile` (steps profiled at the end; 0: none) and
`changes` (names in `CHANGES`, to measure what a part of rf-train gains).
What is measured is written before the process ends, whatever way it ends.
"""

import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

RANK = int(os.environ.get("RANK", "0"))
# Parts of kernel names, by what the kernel is for; the first match counts. The compiler names a
# kernel after all operations fused into it, also after the product that only reads its output.
KINDS = {
    "communication": ("nccl",),
    "elementwise": ("triton_", "_gated_"),
    "attention": ("flash", "fmha", "attention", "varlen"),
    "nf4 to bf16": ("dequantize", "kdequant"),
    "products": ("gemm", "cutlass", "nvjet", "xmma", "cublas", "splitk", "scaled_mm"),
    "other elementwise": ("elementwise", "reduce", "multi_tensor", "index", "copy", "memcpy"),
}


def kind_of(kernel: str) -> str:
    """What a kernel is for, by its name."""
    name = kernel.lower()
    found = next((kind for kind, words in KINDS.items() if any(w in name for w in words)), "other")
    return found.removeprefix("other ")


def busy_seconds(spans: Iterable[tuple[float, float]]) -> float:
    """Length of the union of (start, end) spans."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def split_of(kernels: list[tuple[str, float, float]], wall: float, steps: int) -> dict:
    """Milliseconds a step by kind of kernel, and of the card waiting; spans in microseconds."""
    split: dict[str, float] = {}
    longest: dict[str, float] = {}
    for name, start, end in kernels:
        split[kind_of(name)] = split.get(kind_of(name), 0.0) + end - start
        longest[name[:120]] = longest.get(name[:120], 0.0) + end - start
    busy = busy_seconds((start, end) for _, start, end in kernels) / 1e6
    largest = sorted(longest.items(), key=lambda item: -item[1])[:40]
    return {
        "milliseconds_per_step": {
            **{kind: round(total / 1e3 / steps, 3) for kind, total in sorted(split.items())},
            "host": round(1e3 * max(0.0, wall - busy) / steps, 3),
        },
        "wall_milliseconds_per_step": round(1e3 * wall / steps, 3),
        "largest_kernels": {name: round(total / 1e3 / steps, 3) for name, total in largest},
    }


class Clock:
    """Hangs on the log: sees the end of every step, after its loss has reached the host."""

    def __init__(self, spec: dict) -> None:
        self.spec, self.lines, self.profiler = spec, [], None
        self.result: dict = {"rank": RANK, "pid": os.getpid()}

    def after_step(self, step: int, loss: float, tokens: int) -> None:
        self.lines.append({"step": step, "at": time.time(), "loss": loss, "tokens": tokens})
        total, profiled = self.spec["steps"], self.spec["profile"]
        if RANK == 0 and profiled:
            if step == total - profiled:
                self.start_profile()
            if step == total:
                self.stop_profile(profiled)
        if self.spec["stop_after"] and step >= self.spec["stop_after"]:
            self.write()
            sys.stdout.flush()
            os._exit(0)
        if RANK == 0 and step == 1:
            self.write()  # whoever waits for the run to have begun looks for this file

    def start_profile(self) -> None:
        import torch
        from torch.profiler import ProfilerActivity, profile

        cuda = torch.cuda.is_available()
        self.profiler = profile(
            activities=[ProfilerActivity.CUDA if cuda else ProfilerActivity.CPU]
        )
        self.profiler.start()
        self.profiled_from = time.perf_counter()

    def stop_profile(self, steps: int) -> None:
        import torch
        from torch.autograd import DeviceType

        wall = time.perf_counter() - self.profiled_from
        self.profiler.stop()
        kernels = [
            (event.name, event.time_range.start, event.time_range.end)
            for event in self.profiler.events()
            if event.device_type == DeviceType.CUDA
        ]
        if torch.cuda.is_available():
            self.result["profile"] = split_of(kernels, wall, steps)

    def write(self) -> None:
        import torch

        if torch.cuda.is_available():
            self.result["peak_bytes"] = torch.cuda.max_memory_allocated()
            self.result["reserved_bytes"] = torch.cuda.max_memory_reserved()
            self.result["device"] = torch.cuda.get_device_name()
        path = Path(f"{self.spec['result']}.{RANK}.json")
        text = json.dumps({**self.result, "steps": self.lines})
        path.with_suffix(".part").write_text(text, encoding="utf-8")
        os.replace(path.with_suffix(".part"), path)


def hang_on(clock: Clock) -> None:
    """Has the log call the clock; rf-train itself knows nothing of it."""
    from rf_train.training.log import RunLog

    original = RunLog.train_line

    def train_line(self, step, *, loss, lr, grad_norm, tokens):
        original(self, step, loss=loss, lr=lr, grad_norm=grad_norm, tokens=tokens)
        clock.after_step(step, loss, tokens)

    RunLog.train_line = train_line


class Late:
    """A step that is made when it is first asked for anything."""

    def __init__(self, make) -> None:
        self._make, self._made = make, None

    def __getattr__(self, name):
        self._made = self._made or self._make()
        return getattr(self._made, name)


def without_attention_kernels() -> None:
    """PyTorch's variable-length flash attention in place of our kernels."""
    from rf_train.model import attention

    attention.triton_works = lambda *heads: False


def without_joined_mlps() -> None:
    """Three layers in FP8, gated by the compiler's kernels."""
    from rf_train.training import build

    build.join_gated_mlps = lambda decoder: 0


def without_prefetching() -> None:
    """A step's micro-batches made when the step begins."""
    from rf_train.training import loop

    make = loop.step_on_device
    loop.step_on_device = lambda job, number: Late(lambda: make(job, number))


def with_one_pass_reductions() -> None:
    """The compiler also tries kernels that keep long rows in registers, and takes the faster."""
    import torch._inductor.config

    torch._inductor.config.triton.multi_kernel = 1


def with_fp8_anywhere() -> None:
    """FP8 on the CPU, for a rehearsal."""
    from rf_train.training import run

    run.require_fp8 = lambda device: None


CHANGES = {
    "anywhere": with_fp8_anywhere,
    "flash": without_attention_kernels,
    "apart": without_joined_mlps,
    "late": without_prefetching,
    "one pass": with_one_pass_reductions,
}


def limit_memory(gigabytes: float | None) -> None:
    """Holds this process to a smaller card's memory."""
    import torch

    if gigabytes and torch.cuda.is_available():
        whole = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, gigabytes * 1e9 / whole))


def main() -> int:
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    from rf_train.cli import run

    limit_memory(spec.get("card_gigabytes"))
    for name in spec.get("changes", ()):
        CHANGES[name]()
    clock = Clock(spec)
    hang_on(clock)
    options = ["--resume"] if spec.get("resume") else ["--force"]
    code = 1
    try:
        code = run(["train", spec["recipe"], *options])
    finally:
        clock.result["exit"] = code
        clock.write()
    return code


if __name__ == "__main__":
    sys.exit(main())
