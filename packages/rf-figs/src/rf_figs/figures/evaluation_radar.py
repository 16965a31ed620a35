"""The headline shares of every model as a radar chart from 0 to 100 %, and as a table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from rf_figs.drawing import SMALL, legend_on_top
from rf_figs.errors import MissingInput
from rf_figs.inputs import RESULTS, Inputs
from rf_figs.readers.results import Row, all_results
from rf_figs.style import INCHES, Style, look
from rf_figs.tables import Table
from rf_figs.typesetting import TableLayout, draw_table, lay_out_parts
from rf_figs.words import HEADLINE_METRICS, distinct, share, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes

TITLE = ("Profile of the evaluation", "评测雷达图")
NEEDS = (RESULTS,)

_FEWEST_AXES = 3
_BESIDE = 0.43
"""Share of a page's width for the table beside the radar and its labels."""


@dataclass(frozen=True)
class Data:
    """The metrics measured on every model, and each model's rows in that order."""

    metrics: list[str]
    rows: dict[str, list[Row]]

    def table(self) -> Table:
        """One row per metric and model."""
        rows = [
            [metric, model, *row.numbers]
            for k, metric in enumerate(self.metrics)
            for model, row in ((model, rows[k]) for model, rows in self.rows.items())
        ]
        return Table(["metric", "model", "n", "value", "ci_low", "ci_high"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's results. Raises MissingInput if fewer than three shares are common."""
    results = all_results(inputs)
    metrics = [m for m in HEADLINE_METRICS if all(r.get(m) for r in results)]
    if len(metrics) < _FEWEST_AXES:
        raise MissingInput(f"only {len(metrics)} shares were measured on every model, need 3")
    rows = {r.model: [row for m in metrics if (row := r.get(m))] for r in results}
    return Data(metrics, rows)


def draw(data: Data, style: Style) -> "Figure":
    """The radar with its table, beside it at page width and below it at column width."""
    tables = _tables(data, style)
    heights = [table.height for table in tables]
    below = sum(heights) + 0.1 * (len(tables) - 1)
    if style.is_page:
        figure = style.figure(max(2.6, below + 0.4))
        panels = figure.add_gridspec(1, 2, width_ratios=[1, 1])
    else:
        figure = style.figure(2.6 + below)
        panels = figure.add_gridspec(2, 1, height_ratios=[2.3, below])
    radar = figure.add_subplot(panels[0], projection="polar")
    _draw_radar(cast("PolarAxes", radar), data, style)
    legend_on_top(figure, [radar], [word(style, model) for model in data.rows])
    places = panels[1].subgridspec(len(tables), 1, height_ratios=heights)
    for k, table in enumerate(tables):
        draw_table(figure.add_subplot(places[k]), table)
    return figure


def _tables(data: Data, style: Style) -> list[TableLayout]:
    """The plotted numbers with their intervals; all n where the models' differ."""
    header = [style.text("Share (%), 95 % interval", "占比（%），95 % 区间"), "n"]
    header += [word(style, model) for model in data.rows]
    lines = []
    for k, metric in enumerate(data.metrics):
        rows = [rows[k] for rows in data.rows.values()]
        shares = [share(row.value, row.ci_low, row.ci_high) for row in rows]
        lines.append([word(style, metric), distinct(row.n for row in rows), *shares])
    inches = INCHES[style.width] * (_BESIDE if style.is_page else 1)
    return lay_out_parts(header, lines, inches, SMALL, fixed=2)


def _draw_radar(axes: "PolarAxes", data: Data, style: Style) -> None:
    angles = np.linspace(0, 2 * np.pi, len(data.metrics), endpoint=False)
    closed = np.append(angles, angles[0])
    for k, (model, rows) in enumerate(data.rows.items()):
        shares = [100 * (row.value or 0.0) for row in rows]
        mark = look(k, len(data.rows))
        axes.plot(
            closed, [*shares, shares[0]], color=mark.color, marker=mark.marker,
            linestyle=mark.dash, label=word(style, model), clip_on=False,
        )  # fmt: skip
        axes.fill(closed, [*shares, shares[0]], color=mark.color, alpha=0.1)
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_rlim(0, 100)
    _draw_scale(axes, angle=angles[1] / 2)
    names = [word(style, metric) for metric in data.metrics]
    if style.lang == "en":
        names = [name.replace(" ", "\n", 1) for name in names]
    axes.set_xticks(angles, names)
    axes.tick_params(axis="x", pad=1, labelsize=7)
    for label, angle in zip(axes.get_xticklabels(), angles, strict=True):
        side = np.sin(angle)
        label.set_horizontalalignment(
            "center" if abs(side) < 0.1 else "left" if side > 0 else "right"
        )
    axes.spines["polar"].set(color="0.7", linewidth=0.6)


def _draw_scale(axes: "PolarAxes", angle: float) -> None:
    """Rings every 20 %, labelled between the first two axes, on top of the plotted lines."""
    rings = (20, 40, 60, 80, 100)
    axes.set_rgrids(rings, [""] * len(rings))
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8}
    for ring in rings:
        axes.text(angle, ring, str(ring), fontsize=SMALL, ha="center", va="center", bbox=box)
