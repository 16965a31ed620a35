"""Guesses of what comes next, copied from what was read or answered already.

Answers repeat numbers of their request, and the keys of other answers. A guess costs little, as
one pass computes several tokens in nearly the time of one, and only tokens that the model itself
chooses are kept (prompt lookup decoding).
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence

from rf_eval.engine.numbers import NumberBook, Tokens, numbers_in

_CONTEXTS = (4, 3, 2, 1)  # how many tokens must match; the longest match decides
_LONGEST = 8
_TAIL = 32  # tokens that a number with its place is sought in
_PHRASES = 80_000  # about thirty derivations

Context = tuple[int, ...]


class Phrasebook:
    """What followed the same few tokens in the latest answers of a model.

    `digits` are the tokens that numbers are made of; `numbers` knows where those stand.
    """

    def __init__(self, digits: Collection[int] = ()) -> None:
        self.numbers = NumberBook(digits)
        self._phrases: OrderedDict[Context, Context] = OrderedDict()

    def add(self, answer: Sequence[int]) -> None:
        """Keeps the phrases of an answer; the oldest ones make room."""
        self.numbers.add(answer)
        for end in range(1, len(answer)):
            phrase = tuple(answer[end : end + _LONGEST])
            for context in _contexts(answer[max(0, end - _CONTEXTS[0]) : end]):
                self._phrases[context] = phrase
                self._phrases.move_to_end(context)
        while len(self._phrases) > _PHRASES:
            self._phrases.popitem(last=False)

    def find(self, context: Context) -> Sequence[int]:
        """The tokens that followed `context`, none where it is not known."""
        return self._phrases.get(context, ())


class PromptLookup:
    """Proposes how one sequence goes on: with a number that is due, as it did where it last had
    the same tokens, or as an earlier answer did.
    """

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._phrasebook = phrasebook
        self._ends: dict[Context, int] = {}
        self._indexed = 1
        self._numbers: dict[Tokens, Tokens] = {}
        self._counted = 0

    def propose(self, ids: Sequence[int], count: int, begun: Sequence[int] = ()) -> list[int]:
        """At most `count` tokens that may follow `ids`, which only ever grow.

        A guess goes on from its own end; `begun` are its first tokens.
        """
        self._index(ids)
        self._count(ids)
        guess = list(begun)
        while len(guess) < count:
            tail = [*ids[-_TAIL:], *guess]
            more = self._phrasebook.numbers.next(tail, self._numbers)
            more = more or self._next(tail[-_CONTEXTS[0] :], ids)
            if not more:
                break
            guess += more
        return guess[:count]

    def _index(self, ids: Sequence[int]) -> None:
        for end in range(self._indexed, len(ids)):
            for context in _contexts(ids[max(0, end - _CONTEXTS[0]) : end]):
                self._ends[context] = end
        self._indexed = max(self._indexed, len(ids))

    def _count(self, ids: Sequence[int]) -> None:
        """Notes the numbers that are complete."""
        digits = self._phrasebook.numbers.digits
        for place, start, end in numbers_in(ids, digits, self._counted):
            self._counted = start
            if end < len(ids):
                self._numbers[place] = tuple(ids[start:end])
                self._counted = end

    def _next(self, tail: Sequence[int], ids: Sequence[int]) -> Sequence[int]:
        for context in _contexts(tail):
            place = self._ends.get(context)
            found = (
                self._phrasebook.find(context) if place is None else ids[place : place + _LONGEST]
            )
            if found:
                return found
        return ()


def _contexts(tail: Sequence[int]) -> Iterator[Context]:
    """The last tokens of a text, the longest context first."""
    for length in _CONTEXTS:
        if length <= len(tail):
            yield tuple(tail[-length:])
