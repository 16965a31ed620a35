"""A micro-batch as tensors: token ids, positions, and where the loss is.

`packed` lays samples end to end in one row, `padded` gives each its own row, filled up on the
right. Either way a token sees only earlier tokens of its own sample: packed rows carry the
boundaries, and right padding comes after everything that attends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from rf_train.rendering import BoolArray, IntArray
from rf_train.schedule import Layout

if TYPE_CHECKING:
    import torch

# Lengths are rounded up to this, so that compiled layers and kernels meet few shapes.
MULTIPLE = 64


@dataclass(frozen=True)
class MicroBatch:
    """What one forward pass reads; B rows of L tokens, K predicted tokens.

    `answer_at` [K] indexes the flattened B·L hidden states that predict `answers` [K].
    `boundaries` [S+1] are the cumulative lengths of the packed samples (None when padded);
    `longest` is a bound on their length.
    """

    input_ids: "torch.Tensor"
    position_ids: "torch.Tensor"
    answer_at: "torch.Tensor"
    answers: "torch.Tensor"
    boundaries: "torch.Tensor | None"
    longest: int

    def to(self, device: "torch.device") -> "MicroBatch":
        """The same on `device`; the copy does not wait."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        moved = {
            name: value.to(device, non_blocking=True) if hasattr(value, "to") else value
            for name, value in values.items()
        }
        return MicroBatch(**moved)

    def kwargs(self) -> dict[str, Any]:
        """The fields by name, as the model takes them."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def make_batch(
    samples: Sequence[tuple[IntArray, BoolArray]],
    layout: Layout,
    pad_id: int,
    multiple: int = 1,
    *,
    longest: int | None = None,
) -> MicroBatch:
    """Lays samples (ids, loss marks) out as one micro-batch, lengths rounded up to `multiple`.

    `longest` bounds the length of any sample of the run: a constant keeps compiled code valid.
    """
    import torch

    arrange = _packed if layout == "packed" else _padded
    ids, positions, answer, boundaries, bound = arrange(samples, pad_id, multiple)
    targets = np.flatnonzero(answer)
    return MicroBatch(
        input_ids=torch.from_numpy(ids.astype(np.int64)),
        position_ids=torch.from_numpy(positions.astype(np.int64)),
        answer_at=torch.from_numpy(targets - 1),
        answers=torch.from_numpy(ids.reshape(-1)[targets].astype(np.int64)),
        boundaries=None if boundaries is None else torch.from_numpy(boundaries),
        longest=longest or bound,
    )


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _packed(
    samples: Sequence[tuple[IntArray, BoolArray]], pad_id: int, multiple: int
) -> tuple[IntArray, IntArray, BoolArray, IntArray | None, int]:
    """One row; what is missing to the multiple is one more sample, of pads and without loss."""
    lengths = [len(ids) for ids, _ in samples]
    padding = _round_up(sum(lengths), multiple) - sum(lengths)
    if padding:
        samples = [*samples, (np.full(padding, pad_id, np.int32), np.zeros(padding, np.bool_))]
        lengths.append(padding)
    ids = np.concatenate([ids for ids, _ in samples])[None]
    answer = np.concatenate([marks for _, marks in samples])
    positions = np.concatenate([np.arange(length, dtype=np.int32) for length in lengths])[None]
    boundaries = np.cumsum([0, *lengths], dtype=np.int32)
    return ids, positions, answer, boundaries, _round_up(max(lengths), multiple)


def _padded(
    samples: Sequence[tuple[IntArray, BoolArray]], pad_id: int, multiple: int
) -> tuple[IntArray, IntArray, BoolArray, IntArray | None, int]:
    """One row a sample, filled up on the right to the longest."""
    width = _round_up(max(len(ids) for ids, _ in samples), multiple)
    ids = np.full((len(samples), width), pad_id, np.int32)
    answer = np.zeros((len(samples), width), np.bool_)
    for row, (sample, marks) in enumerate(samples):
        ids[row, : len(sample)] = sample
        answer[row, : len(marks)] = marks
    positions = np.broadcast_to(np.arange(width, dtype=np.int32), ids.shape)
    return ids, positions, answer, None, width
