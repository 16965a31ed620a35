"""What many samples begin with: system prompts, one a language or so.

Samples are told apart by their first `LEAST_SHARED` tokens; the prefix is all that those of a
group have in common before their loss. They are looked at some at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rf_train.data.rendering import BoolArray, IntArray
from rf_train.data.shuffle import IntVector

LEAST_SHARED = 16  # tokens; for fewer the copies of their keys are not worth it
_MOST_SHARED = 8  # prefixes
_LEAST_SHARE = 0.01  # of the samples that begin with a prefix
_CANDIDATES = 4096  # heads counted at once; any more frequent than one in so many is kept
_CHUNK = 2048  # samples compared at once
_TOO_SHORT = -1  # in place of a sum
_FACTORS = np.random.Generator(np.random.Philox(key=[1, 1])).integers(2**62, size=LEAST_SHARED)


class Heads(Protocol):
    """What is asked of samples."""

    def __len__(self) -> int: ...

    def blocks(self, size: int = ...) -> Iterator[IntVector]:
        """All indices in order, some at a time."""

    def lengths(self, indices: IntVector) -> IntVector:
        """Tokens of these samples."""

    def heads(self, indices: IntVector, width: int) -> tuple[IntArray, BoolArray]:
        """First tokens [k, width] of k samples and their loss marks."""


@dataclass(frozen=True)
class Prefixes:
    """Lengths of the different prefixes in tokens, the most frequent first, and the sums of the
    heads that they begin with."""

    distinct: tuple[int, ...]
    sums: tuple[int, ...]

    def lengths(self, sums: IntVector) -> IntVector:
        """Tokens of the prefixes of samples whose heads have these sums, 0 without one."""
        found = np.zeros(len(sums), np.int64)
        for known, length in zip(self.sums, self.distinct, strict=True):
            found[sums == known] = length
        return found


def head_sums(samples: Heads, indices: IntVector) -> IntVector:
    """For each of these samples a number that is the same where the first tokens are."""
    sums = np.full(len(indices), _TOO_SHORT, np.int64)
    able = samples.lengths(indices) > LEAST_SHARED
    heads, _ = samples.heads(indices[able], LEAST_SHARED)
    sums[able] = heads.astype(np.int64) @ _FACTORS
    return sums


def find_prefixes(samples: Heads) -> Prefixes:
    """The prefixes that at least one in a hundred samples begins with."""
    frequent = [
        head
        for head, count in _most_frequent(samples)
        if count >= max(2, len(samples) * _LEAST_SHARE)
    ]
    common = _common_prefixes(samples, frequent)
    kept = [(common[head], head) for head in frequent if common[head] >= LEAST_SHARED]
    return Prefixes(tuple(length for length, _ in kept), tuple(head for _, head in kept))


def _most_frequent(samples: Heads) -> list[tuple[int, int]]:
    """Sums of the most frequent heads and how many samples have them, the most frequent first."""
    sums, counts, exact = _candidates(samples)
    if not exact:
        counts = np.zeros(len(sums), np.int64)
        for indices in samples.blocks():
            found = head_sums(samples, indices)
            place = np.minimum(np.searchsorted(sums, found), len(sums) - 1)
            counts += np.bincount(place[sums[place] == found], minlength=len(sums))
    order = np.argsort(-counts, kind="stable")[:_MOST_SHARED]
    return [(int(sums[place]), int(counts[place])) for place in order]


def _candidates(samples: Heads) -> tuple[IntVector, IntVector, bool]:
    """Sums of heads, ascending, among them all frequent ones; counts, and whether they are exact.

    Where too many are different, all counts are lowered until few are left: a head is lost only if
    it has less than its share among `_CANDIDATES` (Misra and Gries 1982, some at a time).
    """
    sums, counts, exact = np.empty(0, np.int64), np.empty(0, np.int64), True
    for indices in samples.blocks():
        found, times = np.unique(head_sums(samples, indices), return_counts=True)
        kept = found != _TOO_SHORT
        merged, place = np.unique(np.concatenate([sums, found[kept]]), return_inverse=True)
        total = np.zeros(len(merged), np.int64)
        np.add.at(total, place, np.concatenate([counts, times[kept]]))
        if len(merged) > _CANDIDATES:
            exact = False
            total -= np.partition(total, -_CANDIDATES - 1)[-_CANDIDATES - 1]
            merged, total = merged[total > 0], total[total > 0]
        sums, counts = merged, total
    return sums, counts, exact or len(sums) == 0


def _common_prefixes(samples: Heads, groups: list[int]) -> dict[int, int]:
    """Tokens that all samples of a group begin with, without loss, by the sum of its head.

    Each sample keeps a token of its own before its first one with loss: the state that predicts
    an answer is the sample's own.
    """
    common: dict[int, int] = {}
    first: dict[int, IntArray] = {}
    for indices in samples.blocks(_CHUNK) if groups else ():
        sums = head_sums(samples, indices)
        for group in groups:
            members = indices[sums == group]
            if len(members) == 0 or common.get(group, LEAST_SHARED) < LEAST_SHARED:
                continue
            most = int(samples.lengths(members).min()) - 1
            most = min(most, common.get(group, most))
            ids, marks = samples.heads(members, most + 1)
            head = first.setdefault(group, ids[0].copy())
            differ: BoolArray = ids[:, :most] != head[:most]
            common[group] = min(_first_column(differ), max(0, _first_column(marks) - 1))
    return common


def _first_column(values: BoolArray) -> int:
    """The first column of [k, width] that is true somewhere, `width` if there is none."""
    return int(np.append(values.any(axis=0), True).argmax())
