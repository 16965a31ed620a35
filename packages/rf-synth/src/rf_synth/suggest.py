"""Did you mean …?"""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`", did you mean 'seed'?"`, or what is known where nothing is near."""
    known = list(known)
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}?" if near else f" (known: {', '.join(known)})"
