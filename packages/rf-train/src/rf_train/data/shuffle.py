"""Random orders of any number of things, of which any stretch can be had without the rest.

The order is that of one random number for each thing. Only the numbers of one range of values are
sorted at a time, so an order of ten million things needs a few megabytes.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

IntVector = np.ndarray[Any, np.dtype[np.int64]]
Key = tuple[int, int]

_BUCKET = 2**18  # things sorted at once, about
_BLOCK = 2**18  # random numbers drawn at once


def shuffled(count: int, key: Key, start: int, stop: int) -> IntVector:
    """Places `start` to `stop` (at most `count`) of a random order of `range(count)`.

    It is that of `argsort(random(count), kind="stable")`, with numbers of the generator Philox
    seeded by `key`.
    """
    ends = _bucket_ends(count, key)
    first, last = np.searchsorted(ends, [start, min(stop, count) - 1], side="right")
    before = int(ends[first - 1]) if first else 0
    found = [_bucket(count, key, int(bucket)) for bucket in range(first, last + 1)]
    order: IntVector = np.concatenate(found)[start - before : stop - before]
    return order


def _numbers(count: int, key: Key) -> Iterator[tuple[int, np.ndarray[Any, np.dtype[np.float64]]]]:
    """The random numbers, block by block, each with the place of its first one."""
    generator = np.random.Generator(np.random.Philox(key=list(key)))
    for start in range(0, count, _BLOCK):
        yield start, generator.random(min(_BLOCK, count - start))


def _buckets(count: int) -> int:
    return -(-count // _BUCKET)


def _bucket_of(numbers: np.ndarray[Any, np.dtype[np.float64]], count: int) -> IntVector:
    """Ascends with the number; the largest of all must not round up to a bucket of its own."""
    buckets = _buckets(count)
    found: IntVector = np.minimum((numbers * buckets).astype(np.int64), buckets - 1)
    return found


@lru_cache(maxsize=4)
def _bucket_ends(count: int, key: Key) -> IntVector:
    """How many numbers lie in each range of values and those below it."""
    sizes = np.zeros(_buckets(count), np.int64)
    for _, numbers in _numbers(count, key):
        sizes += np.bincount(_bucket_of(numbers, count), minlength=len(sizes))
    return np.cumsum(sizes)


@lru_cache(maxsize=4)
def _bucket(count: int, key: Key, bucket: int) -> IntVector:
    """The things whose numbers lie in one range of values, in order."""
    indices, values = [], []
    for start, numbers in _numbers(count, key):
        inside = np.flatnonzero(_bucket_of(numbers, count) == bucket)
        indices.append(start + inside)
        values.append(numbers[inside])
    order = np.argsort(np.concatenate(values), kind="stable")
    return np.concatenate(indices)[order]
