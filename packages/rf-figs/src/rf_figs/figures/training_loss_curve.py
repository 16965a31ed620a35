"""Loss, smoothed loss and learning rate over the optimiser steps of one training run."""

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from rf_figs.drawing import SMALL
from rf_figs.errors import MissingInput
from rf_figs.inputs import LOG, Inputs
from rf_figs.readers.log import TrainingLog, read_log
from rf_figs.style import BLUE, GREEN, GREY, INK, ORANGE, Style
from rf_figs.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

TITLE = ("Training loss and learning rate", "训练损失与学习率")
NEEDS = (LOG,)

EMA_WEIGHT = 0.9
MOST_POINTS = 2000
_MOST_EPOCH_LINES = 10


@dataclass(frozen=True)
class Data:
    """Series by step; NaN where a step has no finite loss or no learning rate.

    smooth: bias-corrected exponential moving average of the finite losses.
    final: the smoothed loss after the last step. epochs: (step, epochs completed there).
    """

    step: "NDArray[np.int64]"
    loss: "NDArray[np.float64]"
    smooth: "NDArray[np.float64]"
    learning_rate: "NDArray[np.float64]"
    evals: list[tuple[int, float]]
    epochs: list[tuple[int, int]]
    final: float

    def table(self) -> Table:
        """One row per drawn step, then one per evaluation."""
        columns = (self.loss, self.smooth, self.learning_rate)
        rows: list[list[float | int | None]] = [
            [int(step), *(None if np.isnan(v) else float(v) for v in values), None]
            for step, *values in zip(self.step, *columns, strict=True)
        ]
        rows += [[step, None, None, None, loss] for step, loss in self.evals]
        return Table(["step", "loss", "loss_ema", "learning_rate", "eval_loss"], rows)


def load(inputs: Inputs) -> Data:
    """Reads the training log. Raises MissingInput if no step has a loss; FileError."""
    path = inputs.one(LOG)
    log = read_log(path)
    if len(log.loss) == log.missing:
        raise MissingInput(f"no finite loss in {path}")
    step = np.fromiter(log.loss, np.int64, len(log.loss))
    loss = np.array([np.nan if v is None else v for v in log.loss.values()])
    rate = np.array([log.learning_rate.get(s, np.nan) for s in log.loss])
    smooth = moving_average(loss)
    keep = drawn_points(loss, MOST_POINTS)
    _note(inputs, log, len(keep))
    return Data(
        step[keep], loss[keep], smooth[keep], rate[keep],
        evals=list(log.eval_loss.items()), epochs=epoch_starts(log.epoch), final=float(smooth[-1]),
    )  # fmt: skip


