"""Guesses of numbers, which make up most of a derivation, from where numbers stood before.

A derivation carries intermediate results from one step to the next: a number often repeats that
of an earlier step, or is the same digits in reverse, as additions are written from the last digit
on. Which steps do so is learned from answers that were given, and so is what follows a number.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_PLACE = 4  # tokens that say where a number stands
_FOLLOWING = 12
_PLACES = 4_000  # about fifty derivations without a step in common
_RARE = 4  # a number that repeats another one less often than every fourth time does not

Tokens = tuple[int, ...]
Numbers = Mapping[Tokens, Tokens]
"""The latest number at each place of a text."""


@dataclass
class _Place:
    """What stood at one place: the last number there, what followed it, and which numbers of the
    same answers it repeated, forwards or in reverse, how many times.
    """

    number: Tokens
    following: Tokens
    count: int = 0
    repeats: Counter[tuple[Tokens, bool]] = field(default_factory=Counter)


class NumberBook:
    """Where numbers stand in the latest answers of a model.

    `digits` are the tokens that numbers are made of.
    """

    def __init__(self, digits: Collection[int] = ()) -> None:
        self.digits = frozenset(digits)
        self._places: OrderedDict[Tokens, _Place] = OrderedDict()

    def add(self, answer: Sequence[int]) -> None:
        """Learns from an answer; the places that were not seen for longest make room."""
        known: dict[Tokens, Tokens] = {}
        found = list(numbers_in(answer, self.digits))
        for (place, start, end), (_, following, _) in pairwise([*found, ((), len(answer), 0)]):
            number = tuple(answer[start:end])
            self._note(place, number, tuple(answer[end : min(following, end + _FOLLOWING)]), known)
            known[place] = number
        while len(self._places) > _PLACES:
            self._places.popitem(last=False)

    def _note(self, place: Tokens, number: Tokens, following: Tokens, known: Numbers) -> None:
        seen = self._places.setdefault(place, _Place(number, following))
        self._places.move_to_end(place)
        seen.number, seen.following, seen.count = number, following, seen.count + 1
        for other, value in known.items():
            if value == number:
                seen.repeats[other, False] += 1
            if value[::-1] == number:
                seen.repeats[other, True] += 1

    def next(self, text: Sequence[int], numbers: Numbers) -> Sequence[int]:
        """How a text goes on within a number, or where one is due; nothing where not known.

        `numbers` are those of the text so far.
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
    """`(place, start, end)` of each number of a text from `start` on."""
    end = start
    for index in range(start, len(text) + 1):
        if index < len(text) and text[index] in digits:
            continue
        if index > end:
            yield tuple(text[max(0, end - _PLACE) : end]), end, index
        end = index + 1


def _expected(seen: _Place, numbers: Numbers) -> Iterator[Tokens]:
    """Numbers that may stand at a place, the likeliest first."""
    for (place, reverse), count in seen.repeats.most_common():
        if place in numbers and count * _RARE >= seen.count:
            yield numbers[place][::-1] if reverse else numbers[place]
    yield seen.number
