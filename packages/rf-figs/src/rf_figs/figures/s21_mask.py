"""Responses of selected answers against the requested mask, also at orders N - 1 and N + 1.

For each band the first answer that states the requested numbers and has an order of 2 or more
is drawn, else the first that comes closest; if the candidate model has none, another model's.
The selection ignores whether an answer is right. Stop edges and attenuation may be wrong or
missing, since the response does not depend on them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rf_figs import chebyshev
from rf_figs.drawing import legend_on_top
from rf_figs.errors import MissingInput
from rf_figs.inputs import PREDICTIONS, TEST, Inputs, Model
from rf_figs.readers.answers import PASS_KEYS, STOP_KEYS, is_specification, iter_answers
from rf_figs.readers.samples import Sample, evaluated_samples
from rf_figs.style import BLUE, GREEN, RED, Style
from rf_figs.tables import Table
from rf_figs.words import BANDS, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

TITLE = ("Responses of chosen answers against their masks", "部分答案的响应与指标模板")
NEEDS = (PREDICTIONS, TEST)

POINTS = 801
_BELOW_MASK = 25.0
_UNITS = ((1e9, "GHz"), (1e6, "MHz"), (1e3, "kHz"), (1.0, "Hz"))


@dataclass(frozen=True)
class Case:
    """One answer to one sample, and its filter's |S21| in dB over `frequency` in Hz, by order.

    faithful: the answer states the requested numbers.
    """

    sample: Sample
    answer: dict[str, Any]
    frequency: "NDArray[np.float64]"
    s21_db: "dict[int, NDArray[np.float64]]"
    faithful: bool


@dataclass(frozen=True)
class Data:
    """One case per band, all from the same model."""

    model: str
    cases: list[Case]

    def table(self) -> Table:
        """One row per frequency; columns for orders N-1, N and N+1 (empty if N-1 is 0)."""
        header = ["model", "id", "band", "order", "frequency_hz"]
        header += ["s21_db_n-1", "s21_db_n", "s21_db_n+1"]
        rows = []
        for case in self.cases:
            order = case.answer["order"]
            curves = [case.s21_db.get(n) for n in (order - 1, order, order + 1)]
            for k, frequency in enumerate(case.frequency):
                values = [None if c is None else round(float(c[k]), 6) for c in curves]
                head = [self.model, case.sample.id, case.sample.band, order, float(frequency)]
                rows.append([*head, *values])
        return Table(header, rows)


def load(inputs: Inputs) -> Data:
    """Selects the cases from the candidate model's answers, in the order of the test set.

    If none of them is a filter of the requested band, another model's answers are used; `notes`
    and the figure say so. Raises MissingInput if no model has any; FigsError, FileError.
    """
    by_id = evaluated_samples(inputs)
    samples = [sample for sample in by_id.values() if _has_mask(sample)]
    models = inputs.models(PREDICTIONS)
    ranked = models[1:] + models[:1]
    for model in ranked:
        answers = dict(iter_answers(inputs.use(model.folder / PREDICTIONS), by_id))
        cases = _select(samples, answers)
        if cases:
            _add_notes(inputs, ranked[0], model, cases)
            return Data(model.name, cases)
    names = ", ".join(repr(model.name) for model in ranked)
    raise MissingInput(f"no answer of {names} is a filter of the requested band")


def _add_notes(inputs: Inputs, candidate: Model, used: Model, cases: list[Case]) -> None:
    if used != candidate:
        inputs.notes.append(
            f"no answer of {candidate.name!r} is a filter that can be drawn, "
            f"those of {used.name!r} are"
        )
    inputs.notes += [
        f"the answer to {case.sample.id} states other numbers than it was asked for"
        for case in cases
        if not case.faithful
    ]


def _has_mask(sample: Sample) -> bool:
    return sample.type == "full" and is_specification(sample.spec)


def _select(samples: list[Sample], answers: dict[str, dict[str, Any]]) -> list[Case]:
    """One case per band: the best by `_rank`, among equals the first."""
    best: dict[str, tuple[Sample, dict[str, Any]]] = {}
    for sample in samples:
        answer = answers.get(sample.id)
        if answer and answer["filter_band"] == sample.band:
            chosen = best.get(sample.band)
            if chosen is None or _rank(sample, answer) > _rank(*chosen):
                best[sample.band] = (sample, answer)
    return [_case(*best[band]) for band in BANDS if band in best]


def _rank(sample: Sample, answer: dict[str, Any]) -> tuple[bool, bool]:
    return _is_faithful(sample, answer), answer["order"] > 1


def _is_faithful(sample: Sample, answer: dict[str, Any]) -> bool:
    """Whether the answer's edges, ripple and attenuation are those of the specification."""
    keys = (*PASS_KEYS[sample.band], *STOP_KEYS[sample.band], "ripple_db", "La_target")
    return all(_equal(answer.get(key), sample.spec[key]) for key in keys)


def _equal(stated: Any, asked: float) -> bool:
    return type(stated) in (int, float) and bool(abs(stated - asked) <= 1e-6 * asked)


