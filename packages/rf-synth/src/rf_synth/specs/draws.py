"""Reproducible random choices from a hash of a record's key, the same on every machine.

Seeding `random.Random` for every record takes several microseconds. SHAKE-128 of the key gives 64
words in one; each choice takes the next word.
"""

from collections.abc import Callable, Sequence
from hashlib import shake_128
from struct import Struct
from typing import TypeVar

T = TypeVar("T")

_WORDS = 64
_WHOLE = 2**32
_unpack = Struct(f"<{_WORDS}I").unpack


class Draws:
    """A stream of independent random choices that is determined by `key`."""

    __slots__ = ("_key", "_next", "_round", "_words")

    def __init__(self, key: str) -> None:
        self._key = key
        self._round = 0
        self._words = list(_unpack(shake_128(key.encode()).digest(4 * _WORDS)))
        self._next: Callable[[], int] = self._words.pop

    def below(self, n: int) -> int:
        """A uniform integer from 0 to n - 1, n at most 2³² (the bias is below n / 2³²)."""
        try:
            return self._next() * n >> 32
        except IndexError:
            self._refill()
            return self.below(n)

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, all equally likely."""
        try:
            word = self._next()
        except IndexError:
            self._refill()
            word = self._next()
        return options[word * len(options) >> 32]

    def unit(self) -> float:
        """A uniform number in [0, 1), a multiple of 2⁻³²."""
        try:
            return self._next() / _WHOLE
        except IndexError:
            self._refill()
            return self.unit()

    def shuffled(self, items: list[T]) -> list[T]:
        """The items, shuffled in place (Fisher-Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items

    def _refill(self) -> None:
        """Adds words from the hash of the key and the number of refills."""
        self._round += 1
        more = shake_128(f"{self._key}#{self._round}".encode()).digest(4 * _WORDS)
        self._words.extend(_unpack(more))
