"""Drafts of numbers, which make up most of a derivation, from their places in earlier answers.

A derivation reuses intermediate results: a number often repeats that of an earlier step, or has
its digits in reverse, since additions are written from the last digit. Which steps do so, and what
follows a number, is learned from earlier answers.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_PLACE = 4  # tokens before a number that identify its place
_FOLLOWING = 12
_PLACES = 4_000  # about fifty derivations without a common step
_RARE = 4  # repetitions in fewer than one of this many answers are ignored

Tokens = tuple[int, ...]
Numbers = Mapping[Tokens, Tokens]
"""The latest number at each place of a text."""


@dataclass
class _Place:
    """One place: the last number there, what followed it, and how often it repeated which numbers
    of the same answer, forwards or in reverse.
    """

    number: Tokens
    following: Tokens
    count: int = 0
    repeats: Counter[tuple[Tokens, bool]] = field(default_factory=Counter)


class NumberBook:
    """The places of numbers in the latest answers of a model.

    `digits` are the tokens of numbers.
    """

    def __init__(self, digits: Collection[int] = ()) -> None:
        self.digits = frozenset(digits)
        self._places: OrderedDict[Tokens, _Place] = OrderedDict()

    def add(self, answer: Sequence[int]) -> None:
        """Learns from an answer and drops the places seen least recently."""
        known: dict[Tokens, Tokens] = {}
        found = list(numbers_in(answer, self.digits))
        for (place, start, end), (_, following, _) in pairwise([*found, ((), len(answer), 0)]):
            number = tuple(answer[start:end])
            after = tuple(answer[end : min(following, end + _FOLLOWING)])
            self._record(place, number, after, known)
            known[place] = number
        while len(self._places) > _PLACES:
            self._places.popitem(last=False)

    def _record(self, place: Tokens, number: Tokens, following: Tokens, known: Numbers) -> None:
        seen = self._places.setdefault(place, _Place(number, following))
        self._places.move_to_end(place)
        seen.number, seen.following, seen.count = number, following, seen.count + 1
        for other, value in known.items():
            if value == number:
                seen.repeats[other, False] += 1
            if value[::-1] == number:
                seen.repeats[other, True] += 1

    def next(self, text: Sequence[int], numbers: Numbers) -> Sequence[int]:
        """How a text continues within a number or at the place of one; empty if unknown.

        `numbers` are those in the text so far.
        """
        start = len(text)
        while start and text[start - 1] in self.digits:
            start -= 1
        seen = self._places.get(tuple(text[max(0, start - _PLACE) : start]))
        if seen is None:
            return ()
        begun = tuple(text[start:])
        for number in _expected(seen, numbers):
            if number[: len(begun)] == begun:
                return (*number[len(begun) :], *seen.following)
        return seen.following if len(begun) == len(seen.number) else ()


def numbers_in(
    text: Sequence[int], digits: Collection[int], start: int = 0
) -> Iterator[tuple[Tokens, int, int]]:
    """`(place, start, end)` of each number in a text from `start`."""
    end = start
    for index in range(start, len(text) + 1):
        if index < len(text) and text[index] in digits:
            continue
        if index > end:
            yield tuple(text[max(0, end - _PLACE) : end]), end, index
        end = index + 1


def _expected(seen: _Place, numbers: Numbers) -> Iterator[Tokens]:
    """The candidate numbers for a place, most likely first."""
    for (place, reverse), count in seen.repeats.most_common():
        if place in numbers and count * _RARE >= seen.count:
            yield numbers[place][::-1] if reverse else numbers[place]
    yield seen.number
