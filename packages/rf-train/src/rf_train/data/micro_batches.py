"""What one device computes in an optimiser step: its micro-batches, and how much work they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rf_train.data.batches import MicroBatch, make_batch
from rf_train.data.rendering import BoolArray, IntArray
from rf_train.data.samples import Samples
from rf_train.data.schedule import Cut, cut_step
from rf_train.data.shuffle import IntVector


@dataclass(frozen=True)
class Step:
    """One optimiser step.

    `batches` are this device's; `samples`, `tokens` and `answers` (tokens with loss) count the
    whole step, over all devices. On this device `computed` is tokens with padding, `shared` tokens
    that were not computed because other samples of their micro-batch begin with the same ones.
    """

    batches: Sequence[MicroBatch]
    samples: int
    tokens: int
    answers: int
    computed: int
    shared: int


class MicroBatches:
    """Cuts sets of samples into micro-batches for one of several devices.

    Parameters
    ----------
    samples, cut
        What is cut, and how.
    pad_id
        Token that fills rows up.
    multiple
        Lengths are rounded up to a multiple of it.
    longest
        Bound on the keys of any piece, in tokens; None: each batch has its own.
    rank, devices
        This device's number, and how many share the work.
    """

    def __init__(
        self,
        samples: Samples,
        cut: Cut,
        *,
        pad_id: int,
        multiple: int,
        longest: int | None = None,
        rank: int = 0,
        devices: int = 1,
    ) -> None:
        self.samples, self.cut, self.pad_id, self.multiple = samples, cut, pad_id, multiple
        self.longest, self.rank, self.devices = longest, rank, devices
        self.largest = 0  # tokens, padding included, of the largest batch so far

    def groups(self, indices: IntVector) -> list[IntVector]:
        """The samples of each of this device's micro-batches; equally many on every device."""
        own = self.samples.lengths(indices) - self._prefix_lengths(indices)
        lengths = dict(zip(indices.tolist(), own.tolist(), strict=True))
        return cut_step(indices, lengths, self.cut, self.devices)[self.rank]

    def batch(self, group: IntVector) -> MicroBatch:
        """A micro-batch of some samples; of none: of one, without loss.

        So a device for which nothing is left goes through the motions with the others.
        """
        made = make_batch(
            self._pairs(group),
            self.cut.layout,
            self.pad_id,
            self.multiple,
            longest=self.longest,
            prefixes=self._prefix_lengths(group if len(group) else np.array([0])).tolist(),
        )
        self.samples.release()  # the batch is a copy
        self.largest = max(self.largest, made.input_ids.numel())
        return made

    def step(self, indices: IntVector) -> Step:
        """The step over the samples `indices`."""
        groups = self.groups(indices)
        batches = [self.batch(group) for group in groups]
        prefixes = sum(
            int(self._prefix_lengths(group if len(group) else np.array([0])).sum())
            for group in groups
        )
        once = sum(batch.shared.copies.shape[1] for batch in batches if batch.shared)
        return Step(
            batches,
            samples=len(indices),
            tokens=int(self.samples.lengths(indices).sum()),
            answers=int(self.samples.answer_lengths(indices).sum()),
            computed=sum(batch.input_ids.numel() for batch in batches),
            shared=prefixes - once,
        )

    def _pairs(self, group: IntVector) -> list[tuple[IntArray, BoolArray]]:
        if len(group):
            return [self.samples.sample(int(index)) for index in group]
        ids, answer = self.samples.sample(0)
        return [(ids, answer & False)]

    def _prefix_lengths(self, indices: IntVector) -> IntVector:
        """Tokens at the start of these samples that are computed once for many."""
        return self.samples.prefix_lengths(indices) if self.cut.shared else 0 * indices
