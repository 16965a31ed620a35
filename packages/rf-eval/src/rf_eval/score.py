"""The result of a metric: a value or None, a status and a reason."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Status = Literal["ok", "not_applicable", "parse_error", "metric_error"]
"""ok: measured. not_applicable: not in the denominator. parse_error: the answer could not be read;
it counts as 0 in the denominator. metric_error: the metric itself failed; it counts as 0 as well
(or is ignored for an unbounded error measure), and the results report how often."""

STATUSES: frozenset[str] = frozenset(get_args(Status))


@dataclass(frozen=True, slots=True)
class Score:
    """One metric's score of one answer.

    `value` is None if there is nothing to average (not applicable, or an error measure without an
    answer). `why` is a one-line reason. `label` is a category that the results count, such as the
    first wrong step of a derivation.
    """

    value: float | None
    status: Status = "ok"
    why: str = ""
    label: str | None = None
    _record: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)

    def to_record(self) -> dict[str, Any]:
        """The score as recorded in `scores.jsonl`; a shared object that must not be changed.

        It is cached, since most scores of a run are one of a few constants.
        """
        record = self._record
        if record is None:
            record = {"value": self.value, "status": self.status, "why": self.why}
            if self.label is not None:
                record["label"] = self.label
            # Fields of a frozen class cannot be assigned.
            object.__setattr__(self, "_record", record)
        return record

    @property
    def is_recorded(self) -> bool:
        """Whether `to_record` was called before."""
        return self._record is not None


RIGHT = Score(1.0)


def verdict(right: bool, why: str) -> Score:
    """1 if `right`, else 0 with the reason."""
    return RIGHT if right else Score(0.0, "ok", why)


def not_applicable(why: str) -> Score:
    """Not in the denominator, with the reason."""
    return Score(None, "not_applicable", why)


def parse_error(why: str) -> Score:
    """The answer could not be read: counts as 0 in the denominator."""
    return Score(0.0, "parse_error", why)
