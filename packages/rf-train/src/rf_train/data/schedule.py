"""Which samples belong to which optimiser step, and how a step is cut into micro-batches.

Both are pure functions of the seed and the step's number. So a resumed run needs to skip
nothing, every device knows the whole step, and a cut can change without changing the step.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rf_train.data.shuffle import IntVector, shuffled

Layout = Literal["packed", "padded"]
Lengths = IntVector | Mapping[int, int]


@dataclass(frozen=True)
class Schedule:
    """`samples` samples in steps of `batch`, reshuffled every epoch, `total_steps` in all.

    `seed` decides the order (`Recipe.order_seed`).
    """

    samples: int
    batch: int
    total_steps: int
    seed: int

    @classmethod
    def plan(
        cls, samples: int, batch: int, *, epochs: float, max_steps: int, seed: int
    ) -> "Schedule":
        """Epochs decide the number of steps unless `max_steps` (> 0) does."""
        steps = max_steps if max_steps > 0 else math.ceil(epochs * math.ceil(samples / batch))
        return cls(samples, batch, steps, seed)

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps per epoch; the last one may hold fewer samples."""
        return math.ceil(self.samples / self.batch)

    def step(self, number: int) -> IntVector:
        """Indices of the samples of optimiser step `number`, counted from 0."""
        epoch, place = divmod(number, self.steps_per_epoch)
        start = place * self.batch
        return shuffled(self.samples, (self.seed, epoch), start, start + self.batch)


@dataclass(frozen=True)
class Cut:
    """How a device works through its share of a step.

    `tokens`: at most so many tokens (padding included) a micro-batch; `samples`: exactly so many
    samples each, in the order drawn, whatever their length (a plain cut). `shared`: tokens of
    prefixes that a packed micro-batch may hold beside its samples.
    """

    layout: Layout
    tokens: int | None = None
    samples: int | None = None
    shared: int = 0


def cut_step(indices: IntVector, lengths: Lengths, cut: Cut, devices: int) -> list[list[IntVector]]:
    """Micro-batches of each device: `result[device][k]` are sample indices.

    `lengths`, by index, are of what each sample has of its own, beside what `cut` says is shared.

    Every device gets equally many, because sharded weights must be gathered in step; where the
    samples do not suffice, a micro-batch is empty. Every index stands in exactly one.
    """
    if cut.shared and cut.tokens is not None:
        cut = replace(cut, tokens=max(1, cut.tokens - cut.shared))
    shares = _share(indices, lengths, cut, devices)
    cuts = [_cut_share(share, lengths, cut) for share in shares]
    most = max(len(micro) for micro in cuts)
    empty = np.empty(0, dtype=np.int64)
    return [micro + [empty] * (most - len(micro)) for micro in cuts]


def _share(indices: IntVector, lengths: Lengths, cut: Cut, devices: int) -> list[IntVector]:
    """One share per device, of about equally many tokens; a plain cut deals in order."""
    if cut.samples is not None or devices == 1:
        return [indices[device::devices] for device in range(devices)]
    load = [0] * devices
    shares: list[list[int]] = [[] for _ in range(devices)]
    for index in sorted(indices.tolist(), key=lambda i: (-lengths[i], i)):
        device = load.index(min(load))
        shares[device].append(index)
        load[device] += int(lengths[index])
    return [np.array(share, dtype=np.int64) for share in shares]


def _cut_share(share: IntVector, lengths: Lengths, cut: Cut) -> list[IntVector]:
    if cut.samples is not None:
        return [share[i : i + cut.samples] for i in range(0, len(share), cut.samples)]
    if len(share) == 0:
        return []
    ordered = sorted(share.tolist(), key=lambda i: (-lengths[i], i))
    groups = _pack(ordered, lengths, cut) if cut.layout == "packed" else _pad(ordered, lengths, cut)
    return [np.array(group, dtype=np.int64) for group in groups]


def _pack(ordered: Sequence[int], lengths: Lengths, cut: Cut) -> list[list[int]]:
    """Evenly filled bins: as few as the limit allows, each sample into the emptiest."""
    limit = cut.tokens or int(sum(lengths[i] for i in ordered))
    bins = math.ceil(sum(int(lengths[i]) for i in ordered) / limit)
    while True:
        groups: list[list[int]] = [[] for _ in range(bins)]
        load = [0] * bins
        for index in ordered:
            emptiest = load.index(min(load))
            groups[emptiest].append(index)
            load[emptiest] += int(lengths[index])
        if max(load) <= limit or bins >= len(ordered):
            return [group for group in groups if group]
        bins += 1


def _pad(ordered: Sequence[int], lengths: Lengths, cut: Cut) -> list[list[int]]:
    """Runs of similar length, cut where the padded rectangle would pass the limit."""
    groups: list[list[int]] = [[]]
    for index in ordered:
        longest = int(lengths[groups[-1][0]]) if groups[-1] else 0
        if groups[-1] and cut.tokens and longest * (len(groups[-1]) + 1) > cut.tokens:
            groups.append([])
        groups[-1].append(index)
    return groups