def _case(sample: Sample, answer: dict[str, Any]) -> Case:
    frequency = _grid(sample.spec)
    order = answer["order"]
    orders = [n for n in (order - 1, order, order + 1) if n >= 1]
    curves = {n: -chebyshev.insertion_loss(answer, n, frequency) for n in orders}
    return Case(sample, answer, frequency, curves, _is_faithful(sample, answer))


def _grid(spec: dict[str, Any]) -> "NDArray[np.float64]":
    """Frequencies in Hz that show the pass band and the stop edges with some margin."""
    low, high = chebyshev.stop_edges(spec)
    start, _ = chebyshev.pass_band(spec)
    if spec["filter_band"] == "lowpass":
        return np.linspace(high / 200, 1.5 * high, POINTS)
    if spec["filter_band"] == "highpass":
        return np.linspace(0.3 * low, start + 1.5 * (start - low), POINTS)
    room = 0.35 * (high - low)
    return np.linspace(max(0.1 * low, low - room), high + room, POINTS)


def draw(data: Data, style: Style) -> "Figure":
    """One panel per case; forbidden regions are grey."""
    count = len(data.cases)
    if style.is_page:
        figure = style.figure(2.3)
        panels = figure.subplots(1, count, squeeze=False)[0]
    else:
        figure = style.figure(0.55 + 1.65 * count)
        panels = figure.subplots(count, 1, squeeze=False).T[0]
    for axes, case in zip(panels, data.cases, strict=True):
        _draw_case(axes, case, style)
    for axes in panels[:1] if style.is_page else panels:
        axes.set_ylabel(style.text("$|S_{21}|$ (dB)", "$|S_{21}|$（dB）"))
    name = word(style, data.model)
    title = style.text(f"Answers: {name}", f"答案：{name}")
    labels = ["N − 1", "N", "N + 1", style.text("outside the mask", "超出模板")]
    legend_on_top(figure, figure.axes, labels, ncols=4, title=title, title_fontsize=7)
    return figure


def _draw_case(axes: "Axes", case: Case, style: Style) -> None:
    spec, order = case.sample.spec, case.answer["order"]
    unit, name = next((u, n) for u, n in _UNITS if case.frequency[-1] >= u)
    looks = {
        order - 1: (RED, "--", "N − 1"), order: (BLUE, "-", "N"), order + 1: (GREEN, "-.", "N + 1"),
    }  # fmt: skip
    for n, curve in case.s21_db.items():
        color, dash, label = looks[n]
        axes.plot(case.frequency / unit, curve, color=color, linestyle=dash, zorder=3, label=label)
    lowest_top = min(float(curve.max()) for curve in case.s21_db.values())
    floor = min(-float(spec["La_target"]), lowest_top) - _BELOW_MASK
    _draw_mask(axes, case, unit, floor, style.text("outside the mask", "超出模板"))
    axes.set(xlim=(case.frequency[0] / unit, case.frequency[-1] / unit), ylim=(floor, 4))
    axes.set_xlabel(style.text(f"Frequency ({name})", f"频率（{name}）"))
    axes.set_title(_title(case, style), fontsize=7)


def _title(case: Case, style: Style) -> str:
    """Band, order, and the losses at the requested edges beside the requested limits."""
    spec, order = case.sample.spec, case.answer["order"]
    passed = chebyshev.worst_pass_loss(case.answer, spec, order)
    stopped = chebyshev.worst_stop_loss(case.answer | _requested_edges(spec), order)
    gap, zh_gap = ("\n", "\n") if style.is_page else (" ", "")
    inside = f"{passed:.4g} dB (≤ {spec['ripple_db']:g})"
    outside = f"{stopped:.4g} dB (≥ {spec['La_target']:g})"
    band = word(style, spec["filter_band"])
    return style.text(
        f"{band}, N = {order}:{gap}pass {inside}, stop {outside}",
        f"{band}，N = {order}：{zh_gap}通带 {inside}，阻带 {outside}",
    )


def _requested_edges(spec: dict[str, Any]) -> dict[str, Any]:
    """The stop edges of the mask: the loss is evaluated there, not at the answer's own edges."""
    return {key: spec[key] for key in ("fs", "fs_lower", "fs_upper") if key in spec}


def _draw_mask(axes: "Axes", case: Case, unit: float, floor: float, name: str) -> None:
    """Shades what the mask forbids: above -La in the stop bands, below -ripple in the pass band."""
    spec = case.sample.spec
    first, last = case.frequency[0], case.frequency[-1]
    low, high = chebyshev.stop_edges(spec)
    start, end = chebyshev.pass_band(spec)
    face: dict[str, Any] = {"facecolor": "0.9", "edgecolor": "0.65", "hatch": "///"}
    face["linewidth"] = 0.4
    for left, right in ((first, low), (high, last)):
        if right > left:
            axes.fill_between([left / unit, right / unit], -float(spec["La_target"]), 4, **face)
    edges = [max(start, first) / unit, min(end, last) / unit]
    axes.fill_between(edges, floor, -float(spec["ripple_db"]), label=name, **face)
