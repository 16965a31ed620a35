"""Random choices that are the same on every machine: a hash of the record's name, cut in words.

`random.Random` would cost several microseconds to seed for every record. SHAKE-128 of the
record's key gives 64 words in one; the n-th choice of a record takes its n-th word.
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
    """Independent choices that depend on `key` alone, in the order in which they are asked."""

    __slots__ = ("_key", "_next", "_round", "_words")

    def __init__(self, key: str) -> None:
        self._key = key
        self._round = 0
        self._words = list(_unpack(shake_128(key.encode()).digest(4 * _WORDS)))
        self._next: Callable[[], int] = self._words.pop

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1; n at most 2³² (the bias is below n / 2³²)."""
        try:
            return self._next() * n >> 32
        except IndexError:
            self._refill()
            return self.below(n)

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, each as likely as the next."""
        try:
            word = self._next()
        except IndexError:
            self._refill()
            word = self._next()
        return options[word * len(options) >> 32]

    def unit(self) -> float:
        """A number in [0, 1) on a grid of 2⁻³²."""
        try:
            return self._next() / _WHOLE
        except IndexError:
            self._refill()
            return self.unit()

    def shuffled(self, items: list[T]) -> list[T]:
        """The items in random order, shuffled in place (Fisher and Yates) and returned."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items

    def _refill(self) -> None:
        """More words: the hash of the key and of how often they have run out."""
        self._round += 1
        more = shake_128(f"{self._key}#{self._round}".encode()).digest(4 * _WORDS)
        self._words.extend(_unpack(more))
