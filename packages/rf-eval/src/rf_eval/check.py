"""Checks answers by themselves: does the filter meet the specification that it states?

Lines may be bare answers, predictions, records of a data set, or results of a solver. An answer
without a filter, such as a question, is reported as such and does not count as wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from math import isfinite
from typing import Any

from rf_jsonl import FileError, parse_line

from rf_eval.extract import extract
from rf_eval.filters.design import Design
from rf_eval.filters.measure import measure, measure_many, minimum_order
from rf_eval.judged import NoFilter, design_in
from rf_eval.metrics.spec import shortfall


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on one answer; `margin` (in dB) and `minimum_order` are None without a design.

    `judged` is false if the record states no filter.
    """

    place: str
    design: Design | None
    meets: bool
    margin: float | None
    minimum_order: int | None
    why: str
    judged: bool = True

    def to_record(self) -> dict[str, Any]:
        """The verdict as JSON."""
        found = None if self.design is None else measure(self.design)
        return {
            "place": self.place,
            "judged": self.judged,
            "meets_spec": self.meets if self.judged else None,
            "margin_db": self.margin,
            "ripple_db": found and found.ripple,
            "attenuation_db": found and _finite(found.attenuation),
            "order": self.design and self.design.order,
            "minimum_order": self.minimum_order,
            "why": self.why,
        }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def read_answers(text: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, answer) for one JSON object per line, or for a single object in the whole text.

    Since answers may be pasted, any line ending is accepted and blank lines are skipped. Raises
    FileError, with the line number, for a line that is not an object.
    """
    reading = extract(text)
    numbered = enumerate(StringIO(text, newline=None), start=1)  # universal newlines
    lines = [(number, line) for number, line in numbered if line.strip()]
    if reading.strict is not None or (reading.recovered is not None and len(lines) == 1):
        yield name, reading.recovered or {}
        return
    if not lines:
        raise FileError(name, "empty file, expected an answer per line", 1)
    for number, line in lines:
        try:
            answer = parse_line(name, number, line.encode("utf-8", "surrogatepass"))
        except FileError:
            if number == lines[0][0] and reading.recovered is not None:
                yield name, reading.recovered
                return
            raise
        yield f"{name}:{number}", answer


def check_answers(answers: list[tuple[str, dict[str, Any]]]) -> list[Checked]:
    """Simulates every answer's ladder and determines its minimum order."""
    designs = [design_in(answer) for _, answer in answers]
    measure_many(design for design in designs if isinstance(design, Design))
    return [_check(place, design) for (place, _), design in zip(answers, designs, strict=True)]


def _check(place: str, design: Design | str) -> Checked:
    if isinstance(design, str):
        return Checked(place, None, False, None, None, design, not isinstance(design, NoFilter))
    found = measure(design)
    least = minimum_order(design) if design.stop_edges else None
    if not found.meets:
        why = shortfall(design)
    elif least is not None and least < design.order:
        why = f"order {least} would do"
    else:
        why = ""
    return Checked(place, design, found.meets, _finite(found.margin), least, why)
