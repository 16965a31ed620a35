"""Guesses of what comes next, copied from what was read or answered already.

Answers repeat numbers of their request, and the keys of other answers. A guess costs little, as
one pass computes several tokens in nearly the time of one, and only tokens that the model itself
chooses are kept (prompt lookup decoding).
"""

from collections import OrderedDict
from collections.abc import Sequence

_CONTEXT = 3  # tokens that must match before a guess is made
_LONGEST = 15
_PHRASES = 20_000  # about thirty derivations


class Phrasebook:
    """What followed any three tokens in the latest answers of a model."""

    def __init__(self) -> None:
        self._phrases: OrderedDict[tuple[int, ...], tuple[int, ...]] = OrderedDict()

    def add(self, answer: Sequence[int]) -> None:
        """Keeps the phrases of an answer; the oldest ones make room."""
        for end in range(_CONTEXT, len(answer)):
            context = tuple(answer[end - _CONTEXT : end])
            self._phrases[context] = tuple(answer[end : end + _LONGEST])
            self._phrases.move_to_end(context)
        while len(self._phrases) > _PHRASES:
            self._phrases.popitem(last=False)

    def find(self, context: tuple[int, ...]) -> Sequence[int]:
        """The tokens that followed `context`, none where it is not known."""
        return self._phrases.get(context, ())


class PromptLookup:
    """Proposes how one sequence goes on: as it did where it last had the same tokens, or as an
    earlier answer did.
    """

    def __init__(self, phrasebook: Phrasebook) -> None:
        self._phrasebook = phrasebook
        self._ends: dict[tuple[int, ...], int] = {}
        self._indexed = _CONTEXT

    def propose(self, ids: Sequence[int], count: int) -> list[int]:
        """At most `count` tokens that may follow `ids`, which only ever grow."""
        for end in range(self._indexed, len(ids)):
            self._ends[tuple(ids[end - _CONTEXT : end])] = end
        self._indexed = max(self._indexed, len(ids))
        context = tuple(ids[-_CONTEXT:])
        place = self._ends.get(context)
        if place is None:
            return list(self._phrasebook.find(context)[:count])
        return list(ids[place : place + count])