def moving_average(values: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Bias-corrected exponential moving average; NaN values are skipped.

    Source: Kingma and Ba, Adam (2015), section 3, with beta = EMA_WEIGHT.
    """
    smooth = np.empty(len(values))
    mean, weight = 0.0, 0.0
    for index, value in enumerate(values.tolist()):
        if not isnan(value):
            mean = EMA_WEIGHT * mean + (1 - EMA_WEIGHT) * value
            weight = EMA_WEIGHT * weight + (1 - EMA_WEIGHT)
        smooth[index] = mean / weight if weight else np.nan
    return smooth


def drawn_points(values: "NDArray[np.float64]", most: int) -> "NDArray[np.int64]":
    """Indices to draw: all, or the lowest and highest value of each of most/2 equal segments.

    So no spike is lost. The first and the last point are always kept.
    """
    if len(values) <= most:
        return np.arange(len(values))
    chosen = [0, len(values) - 1]
    for segment in np.array_split(np.arange(len(values)), most // 2 - 1):
        inside = values[segment]
        if not np.isnan(inside).all():
            chosen += [segment[np.nanargmin(inside)], segment[np.nanargmax(inside)]]
    return np.unique(np.array(chosen))


def epoch_starts(epoch: dict[int, float]) -> list[tuple[int, int]]:
    """The first logged step of each epoch after the first, as (step, epochs completed)."""
    starts: list[tuple[int, int]] = []
    for step, value in epoch.items():
        done = int(value + 1e-9)
        if done > (starts[-1][1] if starts else 0):
            starts.append((step, done))
    return starts


def _note(inputs: Inputs, log: TrainingLog, drawn: int) -> None:
    if drawn < len(log.loss):
        inputs.notes.append(
            f"{drawn:,} of {len(log.loss):,} steps drawn: each segment's lowest and highest loss"
        )
    if log.missing:
        inputs.notes.append(f"{log.missing} steps without a finite loss are left out")
    if log.repeated:
        inputs.notes.append(f"{log.repeated} steps were logged again; the last line of each counts")


def draw(data: Data, style: Style) -> "Figure":
    """Loss on the left axis, learning rate on the right."""
    from matplotlib.ticker import MaxNLocator

    figure = style.figure(2.4)
    axes = figure.add_subplot()
    axes.plot(data.step, data.loss, color=GREY, linewidth=0.7, label=style.text("Loss", "损失"))
    name = style.text(f"Smoothed (EMA {EMA_WEIGHT:g})", f"平滑损失（EMA {EMA_WEIGHT:g}）")
    axes.plot(data.step, data.smooth, color=BLUE, label=name)
    if data.evals:
        name = style.text("Validation", "验证损失")
        axes.plot(*zip(*data.evals, strict=True), "D", color=GREEN, markersize=3.5, label=name)
    axes.set(
        xlabel=style.text("Optimiser step", "优化步数"),
        ylabel=style.text("Loss (nats per token)", "损失（奈特/词元）"),
    )
    axes.set_ylim(bottom=0)
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    _mark_epochs(axes, data, style)
    _mark_final(axes, data, style)
    handles = [*axes.get_lines()[: 3 if data.evals else 2], *_draw_rate(axes, data, style)]
    columns = 2 if len(handles) > 3 and not style.is_page else len(handles)
    figure.legend(handles=handles, loc="outside upper center", ncols=columns)
    return figure


def _draw_rate(axes: "Axes", data: Data, style: Style) -> list[object]:
    """The learning rate on a second axis, scaled by the power of ten in its label."""
    known = data.learning_rate[~np.isnan(data.learning_rate)]
    if not len(known):
        return []
    power = int(np.floor(np.log10(1.01 * known.max()))) if known.max() > 0 else 0
    right = axes.twinx()
    right.spines["right"].set_visible(True)
    name = style.text("Learning rate", "学习率")
    lines = right.plot(
        data.step, data.learning_rate / 10.0**power, "--", color=ORANGE, linewidth=1.0, label=name
    )
    right.set_ylabel(style.text(f"{name} ($10^{{{power}}}$)", f"{name}（$10^{{{power}}}$）"))
    right.set_ylim(bottom=0)
    return list(lines)


def _mark_epochs(axes: "Axes", data: Data, style: Style) -> None:
    inner = [start for start in data.epochs if start[0] < data.step[-1]]
    for step, done in inner if len(inner) <= _MOST_EPOCH_LINES else []:
        axes.axvline(step, color=INK, linewidth=0.6, linestyle=":")
        axes.annotate(
            style.text(f"epoch {done}", f"第 {done} 轮"), (step, 1), (0, 1),
            xycoords=("data", "axes fraction"), textcoords="offset points",
            ha="center", va="bottom", fontsize=SMALL, color=INK,
        )  # fmt: skip


def _mark_final(axes: "Axes", data: Data, style: Style) -> None:
    last = data.step[-1]
    axes.plot([last], [data.final], "o", color=BLUE, markersize=3.5)
    text = style.text(f"final {data.final:.4g}", f"终值 {data.final:.4g}")
    axes.annotate(
        text, (last, data.final), (-3, 9), textcoords="offset points", color=BLUE,
        ha="right", fontsize=7,
        arrowprops={"arrowstyle": "-", "color": BLUE, "linewidth": 0.5, "shrinkB": 1},
    )  # fmt: skip
