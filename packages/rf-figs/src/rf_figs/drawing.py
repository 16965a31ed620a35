"""Pieces that several figures are made of: bars with intervals, shares in one bar, tables."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from rf_figs.readers.results import Row
from rf_figs.style import INK, Look
from rf_figs.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALL = 6.5
"""Points; the smallest text in any figure."""

_TABLE_GAP = 6.0
_LEGEND_SIZE = 7.0
_LEGEND_HANDLE = 26.0
"""Points that a legend's entry takes besides its text."""

_HINTING = 1.05
"""Rasterised text is up to this much wider than its outlines."""


def interval(row: Row) -> tuple[float, float]:
    """How far the interval reaches below and above the value, in the value's unit; 0 if absent."""
    value = row.value or 0.0
    low = value if row.ci_low is None else row.ci_low
    high = value if row.ci_high is None else row.ci_high
    return max(0.0, value - low), max(0.0, high - value)


def share_bars(
    axes: "Axes",
    places: Sequence[float],
    rows: Sequence[Row],
    look: Look,
    *,
    thickness: float,
    label: str,
    horizontal: bool = False,
) -> None:
    """Bars of shares in per cent with their intervals and the value beside each.

    places: where each bar's middle stands on the category axis.
    """
    values = [100 * (row.value or 0.0) for row in rows]
    reach = [[100 * end for end in ends] for ends in zip(*map(interval, rows), strict=True)]
    draw, error = (axes.barh, "xerr") if horizontal else (axes.bar, "yerr")
    options: dict[str, Any] = {
        error: reach,
        "error_kw": {"elinewidth": 0.7, "ecolor": INK, "capsize": 1.5},
    }
    draw(places, values, thickness, label=label, **_face(look), **options)
    for place, row, value, above in zip(places, rows, values, reach[1], strict=True):
        text = percent(row.value or 0.0)
        if horizontal:
            axes.annotate(text, (value + above, place), (2.5, 0), **_beside("left", "center"))
        else:
            axes.annotate(text, (place, value + above), (0, 1.5), **_beside("center", "bottom"))


def _face(look: Look) -> dict[str, Any]:
    return {"facecolor": look.color, "hatch": look.hatch, "edgecolor": INK}


def _beside(ha: str, va: str) -> dict[str, Any]:
    return {"textcoords": "offset points", "ha": ha, "va": va, "fontsize": SMALL}


def stacked_shares(
    axes: "Axes", place: float, counts: Sequence[int], looks: Sequence[Look], labels: Sequence[str]
) -> None:
    """One horizontal bar of 100 % cut into shares; parts wide enough carry their per cent."""
    total, left = sum(counts), 0.0
    for count, look, label in zip(counts, cycle(looks), labels, strict=False):
        width = 100 * count / total if total else 0.0
        axes.barh(place, width, 0.7, left=left, label=label, **_face(look))
        if width >= 9:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
            axes.text(
                left + width / 2, place, percent(count / total),
                ha="center", va="center_baseline", fontsize=SMALL, bbox=box,
            )  # fmt: skip
        left += width


def unique_legend(axes: "Axes", **options: Any) -> None:
    """A legend above the axes with every label once, in a row that fits the width."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": len(once)}
    axes.legend(once.values(), once.keys(), **{**place, **options})


def legend_on_top(figure: "Figure", axes: Sequence["Axes"], labels: Sequence[str]) -> None:
    """A legend over the whole figure for the labels, in their order, wherever each was drawn; in
    as many columns as the page has room for.
    """
    found: dict[str, Any] = {}
    for part in axes:
        handles, names = part.get_legend_handles_labels()
        found.update(zip(names, handles, strict=True))
    figure.legend(
        [found[label] for label in labels],
        labels,
        loc="outside upper center",
        ncols=_legend_columns(labels, 72 * figure.get_figwidth()),
    )


def _legend_columns(labels: Sequence[str], room: float) -> int:
    """How many columns of a legend fit into `room` points."""
    widest = max(_column_widths([[label] for label in labels], _LEGEND_SIZE))
    return max(1, min(len(labels), int(room / (widest + _LEGEND_HANDLE))))


def draw_table(
    axes: "Axes",
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    size: float = 7.0,
    left_columns: int = 1,
    share: float = 1.0,
) -> None:
    """A table in booktabs manner over the whole of `axes`: three rules, no lines between.

    The first `left_columns` columns start at the left, the others end at the right. `share` is
    the part of the figure's width that the axes get; where the table needs more, its print gets
    smaller. The rows share the height evenly.
    """
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(len(rows) + 1.0, 0))
    room = 72 * share * _figure_width(axes) - 2 * _TABLE_GAP
    size, edges = _fit([header, *rows], size, room)
    for rule, weight in ((0.0, 1.0), (1.0, 0.6), (len(rows) + 1.0, 1.0)):
        axes.plot([0, 1], [rule, rule], color=INK, linewidth=weight, clip_on=False)
    for line, cells in enumerate([header, *rows]):
        for column, text in enumerate(cells):
            start, end = edges[column]
            at_left = column < left_columns
            axes.text(
                start if at_left else end, line + 0.5, text, fontsize=size,
                ha="left" if at_left else "right", va="center_baseline",
            )  # fmt: skip


def _fit(
    lines: Sequence[Sequence[str]], size: float, room: float
) -> tuple[float, list[tuple[float, float]]]:
    """The print size at which the table fits into `room` points, and its columns' ends."""
    widths = _column_widths(lines, size)
    needed = sum(widths) + _TABLE_GAP * (len(widths) - 1)
    if needed > room:
        size, widths = size * room / needed, [width * room / needed for width in widths]
    return size, _column_edges(widths, room)


def _figure_width(axes: "Axes") -> float:
    figure = axes.get_figure(root=True)
    return 0.0 if figure is None else figure.get_figwidth()


def _column_widths(lines: Sequence[Sequence[str]], size: float) -> list[float]:
    """Points that the longest cell of each column takes."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(size=size)

    def width(cell: str) -> float:
        outline = TextPath((0, 0), cell, prop=font) if cell.strip() else None
        return _HINTING * outline.get_extents().width if outline else 0.0

    return [max(map(width, column)) for column in zip(*lines, strict=True)]


def _column_edges(widths: Sequence[float], room: float) -> list[tuple[float, float]]:
    """Left and right end of each column as fractions of the room, what is left shared out."""
    gap = (room - sum(widths)) / max(len(widths) - 1, 1)
    edges, left = [], 0.0
    for width in widths:
        edges.append((left / room, (left + width) / room))
        left += width + gap
    return edges
