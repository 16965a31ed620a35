"""All samples of a part of a run: those of its files one behind the other, or a draw from them.

Nothing here holds an array with an entry for every sample: there may be tens of millions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rf_train.data.prefixes import Prefixes, find_prefixes, head_sums
from rf_train.data.rendering import BoolArray, IntArray
from rf_train.data.shuffle import IntVector, shuffled
from rf_train.data.stored import Stored, Summary
from rf_train.errors import TrainError

_BLOCK = 2**16  # samples looked at at once
_HELD_OUT = 2**63  # sets the draw of validation dialogues apart from the shuffles of all epochs


class Sizes(NamedTuple):
    """Tokens of all samples, those of them with loss, and tokens of the longest sample."""

    tokens: int
    answers: int
    longest: int


class Own(NamedTuple):
    """Tokens that samples have of their own, beside a shared prefix: of all, of the longest."""

    tokens: int
    longest: int


@dataclass(frozen=True)
class Chosen:
    """Some of `total` rows: the `listed` ones (ascending), or all the others."""

    total: int
    listed: IntVector
    others: bool

    def __len__(self) -> int:
        return self.total - len(self.listed) if self.others else len(self.listed)

    def rows(self, indices: IntVector) -> IntVector:
        """The rows of the chosen ones with these indices."""
        if self.others:
            return indices + np.searchsorted(self._others_before, indices, side="right")
        return self.listed[indices]

    @cached_property
    def _others_before(self) -> IntVector:
        """How many rows that are not listed stand before each listed one."""
        return self.listed - np.arange(len(self.listed))


class Samples:
    """n tokenised samples, by index. `summary` is that of all files, or empty for drawn ones."""

    def __init__(
        self,
        files: Sequence[Stored],
        summary: Summary | None = None,
        chosen: Chosen | None = None,
    ) -> None:
        self.files = tuple(files)
        self._ends = np.cumsum([len(file) for file in files])
        self._starts = self._ends - [len(file) for file in files]
        self.chosen = chosen or Chosen(int(self._ends[-1]), np.empty(0, np.int64), others=True)
        self.summary = _joined(self.files) if summary is None else summary

    def __len__(self) -> int:
        return len(self.chosen)

    def lengths(self, indices: IntVector) -> IntVector:
        """Tokens of these samples."""
        return self._gathered(indices, lambda file, i: file.offsets[i + 1] - file.offsets[i])

    def answer_lengths(self, indices: IntVector) -> IntVector:
        """Tokens of these samples that carry loss."""
        return self._gathered(indices, lambda file, i: file.answers[i].astype(np.int64))

    def lines(self, indices: IntVector) -> IntVector:
        """Lines of the dialogues of these samples; they count on from file to file."""
        before = np.cumsum([0, *(int(file.lines[-1]) for file in self.files)])
        rows = self.chosen.rows(indices)
        lines = self._gathered(indices, lambda file, i: file.lines[i])
        lines += before[self._file_of(rows)]
        return lines

    def prefix_lengths(self, indices: IntVector) -> IntVector:
        """Tokens at the start of these samples that are those of many."""
        return self.shared.lengths(head_sums(self, indices))

    def sample(self, index: int) -> tuple[IntArray, BoolArray]:
        """Ids and loss marks of one sample, as views."""
        row = self.chosen.rows(np.array([index]))
        number = int(self._file_of(row)[0])
        file, place = self.files[number], int(row[0] - self._starts[number])
        span = slice(file.offsets[place], file.offsets[place + 1])
        return file.ids[span], file.answer[span]

    def heads(self, indices: IntVector, width: int) -> tuple[IntArray, BoolArray]:
        """First tokens [k, width] of k samples, each of at least so many, and their loss marks."""
        rows = self.chosen.rows(np.asarray(indices))
        numbers = self._file_of(rows)
        ids = np.empty((len(rows), width), np.int32)
        answer = np.empty((len(rows), width), np.bool_)
        for number in np.unique(numbers):
            here, file = numbers == number, self.files[number]
            starts = file.offsets[rows[here] - self._starts[number]]
            ids[here] = sliding_window_view(file.ids, width)[starts]
            answer[here] = sliding_window_view(file.answer, width)[starts]
        return ids, answer

    def release(self) -> None:
        """Gives back the memory of what was read; views stay valid."""
        for file in self.files:
            file.release()

    def blocks(self, size: int = _BLOCK) -> Iterator[IntVector]:
        """All indices in order, some at a time; what was read of the last ones is given back."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))
            self.release()

    @cached_property
    def sizes(self) -> Sizes:
        """Sums over all samples."""
        tokens = answers = longest = 0
        for indices in self.blocks():
            lengths = self.lengths(indices)
            tokens += int(lengths.sum())
            answers += int(self.answer_lengths(indices).sum())
            longest = max(longest, int(lengths.max()))
        return Sizes(tokens, answers, longest)

    def own(self) -> Own:
        """What is left of all samples without their shared prefixes."""
        tokens = longest = 0
        for indices in self.blocks():
            lengths = self.lengths(indices) - self.prefix_lengths(indices)
            tokens += int(lengths.sum())
            longest = max(longest, int(lengths.max()))
        return Own(tokens, longest)

    @cached_property
    def shared(self) -> Prefixes:
        """What many samples begin with: system prompts, one a language or so."""
        return find_prefixes(self)

    def split(self, share: float, seed: int) -> tuple["Samples", "Samples"]:
        """Training samples, and those of dialogues drawn for validation.

        `share` is a fraction of the dialogues, or from 1 on their number. All samples of a
        dialogue stay on one side. Raises TrainError where a side stays empty.
        """
        total = 0
        for _, numbers in self._dialogues():
            total = int(numbers[-1]) + 1
        count = held_out(share, total)
        drawn = np.sort(shuffled(total, (seed, _HELD_OUT), 0, count))
        found = [indices[np.isin(numbers, drawn)] for indices, numbers in self._dialogues()]
        rows = np.concatenate(found)
        train = Summary(
            total - count, self.summary.skipped, self.summary.systems, self.summary.tools
        )
        return (
            Samples(self.files, train, Chosen(len(self), rows, others=True)),
            Samples(self.files, Summary(count), Chosen(len(self), rows, others=False)),
        )

    def _dialogues(self) -> Iterator[tuple[IntVector, IntVector]]:
        """Indices, some at a time, and the numbers of their dialogues, counted from 0."""
        number, line = -1, -1
        for indices in self.blocks():
            lines = self.lines(indices)
            numbers = number + np.cumsum(np.diff(lines, prepend=line) != 0)
            yield indices, numbers
            number, line = int(numbers[-1]), int(lines[-1])

    def _file_of(self, rows: IntVector) -> IntVector:
        return np.searchsorted(self._ends, rows, side="right")

    def _gathered(
        self, indices: IntVector, values: Callable[[Stored, IntVector], IntVector]
    ) -> IntVector:
        """The values of these samples, each asked of its file by its place there."""
        rows = self.chosen.rows(np.asarray(indices))
        numbers = self._file_of(rows)
        gathered = np.empty(len(rows), np.int64)
        for number in np.unique(numbers):
            here = numbers == number
            gathered[here] = values(self.files[number], rows[here] - self._starts[number])
        return gathered


def _joined(files: Sequence[Stored]) -> Summary:
    if len(files) == 1:
        return files[0].summary
    whole = Summary()
    for file in files:
        whole.extend(file.summary)
    return whole


def held_out(share: float, dialogues: int) -> int:
    """Dialogues that `val_size` takes of so many. Raises TrainError where a side stays empty."""
    count = round(share * dialogues) if share < 1 else int(share)
    if not 0 < count < dialogues:
        raise TrainError(f"val_size: {share:g} of {dialogues} dialogues leaves one side empty")
    return count
