"""A micro-batch as tensors: token ids, positions, and where the loss is.

`packed` lays samples end to end in one row, `padded` gives each its own row, filled up on the
right. Either way a token sees only earlier tokens of its own sample: packed rows carry the
boundaries, and right padding comes after everything that attends.

What many samples begin with can stand in a packed row once: first these prefixes, then what each
sample has of its own. The hidden states of a prefix do not depend on what follows, so a sample's
keys and values are its prefix's and its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rf_train.data.rendering import BoolArray, IntArray
from rf_train.data.schedule import Layout

if TYPE_CHECKING:
    import torch

# Lengths are rounded up to this, so that compiled layers and kernels see few shapes.
MULTIPLE = 64


class SharedKeys(NamedTuple):
    """Where keys and values stand if the first R tokens of a row of T are prefixes of others.

    A piece of the row has as keys its own, and in front of them those of its prefix: N in all.

    `boundaries` [S+1], int32: cumulative numbers of keys. `source` [N]: the token of every key.
    `own` [T]: the place of every token's own key. `copies` [C, R]: the places of the other keys of
    the prefixes' tokens, -1 where one has fewer.
    """

    boundaries: "torch.Tensor"
    source: "torch.Tensor"
    own: "torch.Tensor"
    copies: "torch.Tensor"


@dataclass(frozen=True)
class MicroBatch:
    """What one forward pass reads; B rows of L tokens, K predicted tokens.

    `answer_at` [K] indexes the flattened B·L hidden states that predict `answers` [K].
    `boundaries` [S+1] are the cumulative lengths of the packed pieces (None when padded);
    `longest` is a bound on the keys of a piece; `shared` is None where no prefix is shared.
    """

    input_ids: "torch.Tensor"
    position_ids: "torch.Tensor"
    answer_at: "torch.Tensor"
    answers: "torch.Tensor"
    boundaries: "torch.Tensor | None"
    longest: int
    shared: SharedKeys | None = None

    def to(self, device: "torch.device") -> "MicroBatch":
        """The same on `device`, without waiting for what the device is still busy with."""
        moved: dict[str, Any] = {
            name: _moved(value, device) if hasattr(value, "to") else value
            for name, value in self.kwargs().items()
        }
        if self.shared is not None:
            moved["shared"] = SharedKeys(*(_moved(tensor, device) for tensor in self.shared))
        return MicroBatch(**moved)

    def kwargs(self) -> dict[str, Any]:
        """The fields by name, as the model takes them."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def _moved(tensor: "torch.Tensor", device: "torch.device") -> "torch.Tensor":
    """Copies out of pinned memory: CUDA waits for all earlier work before it reads any other."""
    return (tensor.pin_memory() if device.type == "cuda" else tensor).to(device, non_blocking=True)


def make_batch(
    samples: Sequence[tuple[IntArray, BoolArray]],
    layout: Layout,
    pad_id: int,
    multiple: int = 1,
    *,
    longest: int | None = None,
    prefixes: Sequence[int] | None = None,
) -> MicroBatch:
    """Lays samples (ids, loss marks) out as one micro-batch, lengths rounded up to `multiple`.

    `longest` bounds the keys of any piece of the run: a constant keeps compiled code valid.
    `prefixes`: tokens at the start of every sample that a packed row holds once for all samples
    that begin with the same ones; they carry no loss.
    """
    import torch

    if layout == "packed":
        lengths = prefixes or [0] * len(samples)
        ids, positions, answer, boundaries, shared, bound = _packed(
            samples, lengths, pad_id, multiple
        )
    else:
        ids, positions, answer, bound = _padded(samples, pad_id, multiple)
        boundaries, shared = None, None
    targets = np.flatnonzero(answer)
    return MicroBatch(
        input_ids=torch.from_numpy(ids.astype(np.int64)),
        position_ids=torch.from_numpy(positions.astype(np.int64)),
        answer_at=torch.from_numpy(targets - 1),
        answers=torch.from_numpy(ids.reshape(-1)[targets].astype(np.int64)),
        boundaries=None if boundaries is None else torch.from_numpy(boundaries),
        longest=longest or bound,
        shared=None if shared is None else SharedKeys(*map(torch.from_numpy, shared)),
    )


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _packed(
    samples: Sequence[tuple[IntArray, BoolArray]],
    prefixes: Sequence[int],
    pad_id: int,
    multiple: int,
) -> tuple[IntArray, IntArray, BoolArray, IntArray, tuple[Any, ...] | None, int]:
    """One row: the prefixes, the samples without them, and what is missing to the multiple as one
    more sample, of pads and without loss."""
    pieces, behind = _pieces(samples, prefixes)
    total = sum(len(ids) for ids, _ in pieces)
    if padding := _round_up(total, multiple) - total:
        pieces.append((np.full(padding, pad_id, np.int32), np.zeros(padding, np.bool_)))
        behind.append(-1)
    lengths = np.array([len(ids) for ids, _ in pieces])
    starts = np.where(np.array(behind) < 0, 0, lengths[behind])
    ids = np.concatenate([ids for ids, _ in pieces])[None]
    answer = np.concatenate([marks for _, marks in pieces])
    positions = np.concatenate(
        [np.arange(start, start + n) for start, n in zip(starts, lengths, strict=True)]
    )[None]
    boundaries = np.cumsum([0, *lengths], dtype=np.int32)
    shared = shared_keys(lengths, behind) if starts.any() else None
    longest = int((lengths + starts).max())
    return ids, positions, answer, boundaries, shared, _round_up(longest, multiple)


