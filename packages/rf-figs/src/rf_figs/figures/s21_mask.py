"""Responses of chosen answers against the asked-for mask, with one order less and more."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rf_figs import chebyshev
from rf_figs.errors import MissingInput
from rf_figs.inputs import PREDICTIONS, TEST, Inputs
from rf_figs.readers.answers import BAND_KEYS, is_filter, iter_answers
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
    """One answer to one sample, and |S21| in dB over Hz of its filter by order.

    faithful: the answer states the numbers it was asked for.
    """

    sample: Sample
    answer: dict[str, Any]
    frequency: "NDArray[np.float64]"
    s21_db: "dict[int, NDArray[np.float64]]"
    faithful: bool


@dataclass(frozen=True)
class Data:
    """A case a band, all of one model."""

    model: str
    cases: list[Case]

    def table(self) -> Table:
        """A row a frequency; columns for orders N-1, N and N+1 (empty where N-1 is 0)."""
        header = ["id", "band", "order", "frequency_hz", "s21_db_n-1", "s21_db_n", "s21_db_n+1"]
        rows = []
        for case in self.cases:
            order = case.answer["order"]
            curves = [case.s21_db.get(n) for n in (order - 1, order, order + 1)]
            for k, frequency in enumerate(case.frequency):
                values = [None if c is None else round(float(c[k]), 6) for c in curves]
                head = [case.sample.id, case.sample.band, order, float(frequency)]
                rows.append([*head, *values])
        return Table(header, rows)


def load(inputs: Inputs) -> Data:
    """Takes, of the candidate model, each band's first answer in the test set's order that states
    the numbers it was asked for; where none does, the first that is a filter of that band.

    Raises MissingInput where there is none; FigsError, FileError.
    """
    models = inputs.models(PREDICTIONS)
    model = models[min(1, len(models) - 1)]
    answers = dict(iter_answers(inputs.use(model.folder / PREDICTIONS)))
    cases: dict[str, Case] = {}
    for sample in evaluated_samples(inputs).values():
        answer = answers.get(sample.id)
        if answer and _answers(sample, answer):
            chosen = cases.get(sample.band)
            if chosen is None or (states_the_asked(sample, answer) and not chosen.faithful):
                cases[sample.band] = _case(sample, answer)
    if not cases:
        raise MissingInput(f"no answer of the model {model.name!r} is a filter that can be drawn")
    return Data(model.name, [cases[band] for band in BANDS if band in cases])


def _answers(sample: Sample, answer: dict[str, Any]) -> bool:
    asked = {**sample.spec, "order": sample.order}
    return answer["filter_band"] == sample.band and sample.type == "full" and is_filter(asked)


def states_the_asked(sample: Sample, answer: dict[str, Any]) -> bool:
    """Whether the answer's edges, ripple and attenuation are those of the specification."""
    keys = (*BAND_KEYS[sample.band], "ripple_db", "La_target")
    return all(abs(answer[key] - sample.spec[key]) <= 1e-6 * sample.spec[key] for key in keys)


def _case(sample: Sample, answer: dict[str, Any]) -> Case:
    frequency = _grid(sample.spec)
    order = answer["order"]
    orders = [n for n in (order - 1, order, order + 1) if n >= 1]
    curves = {n: -chebyshev.insertion_loss(answer, n, frequency) for n in orders}
    return Case(sample, answer, frequency, curves, states_the_asked(sample, answer))


def _grid(spec: dict[str, Any]) -> "NDArray[np.float64]":
    """Frequencies in Hz that show pass band and stop edges with room beside them."""
    low, high = chebyshev.stop_edges(spec)
    start, _ = chebyshev.pass_band(spec)
    if spec["filter_band"] == "lowpass":
        return np.linspace(high / 200, 1.5 * high, POINTS)
    if spec["filter_band"] == "highpass":
        return np.linspace(0.3 * low, start + 1.5 * (start - low), POINTS)
    room = 0.35 * (high - low)
    return np.linspace(max(0.1 * low, low - room), high + room, POINTS)


