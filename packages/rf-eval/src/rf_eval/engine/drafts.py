"""Guesses of what comes next, copied from what a sequence holds already.

Answers repeat numbers of the request and of themselves. A guess costs little, as one pass
computes several tokens in nearly the time of one, and changes nothing: only tokens that the
model itself would have chosen are kept (prompt lookup decoding).
"""

from collections.abc import Sequence

_CONTEXT = 3  # tokens that must match before a guess is made
_FIRST_LENGTH, _LONGEST = 4, 15


class PromptLookup:
    """Proposes the continuation of the latest place that ends in the same tokens."""

    def __init__(self) -> None:
        self._ends: dict[tuple[int, ...], int] = {}
        self._indexed = _CONTEXT
        self._length = _FIRST_LENGTH

    def propose(self, ids: Sequence[int], limit: int) -> list[int]:
        """At most `limit` tokens that may follow `ids`, which only ever grow."""
        for end in range(self._indexed, len(ids)):
            self._ends[tuple(ids[end - _CONTEXT : end])] = end
        self._indexed = max(self._indexed, len(ids))
        place = self._ends.get(tuple(ids[-_CONTEXT:]))
        return [] if place is None else list(ids[place : place + min(limit, self._length)])

    def learn(self, proposed: int, accepted: int) -> None:
        """Longer guesses after good ones, shorter after bad ones."""
        if proposed and accepted == proposed:
            self._length = min(_LONGEST, 2 * self._length)
        elif proposed:
            self._length = max(1, accepted + 1)
