"""Findings of an evaluation through a tool: statuses of results and first wrong arguments."""

from collections import Counter
from collections.abc import Iterable, Iterator

from rf_figs.readers.samples import Scored

STATUSES = ("designed", "incomplete", "outside")
NO_RESULT = "none"
ARROW = " → "

_PREFIXES = ("", "resolve_reference.")
"""Metric prefixes of the first turn, and of the second turn after the reference's first."""


def status_pairs(answers: Iterable[Scored]) -> Counter[tuple[str, str]]:
    """Counts of (expected, found) statuses; found is `none` if no call could be read.

    rf-eval labels its metric `status` with `expected → found`.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for label in _labels(answers, "status"):
        expected, _, found = (label or "").partition(ARROW)
        if expected in STATUSES and found in (*STATUSES, NO_RESULT):
            pairs[expected, found] += 1
    return pairs


def first_wrong(answers: Iterable[Scored]) -> Counter[str | None]:
    """Counts of first wrong arguments (`att wrong`, `z0 missing`, `q invented`, `call unread`);
    None counts the calls that are entirely right.
    """
    return Counter(_labels(answers, "reading_slots"))


def _labels(answers: Iterable[Scored], metric: str) -> Iterator[str | None]:
    """The label of every answer on which the metric was measured."""
    for answer in answers:
        for prefix in _PREFIXES:
            score = answer.metrics.get(prefix + metric)
            if score is not None and score.value is not None:
                label = score.record.get("label")
                yield None if label is None else str(label)
