"""The candidate model's predicted against the true minimum order, one panel per band."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rf_figs.drawing import SMALL
from rf_figs.errors import MissingInput
from rf_figs.inputs import SCORES, TEST, Inputs
from rf_figs.readers.samples import evaluated_samples, model_scores, partner
from rf_figs.style import BLUE, INK, Style
from rf_figs.tables import Table
from rf_figs.words import BANDS, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

TITLE = ("Predicted against true order, by band", "各频带预测阶数与真实阶数")
NEEDS = (SCORES, TEST)

_SMALLEST_DOT = 10.0
_PANEL_POINTS = {"column": 88.0, "page": 125.0}
"""Approximate width of a panel in points, by figure width."""

_ABOVE: dict[str, Any] = {"loc": "outside upper center"}

Pair = tuple[int, int | None]
"""True order, predicted order; None if the answer has no readable order."""


@dataclass(frozen=True)
class Data:
    """How often each pair of true and predicted order occurs, by model and band.

    shown: the model that is drawn: the comparison's candidate, else the second or only one.
    """

    counts: dict[str, dict[str, Counter[Pair]]]
    shown: str

    @property
    def bands(self) -> list[str]:
        """The bands that the drawn model answered, in the order of BANDS."""
        return [band for band in BANDS if self.counts[self.shown].get(band)]

    def table(self) -> Table:
        """One row per model, band and pair; an empty prediction is an answer without an order."""
        rows: list[list[str | int | None]] = []
        for model, by_band in self.counts.items():
            for band, counter in by_band.items():
                pairs = sorted(counter, key=lambda pair: (pair[0], pair[1] is None, pair[1] or 0))
                rows += [[model, band, *pair, counter[pair]] for pair in pairs]
        return Table(["model", "band", "true_order", "predicted_order", "samples"], rows)


def load(inputs: Inputs) -> Data:
    """Joins the scores to the data set by id. Raises MissingInput, FigsError, FileError."""
    models = model_scores(inputs)
    samples = evaluated_samples(inputs)
    counts: dict[str, dict[str, Counter[Pair]]] = {}
    for model, answers in models:
        for answer in answers:
            score = answer.metrics.get("order_error")
            if score is None or score.status == "not_applicable":
                continue
            sample = partner(samples, answer)
            if sample.order is not None:
                error = score.value if score.status == "ok" else None
                pair = (sample.order, None if error is None else sample.order + round(error))
                counts.setdefault(model, {}).setdefault(sample.band, Counter())[pair] += 1
    if not counts:
        raise MissingInput(f"no metric 'order_error' in any {SCORES}")
    names = [model for model, _ in models if model in counts]
    data = Data(counts, names[min(1, len(names) - 1)])
    _note_clipped(inputs, data)
    return data


def _note_clipped(inputs: Inputs, data: Data) -> None:
    """Notes how many predictions lie outside the axes."""
    drawn = sum((data.counts[data.shown][band] for band in data.bands), Counter[Pair]())
    low, high = order_axis(list(drawn))
    beyond = sum(n for (_, p), n in drawn.items() if p is not None and not low - 1 <= p <= high + 1)
    if beyond:
        inputs.notes.append(f"{beyond} predicted orders outside the axes are drawn at their edge")


def draw(data: Data, style: Style) -> "Figure":
    """One square panel per band on shared axes; a dot's area is proportional to its count."""
    bands = data.bands
    columns = len(bands) if style.is_page else min(2, len(bands))
    rows = -(-len(bands) // columns)
    spare = columns * rows > len(bands)
    above = 0.35 if spare else 0.85 if style.is_page else 1.05
    figure = style.figure(above + rows * (2.2 if style.is_page else 1.8))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flatten()
    pairs = [pair for band in bands for pair in data.counts[data.shown][band]]
    ticks = order_axis(pairs)
    dots = _dots(data, style, ticks)
    for axes, band in zip(panels, bands, strict=False):
        _draw_band(axes, data.counts[data.shown][band], ticks, dots)
        total = data.counts[data.shown][band].total()
        axes.set_title(style.listed(word(style, band), f"n = {total}"))
    for axes in panels[len(bands) :]:
        axes.set_axis_off()
    _label_axes(panels[: len(bands)], ticks)
    _draw_key(panels[-1] if spare else figure, data, style, dots)
    figure.supxlabel(style.text("True order", "真实阶数"), fontsize=8)
    label = style.text("Predicted order", "预测阶数")
    if columns > 1:
        figure.supylabel(label, fontsize=8)
    else:
        panels[0].set_ylabel(label)
    return figure


def order_axis(pairs: list[Pair]) -> tuple[int, int]:
    """Lowest and highest order on both axes: the range of true orders, extended by 1.

    Predictions outside it are drawn at the edge.
    """
    true = [pair[0] for pair in pairs]
    return max(1, min(true) - 1), max(true) + 1


@dataclass(frozen=True)
class Dots:
    """Dot sizes: `most` answers take `largest` square points."""

    most: int
    largest: float

    def area(self, count: int) -> float:
        """A dot's area in square points: a visible minimum plus a share for the count."""
        return _SMALLEST_DOT + (self.largest - _SMALLEST_DOT) * count / self.most


def _dots(data: Data, style: Style, ticks: tuple[int, int]) -> Dots:
    """Sizes at which dots of neighbouring orders hardly overlap."""
    counts = data.counts[data.shown]
    pitch = _PANEL_POINTS[style.width] / (ticks[1] - ticks[0] + 3.4)
    largest = min(100.0, max(20.0, (1.4 * pitch) ** 2))
    return Dots(max(max(counts[band].values()) for band in data.bands), largest)


def _draw_band(axes: "Axes", counter: Counter[Pair], ticks: tuple[int, int], dots: Dots) -> None:
    """The dots of one band, small ones on top of large ones."""
    low, high = ticks
    axes.plot([low - 0.5, high + 0.5], [low - 0.5, high + 0.5], color="0.75", linewidth=0.6)
    for (true, predicted), count in sorted(counter.items(), key=lambda item: (-item[1], str(item))):
        place = low - 2 if predicted is None else min(max(predicted, low - 1), high + 1)
        right = predicted == true
        axes.scatter(
            true, place, s=dots.area(count), marker="x" if predicted is None else "o",
            facecolor=INK if predicted is None else BLUE if right else "white",
            edgecolor=None if predicted is None else INK, linewidth=0.5, clip_on=False, zorder=3,
        )  # fmt: skip


def _label_axes(panels: "NDArray[np.object_]", ticks: tuple[int, int]) -> None:
    low, high = ticks
    step = max(1, (high - low) // 6)
    marks = list(range(low, high + 1, step))
    for axes in panels:
        axes.set(xticks=marks, yticks=[low - 2, *marks], aspect="equal")
        axes.set_yticklabels(["×", *map(str, marks)], fontsize=SMALL)
        axes.tick_params(axis="x", labelsize=SMALL, labelbottom=True)
        axes.set_xlim(low - 0.7, high + 0.7)
        axes.set_ylim(low - 2.7, high + 1.7)
        axes.axhline(low - 1.5, color="0.75", linewidth=0.5, linestyle=":")


def _draw_key(place: "Axes | Figure", data: Data, style: Style, dots: Dots) -> None:
    """A legend of model, colours, sizes and cross, in a spare panel or else above the figure."""
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    def dot(face: str, count: int, marker: str = "o") -> Line2D:
        size = dots.area(count) ** 0.5
        return Line2D([], [], linestyle="none", marker=marker, markersize=size,
                      markerfacecolor=face, markeredgecolor=INK, markeredgewidth=0.5)  # fmt: skip

    columns = 5 if style.is_page else 3
    most = dots.most
    middle = max(1, most // 2)
    place.legend(
        [dot(BLUE, middle), dot("white", middle), dot(INK, middle, "x"), dot("0.8", 1),
         dot("0.8", most)],
        [style.text("right", "正确"), style.text("wrong", "错误"),
         style.text("no readable order", "无可读阶数"),
         style.text("1 answer", "1 个答案"), style.text(f"{most} answers", f"{most} 个答案")],
        title=word(style, data.shown), title_fontsize=7,
        **({"loc": "center"} if isinstance(place, Axes) else {**_ABOVE, "ncols": columns}),
    )  # fmt: skip
