"""What a metric returns: a value or none, whether it could be taken, and why it is what it is."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Status = Literal["ok", "not_applicable", "parse_error", "metric_error"]
"""ok: measured. not_applicable: outside the denominator. parse_error: the answer could not be
read; it counts as 0 and stays in the denominator. metric_error: the metric itself failed; it
counts as 0 as well (as nothing for an error without bound), and the results say how often."""

STATUSES: frozenset[str] = frozenset(get_args(Status))


@dataclass(frozen=True, slots=True)
class Score:
    """One metric's verdict on one answer.

    `value` is None where there is nothing to average (not applicable, or an error measure whose
    answer is missing). `why` is one line for people. `label` sorts scores into named kinds that
    the results count, such as the first wrong step of a derivation.
    """

    value: float | None
    status: Status = "ok"
    why: str = ""
    label: str | None = None
    _record: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)

    def to_record(self) -> dict[str, Any]:
        """The score as it stands in `scores.jsonl`; the same object each time, not to be changed.

        Most scores of a run are one of a few constants, so most records are, too.
        """
        record = self._record
        if record is None:
            record = {"value": self.value, "status": self.status, "why": self.why}
            if self.label is not None:
                record["label"] = self.label
            # The class is frozen, so its own field is set the way dataclasses set theirs.
            object.__setattr__(self, "_record", record)
        return record

    @property
    def is_recorded(self) -> bool:
        """Whether `to_record` was called before."""
        return self._record is not None


RIGHT = Score(1.0)


def verdict(right: bool, why: str) -> Score:
    """1 where `right`, else 0 with the reason."""
    return RIGHT if right else Score(0.0, "ok", why)


def not_applicable(why: str) -> Score:
    """Outside the denominator, and why."""
    return Score(None, "not_applicable", why)


def parse_error(why: str) -> Score:
    """The answer could not be read: counts as 0 and stays in the denominator."""
    return Score(0.0, "parse_error", why)
