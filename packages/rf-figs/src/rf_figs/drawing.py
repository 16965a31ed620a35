"""Pieces that several figures are made of: bars with intervals, shares in one bar, legends."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from rf_figs.readers.results import Row
from rf_figs.style import INK, Look
from rf_figs.typesetting import POINTS_PER_INCH, column_widths
from rf_figs.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALL = 6.5
"""Points; the smallest text in any figure."""

_NARROWEST_UPRIGHT = 13.5
"""Points that a value such as `83.4` takes, and a little air."""

_LEGEND_SIZE = 7.0
_LEGEND_HANDLE = 26.0
"""Points that a legend's entry takes besides its text."""


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

    places: where each bar's middle stands on the category axis. Where upright bars are narrower
    than the values beside them, those stand upright too.
    """
    values = [100 * (row.value or 0.0) for row in rows]
    reach = [[100 * end for end in ends] for ends in zip(*map(interval, rows), strict=True)]
    draw, error = (axes.barh, "xerr") if horizontal else (axes.bar, "yerr")
    options: dict[str, Any] = {
        error: reach,
        "error_kw": {"elinewidth": 0.7, "ecolor": INK, "capsize": 1.5},
    }
    draw(places, values, thickness, label=label, **_face(look), **options)
    narrow = not horizontal and _bar_points(axes, thickness) < _NARROWEST_UPRIGHT
    for place, row, value, above in zip(places, rows, values, reach[1], strict=True):
        text = percent(row.value or 0.0)
        if horizontal:
            axes.annotate(text, (value + above, place), (2.5, 0), **_beside("left", "center"))
        else:
            beside = {**_beside("center", "bottom"), "rotation": 90 if narrow else 0}
            axes.annotate(text, (place, value + above), (0, 1.5), **beside)


def _bar_points(axes: "Axes", thickness: float) -> float:
    """About how many points wide a bar gets once the axes have their limits and their labels."""
    low, high = axes.get_xlim()
    return 0.88 * POINTS_PER_INCH * figure_width(axes) * thickness / (high - low)


def figure_width(axes: "Axes") -> float:
    """Inches of the page that the axes belong to."""
    figure = axes.get_figure(root=True)
    return 0.0 if figure is None else figure.get_figwidth()


def _face(look: Look) -> dict[str, Any]:
    return {"facecolor": look.color, "hatch": look.hatch, "edgecolor": INK}


def _beside(ha: str, va: str) -> dict[str, Any]:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.3, "alpha": 0.8}
    return {
        "textcoords": "offset points", "ha": ha, "va": va, "fontsize": SMALL, "bbox": box,
        "zorder": 4,
    }  # fmt: skip


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
        ncols=_legend_columns(labels, POINTS_PER_INCH * figure.get_figwidth()),
    )


def _legend_columns(labels: Sequence[str], room: float) -> int:
    """How many columns of a legend fit into `room` points."""
    widest = column_widths([[label] for label in labels], _LEGEND_SIZE)[0]
    return max(1, min(len(labels), int(room / (widest + _LEGEND_HANDLE))))
