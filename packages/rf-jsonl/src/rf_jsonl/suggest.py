"""Suggestions for misspelled names."""

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 16
"""The most known names that are all listed."""


def did_you_mean(word: object, known: Iterable[object]) -> str:
    """`, did you mean seed?` for a close name, otherwise ` (known: …)` if few names are known."""
    names = [str(name) for name in known]
    near = get_close_matches(str(word), names, n=1)
    if near:
        return f", did you mean {near[0]}?"
    return f" (known: {', '.join(names)})" if len(names) <= _FEW else ""
