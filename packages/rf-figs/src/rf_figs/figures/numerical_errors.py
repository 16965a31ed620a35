"""Relative errors of the numbers in the answers, per parameter, on a logarithmic axis."""

from dataclasses import dataclass, field
from statistics import median_low
from typing import TYPE_CHECKING

import numpy as np

from rf_figs.drawing import SMALL, legend_on_top
from rf_figs.errors import MissingInput
from rf_figs.inputs import SCORES, Inputs
from rf_figs.readers.samples import Scored, model_scores
from rf_figs.style import INK, Style, look
from rf_figs.tables import Table
from rf_figs.words import distinct, percent, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = ("Relative errors of the numbers in the answers", "答案数值的相对误差")
NEEDS = (SCORES,)

PREFIX = "numeric_error."
FIELDS = (
    "fc", "fs", "f_center", "bandwidth", "fs_lower", "fs_upper", "ripple_db", "La_target", "R0",
)  # fmt: skip


@dataclass
class Errors:
    """One model's relative errors in one parameter; unread: answers without that number."""

    values: list[float] = field(default_factory=list)
    unread: int = 0

    @property
    def exact(self) -> int:
        """How many numbers have no error at all."""
        return sum(value == 0 for value in self.values)


@dataclass(frozen=True)
class Data:
    """Errors by (model, parameter), parameters in the order of FIELDS."""

    models: list[str]
    fields: list[str]
    errors: dict[tuple[str, str], Errors]

    def table(self) -> Table:
        """One row per number; then, if any are missing, one row with their count."""
        rows: list[list[str | float | None]] = []
        for (model, name), errors in self.errors.items():
            rows += [[model, name, value, None] for value in errors.values]
            rows += [[model, name, None, errors.unread]] if errors.unread else []
        return Table(["model", "parameter", "relative_error", "answers_without_number"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's scores. Raises MissingInput if no number was compared; FileError."""
    errors: dict[tuple[str, str], Errors] = {}
    scores = model_scores(inputs)
    for model, answers in scores:
        for answer in answers:
            _add(errors, model, answer)
    seen = {name for _, name in errors}
    if not seen:
        raise MissingInput(f"no metric {PREFIX}* in any {SCORES}")
    fields = [name for name in FIELDS if name in seen] + sorted(seen - set(FIELDS))
    models = [model for model, _ in scores if any(key[0] == model for key in errors)]
    ordered = {(m, f): errors[m, f] for f in fields for m in models if (m, f) in errors}
    return Data(models, fields, ordered)


def _add(errors: dict[tuple[str, str], Errors], model: str, answer: Scored) -> None:
    for metric, score in answer.metrics.items():
        if not metric.startswith(PREFIX) or score.status == "not_applicable":
            continue
        entry = errors.setdefault((model, metric.removeprefix(PREFIX)), Errors())
        if score.status == "ok" and score.value is not None:
            entry.values.append(abs(score.value))
        else:
            entry.unread += 1


def draw(data: Data, style: Style) -> "Figure":
    """A strip of points per parameter and model; exact numbers are plotted left of the axis."""
    figure = style.figure(0.85 + max(0.33, 0.14 * len(data.models)) * len(data.fields))
    axes = figure.add_subplot()
    axes.set_xscale("log")
    zero, low, high = _range(data)
    for k, model in enumerate(data.models):
        for row, name in enumerate(data.fields):
            if (model, name) in data.errors:
                place = row + (k - (len(data.models) - 1) / 2) * 0.8 / len(data.models)
                _draw_strip(axes, data, (model, name), place, zero)
        mark = look(k, len(data.models))
        axes.plot([], [], mark.marker, color=mark.color, label=word(style, model), markersize=3.5)
    _finish(figure, axes, data, style, (zero, low, high))
    return figure


def _range(data: Data) -> tuple[float, float, float]:
    """Where zero errors are drawn, and the whole decades that span all other errors."""
    positive = [v for errors in data.errors.values() for v in errors.values if v > 0]
    low = 10.0 ** np.floor(np.log10(min(positive, default=1e-4)) - 0.1)
    high = 10.0 ** np.ceil(np.log10(max(positive, default=1.0)) + 0.1)
    span = np.log10(high / low)
    return float(low / 10 ** (0.12 * span)), float(low), float(high)


def _draw_strip(axes: "Axes", data: Data, key: tuple[str, str], place: float, zero: float) -> None:
    """All errors as points, jittered so that equal ones are visible, with a bar at the lower
    median, which is one of the points.
    """
    errors = data.errors[key]
    count = len(data.models)
    mark = look(data.models.index(key[0]), count)
    values = np.array(errors.values)
    spread = (np.arange(len(values)) * 0.618034 % 1 - 0.5) * 0.5 / count
    shown = np.where(values > 0, values, zero)
    if len(values):
        axes.plot(
            shown, place + spread, mark.marker, color=mark.color, markersize=2.4, alpha=0.6,
            markeredgewidth=0, clip_on=False,
        )  # fmt: skip
        middle = median_low(errors.values) or zero
        axes.plot([middle, middle], [place - 0.36 / count, place + 0.36 / count], color=INK)
    total = len(values) + errors.unread
    text = f"{percent(errors.exact / total)} %" if total else "–"
    axes.annotate(
        text, (1.01, place), xycoords=("axes fraction", "data"), fontsize=SMALL, va="center"
    )


def _finish(
    figure: "Figure", axes: "Axes", data: Data, style: Style, marks: tuple[float, float, float]
) -> None:
    zero, low, high = marks
    axes.set_xlim(zero / 1.8, high)
    axes.axvline(low, color=INK, linewidth=0.6, linestyle=":")
    first, last = round(np.log10(low)), round(np.log10(high))
    step = max(1, (last - first) // 5)
    powers = list(range(first + 1, last + 1, step))
    axes.set_xticks([zero, *(10.0**p for p in powers)], ["0", *(f"$10^{{{p}}}$" for p in powers)])
    axes.minorticks_off()
    axes.set_yticks(range(len(data.fields)), [_label(data, style, name) for name in data.fields])
    axes.set_ylim(len(data.fields) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.set_xlabel(style.text("Relative error (0: exact)", "相对误差（0 表示完全一致）"))
    axes.annotate(
        style.text("exact", "精确"), (1.01, 1.0), xycoords="axes fraction", fontsize=SMALL,
        va="bottom",
    )  # fmt: skip
    axes.plot([], [], "|", color=INK, label=style.text("Median", "中位数"), markersize=6)
    names = [*(word(style, model) for model in data.models), style.text("Median", "中位数")]
    legend_on_top(figure, [axes], names)


def _label(data: Data, style: Style, name: str) -> str:
    found = [errors for (_, field_name), errors in data.errors.items() if field_name == name]
    counts = distinct(len(errors.values) + errors.unread for errors in found)
    return f"{word(style, name)}\nn = {counts}"
