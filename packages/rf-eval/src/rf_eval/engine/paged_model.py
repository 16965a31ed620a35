"""A prepared model on the CPU, with keys and values in blocks that sequences can share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rf_eval.engine.install import ENGINE_NAME, import_openvino, in_one_line, openvino_core
from rf_eval.engine.paging import load_paged
from rf_eval.engine.prepare import GRAPH_FILE
from rf_eval.errors import EvalError

BLOCK_TOKENS = 32  # fixed by the CPU plugin's attention kernel
_FIRST_BLOCKS = 64


@dataclass(frozen=True)
class Chunk:
    """Tokens of one sequence to compute next.

    `blocks` contain its first `past` tokens and have room for the new ones. Logits are computed
    for the last `sampled` of the new tokens.
    """

    tokens: Sequence[int]
    past: int
    blocks: Sequence[int]
    sampled: int


class PagedModel:
    """Computes chunks of many sequences in one pass."""

    def __init__(self, request: Any, inputs: Sequence[Any], tensor: Any) -> None:
        self._request, self._tensor = request, tensor
        self._caches = [port for port in inputs if "_cache." in port.get_any_name()]
        self._storage: dict[str, Any] = {}
        self._references: list[int] = []
        self._free: list[int] = []

    def compute(self, chunks: Sequence[Chunk]) -> NDArray[np.float32]:
        """Logits, one row per sampled position in order; valid until the next call.

        Raises EvalError with one line, also if the CPU is not supported.
        """
        lengths = np.array([len(chunk.tokens) for chunk in chunks])
        ends = np.cumsum(lengths)
        used = [chunk.blocks[: blocks_for(chunk.past + len(chunk.tokens))] for chunk in chunks]
        sampled = [np.arange(e - c.sampled, e) for e, c in zip(ends, chunks, strict=True)]
        ids = [token for chunk in chunks for token in chunk.tokens]
        positions = [np.arange(c.past, c.past + len(c.tokens)) for c in chunks]
        self._set("input_ids", np.array(ids, np.int64))
        self._set("position_ids", np.concatenate(positions).astype(np.int64))
        self._set("sampled", np.concatenate(sampled).astype(np.int64))
        self._set("past_lens", np.array([chunk.past for chunk in chunks], np.int32))
        self._set("subsequence_begins", np.concatenate(([0], ends)).astype(np.int32))
        self._set("block_indices", np.array([b for blocks in used for b in blocks], np.int32))
        begins = np.cumsum([0, *(len(blocks) for blocks in used)])
        self._set("block_indices_begins", begins.astype(np.int32))
        longest = max(chunk.past + len(chunk.tokens) for chunk in chunks)
        self._set("max_context_len", np.array(longest, np.int32))
        with in_one_line():
            self._request.infer()
        logits: NDArray[np.float32] = self._request.get_tensor("logits").data
        if logits.size == 0:  # the CPU plugin has no attention kernel for this CPU
            raise EvalError(f"{ENGINE_NAME}: this CPU is too old (on x86 it needs AVX2)")
        return logits.reshape(-1, logits.shape[-1])

    def allocate(self) -> int:
        """A block with one owner. Raises EvalError if memory is exhausted."""
        if not self._free:
            self._grow(max(_FIRST_BLOCKS, 2 * len(self._references)))
        block = self._free.pop()
        self._references[block] = 1
        return block

    def share(self, block: int) -> int:
        """The same block with one more owner."""
        self._references[block] += 1
        return block

    def release(self, blocks: Sequence[int]) -> None:
        """Removes one owner from each block."""
        for block in blocks:
            self._references[block] -= 1
            if not self._references[block]:
                self._free.append(block)

    def copy(self, block: int) -> int:
        """A new block with the contents of `block`."""
        new = self.allocate()
        for storage in self._storage.values():
            values = storage.data
            values[new] = values[block]
        return new

    def _set(self, name: str, values: NDArray[Any]) -> None:
        self._request.set_tensor(name, self._tensor(values))

    def _grow(self, blocks: int) -> None:
        """Extends the storage to `blocks` blocks and keeps the contents."""
        kept = len(self._references)
        with in_one_line():
            for port in self._caches:
                name, shape = port.get_any_name(), port.get_partial_shape()
                sizes = [blocks, *(shape[axis].get_length() for axis in (1, 2, 3))]
                grown = self._tensor(port.get_element_type(), sizes)
                if kept:
                    grown.data[:kept] = self._storage[name].data
                self._storage[name] = grown
                self._request.set_tensor(name, grown)
        self._references += [0] * (blocks - kept)
        self._free += range(blocks - 1, kept - 1, -1)


def blocks_for(tokens: int) -> int:
    """The number of blocks for this many tokens."""
    return -(-tokens // BLOCK_TOKENS)


class OpenedModel:
    """A prepared model's graph, not yet compiled. Raises EvalError with one line.

    `precision` and `attention` are from its record.
    """

    def __init__(self, folder: Path, precision: str, attention: Mapping[str, int]) -> None:
        with in_one_line():
            self._library = import_openvino()
            self._core = openvino_core()
            self._graph = load_paged(self._core, folder / GRAPH_FILE, attention)
        self._precision = precision

    def compile(self, threads: int | None = None, *, for_batches: bool = False) -> PagedModel:
        """The model, compiled for this CPU. Raises EvalError with one line.

        `threads` is the number for one pass; by default OpenVINO uses the physical cores.
        `for_batches` stores keys and values in half precision: half the memory, but passes of
        several tokens of one sequence, as with drafts, take up to twice as long.
        """
        properties = _properties(self._precision, threads, for_batches)
        with in_one_line():
            compiled = self._core.compile_model(self._graph, "CPU", properties)
            request = compiled.create_infer_request()
        _check_inputs({name for port in compiled.inputs for name in port.get_names()})
        return PagedModel(request, compiled.inputs, self._library.Tensor)


def _properties(precision: str, threads: int | None, for_batches: bool) -> dict[str, Any]:
    """Settings with float32 activations on every CPU, so that answers depend little on it."""
    exact = precision == "float32"
    chosen: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": "f32",
        "KV_CACHE_PRECISION": "f16" if for_batches and not exact else "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,
    }
    if exact:
        chosen["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = 0
    if threads is not None:
        chosen["INFERENCE_NUM_THREADS"] = threads
    return chosen


_INPUTS = frozenset(
    "input_ids position_ids sampled past_lens subsequence_begins block_indices"
    " block_indices_begins max_context_len".split()
)


def _check_inputs(names: set[str]) -> None:
    plain = {name for name in names if "_cache." not in name}
    if plain != _INPUTS:
        differing = ", ".join(sorted(plain ^ _INPUTS))
        raise EvalError(f"this version of openvino has other inputs ({differing})")
