"""Metrics of meeting the requested specification, decided by simulating the ladder."""

from collections.abc import Sequence

from rf_eval.answer import Answer
from rf_eval.filters.design import EDGE_KEYS, Design, number, read_design
from rf_eval.filters.measure import TOLERANCE, measure, measure_many
from rf_eval.metrics.filter import NO_FILTER, is_filter
from rf_eval.metrics.outcome import minimal_result, prepare_results, result_meets_spec
from rf_eval.registry import metric
from rf_eval.samples import Sample, is_call
from rf_eval.score import RIGHT, Score, verdict

SAME_NUMBER = 5e-6
"""Relative tolerance: half a unit in the sixth digit, the fewest digits in a prompt."""


def design_of(answer: Answer) -> Design | str:
    """The answer's design, or why there is none; cached for all metrics."""
    design: Design | str | None = answer.cache.get("design")
    if design is None:
        design = "no object" if answer.object is None else read_design(answer.object)
        answer.cache["design"] = design
    return design


def prepare(pairs: Sequence[tuple[Sample, Answer]]) -> None:
    """Simulates every design of a batch, also with one order less, together."""
    designs = []
    for sample, answer in pairs:
        if is_filter(sample) and isinstance(design := design_of(answer), Design):
            designs.append(design)
            if design.order > 1:
                designs.append(design.of_order(design.order - 1))
    measure_many(designs)
    prepare_results(pairs)


@metric("meets_own_spec", types=("full",), prepare=prepare)
def meets_own_spec(sample: Sample, answer: Answer) -> Score:
    """The predicted ladder, simulated, meets the specification that the answer itself states."""
    if not is_filter(sample):
        return NO_FILTER
    if answer.object is None:
        return answer.unreadable()
    design = design_of(answer)
    if isinstance(design, str):
        return verdict(False, design)
    found = measure(design)
    return RIGHT if found.meets else verdict(False, shortfall(design))


@metric("meets_spec", types=("full",), prepare=prepare)
def meets_spec(sample: Sample, answer: Answer) -> Score:
    """The predicted ladder, simulated, meets the specification that was asked for."""
    if is_call(sample):
        return result_meets_spec(sample, answer)
    known: Score | None = answer.cache.get("meets_spec")
    if known is None:
        known = meets_own_spec(sample, answer)
        if known.value == 1.0 and answer.object is not None:
            changed = changed_number(sample, answer.object)
            known = verdict(False, changed) if changed else known
        answer.cache["meets_spec"] = known
    return known


@metric("minimal_order", types=("full",), prepare=prepare)
def minimal_order(sample: Sample, answer: Answer) -> Score:
    """The ladder meets the specification asked for, and with one order less it would not."""
    if is_call(sample):
        return minimal_result(sample, answer)
    met = meets_spec(sample, answer)
    if met.value != 1.0:
        return met
    design = design_of(answer)
    if isinstance(design, Design) and design.order > 1:
        smaller = design.of_order(design.order - 1)
        if measure(smaller).meets:
            return verdict(False, f"order {smaller.order} meets the specification too")
    return RIGHT


def shortfall(design: Design) -> str:
    """One line on how the simulated filter misses its specification."""
    found = measure(design)
    if found.attenuation != found.attenuation or found.ripple != found.ripple:
        return "cannot be simulated in doubles"
    if found.ripple > design.ripple + TOLERANCE:
        return f"pass-band loss {found.ripple:.6g} dB exceeds {design.ripple:g} dB"
    if len(set(design.targets)) > 1:
        return f"stop-band attenuation {-found.margin:.4f} dB below its target at one stop point"
    return (
        f"stop-band attenuation {found.attenuation:.4f} dB at the edge, "
        f"{-found.margin:.4f} dB below {design.attenuation:g} dB"
    )


def changed_number(sample: Sample, found: dict[str, object]) -> str:
    """The first number of the requested specification that the answer changed; `""` if none."""
    asked, band = sample.spec, (sample.expected or {})["filter_band"]
    if asked.items() <= found.items():
        return ""
    if found.get("filter_band") != band:
        return f"a {found.get('filter_band')} filter, asked for {band}"
    for key in ("ripple_db", *EDGE_KEYS[band], "R0", "La_target"):
        wanted, got = number(asked.get(key)), number(found.get(key))
        if wanted is None:
            continue
        if got is None or abs(got - wanted) > SAME_NUMBER * abs(wanted):
            return f"{key} is {got!r}, asked for {wanted!r}"
    return ""
