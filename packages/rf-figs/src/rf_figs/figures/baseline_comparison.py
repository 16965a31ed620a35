"""Two models on the same samples: each headline share with its interval and the exact p-value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rf_figs.drawing import SMALL, legend_on_top, share_bars
from rf_figs.errors import MissingInput
from rf_figs.inputs import COMPARISON, RESULTS, Inputs
from rf_figs.readers.results import Paired, Row, all_results, read_comparison
from rf_figs.style import Style, look
from rf_figs.tables import Table
from rf_figs.words import HEADLINE_METRICS, distinct, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = ("Baseline against candidate, 95 % intervals", "基线与候选模型对比（95 % 置信区间）")
NEEDS = (COMPARISON, RESULTS)


@dataclass(frozen=True)
class Line:
    """One metric: both models' rows, and the paired test if the comparison has one."""

    metric: str
    rows: tuple[Row, Row]
    paired: Paired | None


@dataclass(frozen=True)
class Data:
    """The names of the two models, and one line per metric measured on both."""

    models: tuple[str, str]
    lines: list[Line]

    def table(self) -> Table:
        """One row per metric and model."""
        header = ["metric", "model", "n", "value", "ci_low", "ci_high", "difference", "p_value"]
        rows = []
        for line in self.lines:
            tested = line.paired
            test = [tested.difference, tested.p_value] if tested else [None, None]
            for model, row in zip(self.models, line.rows, strict=True):
                rows.append([line.metric, model, *row.numbers, *test])
        return Table(header, rows)


def load(inputs: Inputs) -> Data:
    """Reads the comparison and both results. Raises MissingInput, also if there is one model."""
    comparison = inputs.one(COMPARISON)
    by_name = {results.model: results for results in all_results(inputs)}
    baseline, candidate, paired = read_comparison(comparison, by_name.values())
    for name in (baseline, candidate):
        if name not in by_name:
            raise MissingInput(f"no {RESULTS} of the model {name!r}, which {COMPARISON} names")
    tests = {p.metric: p for p in paired if not p.group}
    lines = []
    for metric in HEADLINE_METRICS:
        first, second = by_name[baseline].get(metric), by_name[candidate].get(metric)
        if first and second:
            lines.append(Line(metric, (first, second), tests.get(metric)))
    if not lines:
        raise MissingInput(f"no share was measured on both {baseline!r} and {candidate!r}")
    return Data((baseline, candidate), lines)


def draw(data: Data, style: Style) -> "Figure":
    """Pairs of horizontal bars, with the p-value beside each pair."""
    figure = style.figure(0.75 + 0.36 * len(data.lines))
    axes = figure.add_subplot()
    for k, model in enumerate(data.models):
        places = [index + (k - 0.5) * 0.38 for index in range(len(data.lines))]
        rows = [line.rows[k] for line in data.lines]
        name = word(style, model)
        share_bars(axes, places, rows, look(k, 2), thickness=0.38, label=name, horizontal=True)
    axes.set_yticks(range(len(data.lines)), [_label(line, style) for line in data.lines])
    axes.invert_yaxis()
    axes.set(xlim=(0, 118), xticks=range(0, 101, 20))
    axes.set_xlabel(
        style.text("Share of samples (%), 95 % interval", "样本占比（%），95 % 置信区间")
    )
    axes.spines["bottom"].set_bounds(0, 100)
    _draw_p_values(axes, data, style)
    legend_on_top(figure, [axes], [word(style, model) for model in data.models])
    return figure


def _label(line: Line, style: Style) -> str:
    return f"{word(style, line.metric)}\nn = {distinct(row.n for row in line.rows)}"


def _draw_p_values(axes: "Axes", data: Data, style: Style) -> None:
    """McNemar's exact p-value of each metric, in a column to the right of the bars."""
    if not any(line.paired and line.paired.p_value is not None for line in data.lines):
        return
    at: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "fontsize": SMALL,
        "annotation_clip": False,
    }
    for index, line in enumerate(data.lines):
        if line.paired and line.paired.p_value is not None:
            axes.annotate(_p_text(line.paired.p_value), (1.01, index), va="center", **at)
    axes.annotate(
        style.text("McNemar", "McNemar 检验"), (1.01, -0.62), va="bottom",
        **at,
    )  # fmt: skip


def _p_text(p: float) -> str:
    """A p-value as printed in papers."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
