"""Order accuracy against difficulty: the nearer the exact order to an integer, the harder."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rf_figs.drawing import interval, legend_on_top
from rf_figs.errors import MissingInput
from rf_figs.inputs import RESULTS, Inputs
from rf_figs.readers.results import Row, all_results
from rf_figs.style import Style, look
from rf_figs.tables import Table
from rf_figs.words import distinct, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = ("Order accuracy by margin, 95 % intervals", "不同取整余量下的阶数准确率（95 % 置信区间）")
NEEDS = (RESULTS,)


@dataclass(frozen=True)
class Data:
    """Per model, the rows of `order` by range of margin, from hard to easy."""

    ranges: list[str]
    rows: dict[str, dict[str, Row]]

    def table(self) -> Table:
        """One row per model and range."""
        rows = [
            [model, label, *row.numbers]
            for model, by_range in self.rows.items()
            for label, row in by_range.items()
        ]
        return Table(["model", "margin", "n", "value", "ci_low", "ci_high"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's results. Raises MissingInput if none is split by margin."""
    rows = {
        results.model: {row.group["margin"]: row for row in results.groups("order", "margin")}
        for results in all_results(inputs)
    }
    rows = {model: by_range for model, by_range in rows.items() if by_range}
    if not rows:
        raise MissingInput(f"no {RESULTS} has the metric 'order' by margin")
    labels = {label for by_range in rows.values() for label in by_range}
    return Data(sorted(labels, key=_lower_end), rows)


def _lower_end(label: str) -> tuple[float, str]:
    """Sort key of ranges such as `<0.05`, `0.05-0.15` and `>=0.3`: where they begin."""
    digits = label.lstrip("<≤>≥= ").replace("–", "-").split("-")[0]
    below = label[:1] in "<≤"
    try:
        return (float(digits) - (1e-9 if below else 0.0), label)
    except ValueError:
        return (float("inf"), label)


def draw(data: Data, style: Style) -> "Figure":
    """One line per model over the ranges, with each point's interval."""
    figure = style.figure(2.2)
    axes = figure.add_subplot()
    for k, (model, by_range) in enumerate(data.rows.items()):
        present = [label for label in data.ranges if label in by_range]
        rows = [by_range[label] for label in present]
        mark = look(k, len(data.rows))
        shift = 0.1 * (k - (len(data.rows) - 1) / 2)
        axes.errorbar(
            [data.ranges.index(label) + shift for label in present],
            [100 * (row.value or 0.0) for row in rows],
            [[100 * end for end in ends] for ends in zip(*map(interval, rows), strict=True)],
            color=mark.color, marker=mark.marker, linestyle=mark.dash, elinewidth=0.8,
            label=word(style, model),
        )  # fmt: skip
    axes.set_xticks(range(len(data.ranges)), [_label(data, label) for label in data.ranges])
    axes.set(ylim=(-3, 103), xlim=(-0.5, len(data.ranges) - 0.5), yticks=range(0, 101, 20))
    axes.grid(axis="y")
    axes.set_xlabel(
        style.text("Distance of the exact order to the nearest integer", "精确阶数到最近整数的距离")
    )
    axes.set_ylabel(style.text("Order correct (%)", "阶数正确率（%）"))
    legend_on_top(figure, [axes], [word(style, model) for model in data.rows])
    return figure


def _label(data: Data, label: str) -> str:
    return f"{label}\nn = {distinct(rows[label].n for rows in data.rows.values() if label in rows)}"