def _pieces(
    samples: Sequence[tuple[IntArray, BoolArray]], prefixes: Sequence[int]
) -> tuple[list[tuple[IntArray, BoolArray]], list[int]]:
    """The different prefixes of samples and then the rest of each; for every piece the place of
    the one that it comes behind, -1 if it begins anew."""
    places: dict[bytes, int] = {}
    first: list[tuple[IntArray, BoolArray]] = []
    rest, behind = [], []
    for (ids, marks), prefix in zip(samples, prefixes, strict=True):
        rest.append((ids[prefix:], marks[prefix:]))
        if not prefix:
            behind.append(-1)
            continue
        place = places.setdefault(ids[:prefix].tobytes(), len(places))
        if place == len(first):
            first.append((ids[:prefix], np.zeros(prefix, np.bool_)))
        behind.append(place)
    return first + rest, [-1] * len(first) + behind


def shared_keys(lengths: Any, behind: Sequence[int]) -> tuple[Any, ...]:
    """The arrays of `SharedKeys` for pieces of these `lengths` [S], each `behind` [S] another one.

    Pieces that others are behind come first; -1 is behind none.
    """
    lengths, before = np.asarray(lengths), np.asarray(behind)
    copied = np.where(before < 0, 0, lengths[before])
    ends, key_ends = np.cumsum(lengths), np.cumsum(lengths + copied)
    own = np.arange(ends[-1]) + np.repeat(np.cumsum(copied), lengths)
    source = np.empty(key_ends[-1], np.int64)
    source[own] = np.arange(len(own))
    uses = np.bincount(before[before >= 0])
    most = max(2, uses.max())  # code compiled for a single row would not do for more
    copies = np.full((most, ends[len(uses) - 1]), -1)
    used = [0] * len(uses)
    for piece in np.flatnonzero(before >= 0):
        prefix = before[piece]
        tokens = np.arange(ends[prefix] - lengths[prefix], ends[prefix])
        places = key_ends[piece] - lengths[piece] - copied[piece] + np.arange(len(tokens))
        source[places] = tokens
        copies[used[prefix], tokens] = places
        used[prefix] += 1
    return np.concatenate([[0], key_ends]).astype(np.int32), source, own, copies


def _padded(
    samples: Sequence[tuple[IntArray, BoolArray]], pad_id: int, multiple: int
) -> tuple[IntArray, IntArray, BoolArray, int]:
    """One row per sample, whole, filled up on the right to the longest."""
    width = _round_up(max(len(ids) for ids, _ in samples), multiple)
    ids = np.full((len(samples), width), pad_id, np.int32)
    answer = np.zeros((len(samples), width), np.bool_)
    for row, (sample, marks) in enumerate(samples):
        ids[row, : len(sample)] = sample
        answer[row, : len(marks)] = marks
    positions = np.broadcast_to(np.arange(width, dtype=np.int32), ids.shape)
    return ids, positions, answer, width
