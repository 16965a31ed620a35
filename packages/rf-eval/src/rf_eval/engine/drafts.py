"""Drafts of the next tokens, copied from the prompt or earlier answers (prompt lookup decoding).

Answers repeat numbers of their request and keys of other answers. A draft costs little, since one
pass computes several tokens in nearly the time of one; only tokens that the model itself chooses
are kept.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence

from rf_eval.engine.numbers import NumberBook, Tokens, numbers_in

_CONTEXTS = (4, 3, 2, 1)  # numbers of matching tokens; the longest match is used
_LONGEST = 8
_TAIL = 32  # tokens in which a number and its place are searched for
_PHRASES = 80_000  # about thirty derivations

Context = tuple[int, ...]


class Phrasebook:
    """The continuations of short contexts in the latest answers of a model.

    `digits` are the tokens of numbers; `numbers` records the places of numbers in answers.
    """

    def __init__(self, digits: Collection[int] = ()) -> None:
        self.numbers = NumberBook(digits)
        self._phrases: OrderedDict[Context, Context] = OrderedDict()

    def add(self, answer: Sequence[int]) -> None:
        """Adds the phrases of an answer and drops the oldest ones."""
        self.numbers.add(answer)
        for end in range(1, len(answer)):
            phrase = tuple(answer[end : end + _LONGEST])
            for context in _contexts(answer[max(0, end - _CONTEXTS[0]) : end]):
                self._phrases[context] = phrase
                self._phrases.move_to_end(context)
        while len(self._phrases) > _PHRASES:
            self._phrases.popitem(last=False)

    def find(self, context: Context) -> Sequence[int]:
        """The tokens that followed `context`; empty if it is unknown."""
        return self._phrases.get(context, ())


class PromptLookup:
    """Proposes how one sequence continues: with an expected number, as after an earlier occurrence
    of its last tokens, or as in an earlier answer.
    """

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._phrasebook = phrasebook
        self._ends: dict[Context, int] = {}
        self._indexed = 1
        self._numbers: dict[Tokens, Tokens] = {}
        self._counted = 0

    def propose(self, ids: Sequence[int], count: int, begun: Sequence[int] = ()) -> list[int]:
        """At most `count` tokens that may follow `ids`, which must only grow between calls.

        `begun` are the first tokens of the draft.
        """
        self._index(ids)
        self._count(ids)
        draft = list(begun)
        while len(draft) < count:
            tail = [*ids[-_TAIL:], *draft]
            more = self._phrasebook.numbers.next(tail, self._numbers)
            more = more or self._next(tail[-_CONTEXTS[0] :], ids)
            if not more:
                break
            draft += more
        return draft[:count]

    def _index(self, ids: Sequence[int]) -> None:
        for end in range(self._indexed, len(ids)):
            for context in _contexts(ids[max(0, end - _CONTEXTS[0]) : end]):
                self._ends[context] = end
        self._indexed = max(self._indexed, len(ids))

    def _count(self, ids: Sequence[int]) -> None:
        """Records the numbers that are complete."""
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
    """The contexts at the end of a text, longest first."""
    for length in _CONTEXTS:
        if length <= len(tail):
            yield tuple(tail[-length:])
