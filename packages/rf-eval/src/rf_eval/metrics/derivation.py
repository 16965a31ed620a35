"""Checks an answer's derivation step by step against its own previously printed numbers.

The data set's `metadata.json` describes the steps under `derivation_steps`: by answer style and
band, in printing order, each with a name, a formula over the answer's keys and earlier steps, and
the number of printed decimals. A step is right if the model computed this step correctly, even from
wrong earlier numbers: this shows which kind of arithmetic fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from rf_eval.answer import Answer
from rf_eval.errors import EvalError
from rf_eval.filters.design import number
from rf_eval.metrics.formula import Formula, compile_formula
from rf_eval.registry import metric
from rf_eval.samples import Sample
from rf_eval.score import Score, not_applicable

SLACK = 1e-9
"""Absolute tolerance beyond half a unit of the last decimal, for the binary representation."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the key under which it is printed, its formula, and its absolute tolerance.

    `from_right`: its characters are printed in reverse.
    """

    name: str
    formula: Formula
    tolerance: float
    from_right: bool


Steps = Mapping[tuple[str, str], Sequence[Step]]
"""(answer style, band) to steps."""


_compiled: dict[int, tuple[Mapping[str, Any], Steps]] = {}
"""The compiled steps of the data set scored last."""


def read_steps(metadata: Mapping[str, Any]) -> Steps:
    """The compiled steps of a data set. Raises EvalError, with the step's name, if one is wrong."""
    described = metadata.get("derivation_steps") or {}
    try:
        return {
            (style, band): [_read_step(step) for step in steps]
            for style, bands in described.items()
            for band, steps in bands.items()
        }
    except (AttributeError, TypeError, KeyError, ValueError, OverflowError):
        raise EvalError("derivation_steps: expected style → band → [{name, formula, …}]") from None


def _read_step(step: Mapping[str, Any]) -> Step:
    name = step["name"]
    try:
        formula = compile_formula(step["formula"])
    except EvalError as error:
        raise EvalError(f"derivation step {name}: {error}") from None
    tolerance = step.get("tolerance")
    if tolerance is None:
        tolerance = 0.5 * 10.0 ** -int(step["decimals"])
    return Step(name, formula, float(tolerance) + SLACK, step.get("from_right") is True)


@metric("derivation_steps", types=("full",), aggregation="mean")
def derivation_steps(sample: Sample, answer: Answer) -> Score:
    """Share of steps right by the answer's own printed numbers; names the first wrong one."""
    found = answer.object
    expected = sample.expected or {}
    if "derivation" not in expected and (found is None or "derivation" not in found):
        return not_applicable("no derivation")
    if found is None:
        return answer.unreadable()
    printed = found.get("derivation")
    if printed is None:
        return not_applicable("answered without a derivation")
    steps = steps_of(sample)
    if not steps:
        return not_applicable("the data set describes no derivation steps")
    if not isinstance(printed, dict):
        return Score(0.0, "ok", "derivation is no object", "derivation")
    return _check(steps, found, printed)


def steps_of(sample: Sample) -> Sequence[Step]:
    """The steps for a sample's style and band; may be empty."""
    known = _compiled.get(id(sample.dataset))
    if known is None or known[0] is not sample.dataset:
        known = (sample.dataset, read_steps(sample.dataset))
        _compiled.clear()
        _compiled[id(sample.dataset)] = known
    return known[1].get((str(sample.meta.get("answer_style")), str(sample.meta.get("band"))), ())


def _check(steps: Sequence[Step], found: dict[str, Any], printed: dict[str, Any]) -> Score:
    wrong: list[tuple[str, str]] = []
    for step, value, values in printed_steps(steps, found, printed):
        reason = "is missing" if value is None else _compare(step, value, values)
        if reason:
            wrong.append((step.name, reason))
    share = (len(steps) - len(wrong)) / len(steps)
    if not wrong:
        return Score(share)
    name, reason = wrong[0]
    return Score(share, "ok", f"first wrong step: {name} {reason}", name)


def printed_steps(
    steps: Sequence[Step], found: Mapping[str, Any], printed: Mapping[str, Any]
) -> Iterator[tuple[Step, float | None, dict[str, float]]]:
    """Each step, its printed value (None if it cannot be read), and the values before it.

    The values are the numbers in the answer `found` and the earlier steps as `printed`, in one
    dictionary that is updated after each step.
    """
    values = {key: read for key, value in found.items() if (read := number(value)) is not None}
    for step in steps:
        value = _printed(printed.get(step.name), step.from_right)
        yield step, value, values
        if value is not None:
            values[step.name] = value


def _compare(step: Step, value: float, values: Mapping[str, float]) -> str:
    try:
        recomputed = step.formula(values)
        off = abs(value - recomputed)
    except KeyError as error:
        return f"needs {error.args[0]}, which is missing"
    except (ValueError, OverflowError, ZeroDivisionError, TypeError):
        return f"is {value:g} where its formula has no value"
    return "" if off <= step.tolerance else f"is {value:g}, its own numbers give {recomputed:.7g}"


def _printed(value: Any, from_right: bool) -> float | None:
    """A number, or the number in a string such as `"+0.0312"`."""
    if isinstance(value, str) and len(value) <= 40:
        text = value.strip()
        try:
            read = Decimal(text[::-1] if from_right else text)
        except InvalidOperation:
            return None
        return float(read) if read.is_finite() else None
    return number(value)
