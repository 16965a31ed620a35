"""Outcome of requests read into calls: status of the results and first wrong arguments."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rf_figs.drawing import SMALL, counted_bars, legend_on_top, most_frequent, name_bars
from rf_figs.errors import MissingInput
from rf_figs.inputs import SCORES, Inputs
from rf_figs.readers.calls import NO_RESULT, STATUSES, first_wrong, status_pairs
from rf_figs.readers.samples import model_scores
from rf_figs.style import INK, RED, Style, look
from rf_figs.tables import Cell, Table
from rf_figs.words import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = ("Status of the results and first wrong argument", "结果状态与首个读错的参数")
NEEDS = (SCORES,)

FOUND = (*STATUSES, NO_RESULT)
_MOST_SLOTS = 12
_IN_A_ROW = {"column": 1, "page": 2}
_MATRIX, _TICKS, _HEAD, _ROW, _BAR = 0.8, 0.35, 0.75, 0.06, 0.108
"""Inches per row of matrices, below the last of them, around the bars, per row of bars, per bar."""


@dataclass(frozen=True)
class Reading:
    """One model: counts of (expected, found) statuses, and of first wrong arguments (None: no
    argument is wrong).
    """

    pairs: Counter[tuple[str, str]]
    wrong: Counter[str | None]


@dataclass(frozen=True)
class Data:
    """Readings by model."""

    models: dict[str, Reading]

    @property
    def slots(self) -> list[list[str]]:
        """The first wrong arguments, most frequent first, in at most `_MOST_SLOTS` bars."""
        sums: Counter[str] = Counter()
        for reading in self.models.values():
            sums.update({slot: n for slot, n in reading.wrong.items() if slot is not None})
        return most_frequent(sums, _MOST_SLOTS)

    def table(self) -> Table:
        """One row per model and pair of statuses, then one per first wrong argument."""
        rows: list[list[Cell]] = []
        for model, reading in self.models.items():
            for expected in STATUSES:
                rows += [
                    [model, "status", expected, found, reading.pairs[expected, found]]
                    for found in FOUND
                ]
            rows += [
                [model, "first_wrong_argument", slot, None, count]
                for slot, count in sorted(reading.wrong.items(), key=lambda item: -item[1])
            ]
        return Table(["model", "aspect", "expected_or_argument", "found", "answers"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's scores. Raises MissingInput if no answer was a call."""
    models = {}
    for model, answers in model_scores(inputs):
        reading = Reading(status_pairs(answers), first_wrong(answers))
        if reading.pairs or reading.wrong:
            models[model] = reading
    if not models:
        raise MissingInput(f"no answer is a call (status or reading_slots in {SCORES})")
    return Data(models)


def draw(data: Data, style: Style) -> "Figure":
    """Matrices of found against expected status on top, bars of first wrong arguments below."""
    judged = [model for model, reading in data.models.items() if reading.pairs]
    columns = max(1, min(_IN_A_ROW[style.width], len(judged)))
    lines = -(-len(judged) // columns)
    row = _ROW + _BAR * len(data.models)
    bars = _HEAD + row * (len(data.slots) + 1)
    heights = [_MATRIX] * lines
    figure = style.figure(sum(heights) + (_TICKS if judged else 0) + bars)
    grid = figure.add_gridspec(lines + 1, columns, height_ratios=[*heights, bars])
    for k, model in enumerate(judged):
        line, column = divmod(k, columns)
        axes = figure.add_subplot(grid[line, column])
        _draw_matrix(axes, data.models[model].pairs, style, model)
        axes.tick_params(labelleft=column == 0, labelbottom=k + columns >= len(judged))
        if column == 0:
            axes.set_ylabel(style.text("Expected", "应为"))
        if k + columns >= len(judged):
            axes.set_xlabel(style.text("Found", "结果"))
    axes = figure.add_subplot(grid[lines, :])
    _draw_slots(axes, data, style, _BAR / row)
    if len(data.models) > 1:
        legend_on_top(figure, [axes], [word(style, model) for model in data.models])
    return figure


def _draw_matrix(axes: "Axes", pairs: Counter[tuple[str, str]], style: Style, model: str) -> None:
    """Counts, shaded by their share of the row; unwarranted designs are framed."""
    shares = []
    for expected in STATUSES:
        counts = [pairs[expected, found] for found in FOUND]
        shares.append([count / (sum(counts) or 1) for count in counts])
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
    for y, expected in enumerate(STATUSES):
        for x, found in enumerate(FOUND):
            count = pairs[expected, found]
            axes.text(
                x, y, str(count) if count else "·", ha="center", va="center_baseline",
                fontsize=7, color="white" if shares[y][x] > 0.7 else INK,
            )  # fmt: skip
            if found == STATUSES[0] and found != expected:
                _frame(axes, x, y)
    axes.set_xticks(range(len(FOUND)), [word(style, name) for name in FOUND], fontsize=SMALL)
    axes.set_yticks(range(len(STATUSES)), [word(style, n) for n in STATUSES], fontsize=SMALL)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title(style.listed(word(style, model), f"n = {pairs.total()}"), loc="left")


def _frame(axes: "Axes", x: int, y: int) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, fill=False, edgecolor=RED))


def _draw_slots(axes: "Axes", data: Data, style: Style, thickness: float) -> None:
    """Shares of the calls by first wrong argument, with fully correct calls on top."""
    slots, models = data.slots, list(data.models)
    for k, model in enumerate(models):
        wrong, mark = data.models[model].wrong, look(k, len(models))
        counts = [wrong[None], *(sum(wrong[slot] for slot in bar) for bar in slots)]
        total = wrong.total() or 1
        places = [row + (k - (len(models) - 1) / 2) * thickness for row in range(len(counts))]
        label = word(style, model)
        counted_bars(axes, places, counts, total, mark, thickness=thickness, label=label)
    names = [_slot_name(style, bar) for bar in slots]
    name_bars(axes, [style.text("all right", "全部正确"), *names])
    axes.set_xlabel(style.text("Share of calls (%)", "调用占比（%）"))
    axes.set_ylabel(style.text("First wrong argument", "首个读错的参数"))


def _slot_name(style: Style, bar: list[str]) -> str:
    if len(bar) > 1:
        return style.text(f"{len(bar)} others", f"其他 {len(bar)} 种")
    slot, _, kind = bar[0].rpartition(" ")
    return style.text(
        f"{word(style, slot)} {word(style, kind)}", f"{word(style, slot)}{word(style, kind)}"
    )
