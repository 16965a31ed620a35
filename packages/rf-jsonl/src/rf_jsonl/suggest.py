"""Did you mean …?"""

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 16
"""Known names up to which all of them are listed."""


def did_you_mean(word: object, known: Iterable[object]) -> str:
    """`, did you mean seed?`, else ` (known: …)` where little is known, else nothing."""
    names = [str(name) for name in known]
    near = get_close_matches(str(word), names, n=1)
    if near:
        return f", did you mean {near[0]}?"
    return f" (known: {', '.join(names)})" if len(names) <= _FEW else ""
