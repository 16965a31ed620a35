"""Share of answers with the correct minimum order, by filter band and model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rf_figs.drawing import legend_on_top, share_bars
from rf_figs.errors import MissingInput
from rf_figs.inputs import RESULTS, Inputs
from rf_figs.readers.results import Row, all_results
from rf_figs.style import Style, look
from rf_figs.tables import Table
from rf_figs.words import BANDS, distinct, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = ("Order accuracy by filter band, 95 % intervals", "各频带的阶数准确率（95 % 置信区间）")
NEEDS = (RESULTS,)


@dataclass(frozen=True)
class Data:
    """Per model, the rows of `order` by group: the measured bands, then "all"."""

    rows: dict[str, dict[str, Row]]

    @property
    def groups(self) -> list[str]:
        """The groups measured on any model, in the order of BANDS, then "all"."""
        return [g for g in (*BANDS, "all") if any(g in rows for rows in self.rows.values())]

    def table(self) -> Table:
        """One row per model and band."""
        rows = [
            [model, group, *row.numbers]
            for model, by_group in self.rows.items()
            for group, row in by_group.items()
        ]
        return Table(["model", "band", "n", "value", "ci_low", "ci_high"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's results. Raises MissingInput if `order` was not measured."""
    rows = {}
    for results in all_results(inputs):
        found = {band: results.get("order", band=band) for band in BANDS}
        found["all"] = results.get("order")
        rows[results.model] = {group: row for group, row in found.items() if row}
    rows = {model: by_group for model, by_group in rows.items() if by_group}
    if not rows:
        raise MissingInput(f"no model has the metric 'order' in its {RESULTS}")
    return Data(rows)


def draw(data: Data, style: Style) -> "Figure":
    """Grouped vertical bars, one per model, with n below each band."""
    figure = style.figure(2.3)
    axes = figure.add_subplot()
    groups, models = data.groups, list(data.rows)
    thickness = 0.8 / len(models)
    axes.set_xlim(-0.5, len(groups) - 0.5)
    for k, model in enumerate(models):
        present = [g for g in groups if g in data.rows[model]]
        shift = (k - (len(models) - 1) / 2) * thickness
        places = [groups.index(g) + shift for g in present]
        rows = [data.rows[model][g] for g in present]
        name = word(style, model)
        share_bars(axes, places, rows, look(k, len(models)), thickness=thickness, label=name)
    axes.set_xticks(range(len(groups)), [_label(data, group, style) for group in groups])
    axes.set(ylim=(0, 112 if len(models) < 4 else 118), yticks=range(0, 101, 20))
    axes.set_ylabel(style.text("Order correct (%)", "阶数正确率（%）"))
    axes.grid(axis="y")
    axes.spines["left"].set_bounds(0, 100)
    legend_on_top(figure, [axes], [word(style, model) for model in models])
    return figure


def _label(data: Data, group: str, style: Style) -> str:
    counts = distinct(rows[group].n for rows in data.rows.values() if group in rows)
    return f"{word(style, group)}\nn = {counts}"