def draw(data: Data, style: Style) -> "Figure":
    """A panel a case; forbidden regions are grey."""
    count = len(data.cases)
    if style.is_page:
        figure = style.figure(2.3)
        panels = figure.subplots(1, count, squeeze=False)[0]
    else:
        figure = style.figure(0.55 + 1.65 * count)
        panels = figure.subplots(count, 1, squeeze=False).T[0]
    for axes, case in zip(panels, data.cases, strict=True):
        _draw_case(axes, case, style)
    panels[0].set_ylabel(style.text("$|S_{21}|$ (dB)", "$|S_{21}|$（dB）"))
    for axes in [] if style.is_page else panels[1:]:
        axes.set_ylabel(style.text("$|S_{21}|$ (dB)", "$|S_{21}|$（dB）"))
    lines = panels[0].get_lines()
    names = [f"N {sign} 1" if sign else "N" for sign in ("−", "", "+")][-len(lines) :]
    mask = panels[0].collections[0]
    names.append(style.text("outside the mask", "超出模板"))
    figure.legend([*lines, mask], names, loc="outside upper center", ncols=4)
    return figure


def _draw_case(axes: "Axes", case: Case, style: Style) -> None:
    spec, order = case.sample.spec, case.answer["order"]
    unit, name = next((u, n) for u, n in _UNITS if case.frequency[-1] >= u)
    looks = {order - 1: (RED, "--"), order: (BLUE, "-"), order + 1: (GREEN, "-.")}
    for n, curve in case.s21_db.items():
        color, dash = looks[n]
        axes.plot(case.frequency / unit, curve, color=color, linestyle=dash, zorder=3)
    lowest_top = min(float(curve.max()) for curve in case.s21_db.values())
    floor = min(-float(spec["La_target"]), lowest_top) - _BELOW_MASK
    _draw_mask(axes, case, unit, floor)
    axes.set(xlim=(case.frequency[0] / unit, case.frequency[-1] / unit), ylim=(floor, 4))
    axes.set_xlabel(style.text(f"Frequency ({name})", f"频率（{name}）"))
    axes.set_title(_title(case, style), fontsize=7)


def _title(case: Case, style: Style) -> str:
    """Band, order, and the losses at the asked-for edges beside what was asked for."""
    spec, order = case.sample.spec, case.answer["order"]
    passed = chebyshev.worst_pass_loss(case.answer, spec, order)
    stopped = chebyshev.worst_stop_loss(case.answer | _asked_edges(spec), order)
    gap = "\n" if style.is_page else " "
    inside = f"{passed:.4g} dB (≤ {spec['ripple_db']:g})"
    outside = f"{stopped:.4g} dB (≥ {spec['La_target']:g})"
    band = word(style, spec["filter_band"])
    return style.text(
        f"{band}, N = {order}:{gap}pass {inside}, stop {outside}",
        f"{band}，N = {order}：{gap}通带 {inside}，阻带 {outside}",
    )


def _asked_edges(spec: dict[str, Any]) -> dict[str, Any]:
    """The stop edges of the mask: what counts is the loss there, not where the answer says."""
    return {key: spec[key] for key in ("fs", "fs_lower", "fs_upper") if key in spec}


def _draw_mask(axes: "Axes", case: Case, unit: float, floor: float) -> None:
    """Grey where the response must not be: above -La in a stop band, below -ripple in the pass."""
    spec = case.sample.spec
    first, last = case.frequency[0], case.frequency[-1]
    low, high = chebyshev.stop_edges(spec)
    start, end = chebyshev.pass_band(spec)
    face: dict[str, Any] = {
        "facecolor": "0.9",
        "edgecolor": "0.65",
        "hatch": "///",
        "linewidth": 0.4,
    }
    for left, right in ((first, low), (high, last)):
        if right > left:
            axes.fill_between([left / unit, right / unit], -float(spec["La_target"]), 4, **face)
    edges = [max(start, first) / unit, min(end, last) / unit]
    axes.fill_between(edges, floor, -float(spec["ripple_db"]), **face)
