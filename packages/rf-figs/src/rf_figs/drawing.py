"""Building blocks shared by several figures: bars with intervals, stacked shares, legends."""

from collections.abc import Mapping, Sequence
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
"""Font size of annotations in points."""

_VALUE_WIDTH = 13.5
"""Width in points of a value such as `83.4`, with some margin."""

_LEGEND_SIZE = 7.0
_LEGEND_HANDLE = 26.0
"""Width in points of a legend entry without its text."""


def interval(row: Row) -> tuple[float, float]:
    """How far the interval extends below and above the value, in the value's unit; 0 if absent."""
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
    """Bars of shares in per cent, with their intervals and values.

    places: the centre of each bar on the category axis. Values wider than their vertical bars
    are rotated by 90°.
    """
    values = [100 * (row.value or 0.0) for row in rows]
    reach = [[100 * end for end in ends] for ends in zip(*map(interval, rows), strict=True)]
    draw, error = (axes.barh, "xerr") if horizontal else (axes.bar, "yerr")
    options: dict[str, Any] = {
        error: reach,
        "error_kw": {"elinewidth": 0.7, "ecolor": INK, "capsize": 1.5},
    }
    draw(places, values, thickness, label=label, **_face(look), **options)
    narrow = not horizontal and _bar_points(axes, thickness) < _VALUE_WIDTH
    for place, row, value, above in zip(places, rows, values, reach[1], strict=True):
        text = percent(row.value or 0.0)
        if horizontal:
            axes.annotate(text, (value + above, place), (2.5, 0), **_beside("left", "center"))
        else:
            beside = {**_beside("center", "bottom"), "rotation": 90 if narrow else 0}
            axes.annotate(text, (place, value + above), (0, 1.5), **beside)


def _bar_points(axes: "Axes", thickness: float) -> float:
    """Approximate final width of a bar in points; the axes must have their limits."""
    low, high = axes.get_xlim()
    figure = axes.get_figure(root=True)
    inches = 0.0 if figure is None else figure.get_figwidth()
    return 0.88 * POINTS_PER_INCH * inches * thickness / (high - low)


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
    """One horizontal bar of 100 % divided into shares; wide enough parts show their per cent."""
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


def most_frequent(counts: Mapping[str, int], most: int) -> list[list[str]]:
    """Names by descending count, one list per bar; the last of `most` bars combines the rest."""
    names = sorted(counts, key=lambda name: (-counts[name], name))
    if len(names) <= most:
        return [[name] for name in names]
    return [*([name] for name in names[: most - 1]), names[most - 1 :]]


def counted_bars(
    axes: "Axes",
    places: Sequence[float],
    counts: Sequence[int],
    total: int,
    look: Look,
    *,
    thickness: float,
    label: str,
) -> None:
    """Horizontal bars of counts as shares of `total`, each annotated like `8.3 (4)`."""
    shares = [100 * count / total for count in counts]
    axes.barh(places, shares, thickness, label=label, **_face(look))
    for place, count in zip(places, counts, strict=True):
        if count:
            axes.annotate(
                f"{percent(count / total)} ({count})", (100 * count / total, place),
                (2, 0), textcoords="offset points", va="center", fontsize=SMALL,
            )  # fmt: skip


def name_bars(axes: "Axes", names: Sequence[str]) -> None:
    """Names the rows of `counted_bars`, top to bottom, and sets the limits of both axes."""
    axes.set_yticks(range(len(names)), names)
    axes.set(xlim=(0, 122), xticks=range(0, 101, 20), ylim=(len(names) - 1 + 0.6, -0.6))
    axes.tick_params(axis="y", length=0)


def unique_legend(axes: "Axes") -> None:
    """A one-row legend above the axes that lists every label once."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": len(once)}
    axes.legend(once.values(), once.keys(), **place)


def legend_on_top(
    figure: "Figure", axes: Sequence["Axes"], labels: Sequence[str], **options: Any
) -> None:
    """A legend above the whole figure for those of the labels that were drawn, in their order.

    It has as many columns as fit; `options` of `Figure.legend` override this.
    """
    found: dict[str, Any] = {}
    for part in axes:
        handles, names = part.get_legend_handles_labels()
        found.update(zip(names, handles, strict=True))
    labels = [label for label in labels if label in found]
    columns = _legend_columns(labels, POINTS_PER_INCH * figure.get_figwidth())
    place = {"loc": "outside upper center", "ncols": columns}
    figure.legend([found[label] for label in labels], labels, **{**place, **options})


def _legend_columns(labels: Sequence[str], room: float) -> int:
    """How many legend columns fit into a width of `room` points."""
    widest = column_widths([[label] for label in labels], _LEGEND_SIZE)[0]
    return max(1, min(len(labels), int(room / (widest + _LEGEND_HANDLE))))
