"""Where derivations go wrong: the first wrong step of each answer, by band and step."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rf_figs.drawing import SMALL, legend_on_top
from rf_figs.errors import MissingInput
from rf_figs.inputs import SCORES, Inputs
from rf_figs.readers.samples import model_scores
from rf_figs.style import INK, Style, look
from rf_figs.tables import Table
from rf_figs.words import BANDS, percent, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = ("First wrong step of the derivations", "推导中首个错误步骤")
NEEDS = (SCORES,)

METRIC = "derivation_steps"
_MOST_STEPS = 10
_TALLEST = {"column": 8.0, "page": 4.5}
"""Inches that the figure may take; where all steps need more, the rarest share a bar."""

_HEAD, _BAND, _ROW, _BAR = 0.65, 0.35, 0.06, 0.108
"""Inches of what stands above and below all panels, of each panel, each row and each bar."""


@dataclass
class Tally:
    """Derivations of one model in one band: all, all steps right, and first wrong ones by step."""

    total: int
    right: int
    wrong: dict[str, int]


@dataclass(frozen=True)
class Data:
    """Tallies by model and band."""

    tallies: dict[str, dict[str, Tally]]

    @property
    def bands(self) -> list[str]:
        """The bands with a derivation, in their usual order, others behind."""
        seen = {band for by_band in self.tallies.values() for band in by_band}
        return [band for band in BANDS if band in seen] + sorted(seen - set(BANDS))

    def steps(self, band: str, most: int = _MOST_STEPS) -> list[list[str]]:
        """The steps that were first wrong in a band, the most frequent first, a list a bar; the
        last of at most `most` bars is shared by all that are rarer.
        """
        sums: dict[str, int] = {}
        for by_band in self.tallies.values():
            for step, count in by_band[band].wrong.items() if band in by_band else ():
                sums[step] = sums.get(step, 0) + count
        steps = sorted(sums, key=lambda step: (-sums[step], step))
        if len(steps) <= most:
            return [[step] for step in steps]
        return [*([step] for step in steps[: most - 1]), steps[most - 1 :]]

    def table(self) -> Table:
        """A row per model, band and step; an empty step counts those without a mistake."""
        rows: list[list[str | int | None]] = []
        for model, by_band in self.tallies.items():
            for band, tally in by_band.items():
                rows.append([model, band, None, tally.right, tally.total])
                rows += [[model, band, s, n, tally.total] for s, n in tally.wrong.items()]
        return Table(["model", "band", "first_wrong_step", "answers", "of"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's scores. Raises MissingInput where no answer holds a derivation."""
    tallies: dict[str, dict[str, Tally]] = {}
    for model, answers in model_scores(inputs):
        for answer in answers:
            score = answer.metrics.get(METRIC)
            if score is None or score.status != "ok" or score.value is None:
                continue
            band = answer.group.get("band", "all")
            tally = tallies.setdefault(model, {}).setdefault(band, Tally(0, 0, {}))
            tally.total += 1
            step = score.record.get("label")
            if step is None:
                tally.right += score.value == 1
            else:
                tally.wrong[str(step)] = tally.wrong.get(str(step), 0) + 1
    if not tallies:
        raise MissingInput(f"no answer holds a derivation ({METRIC} in {SCORES})")
    return Data(tallies)


def draw(data: Data, style: Style) -> "Figure":
    """A panel a band: all right on top, then the steps by how often they were first wrong."""
    row = _row_inches(data)
    stacked = 1 if style.is_page else len(data.bands)
    room = (_TALLEST[style.width] - _HEAD) / stacked - _BAND
    most = max(2, min(_MOST_STEPS, int(room / row) - 1))
    lines = {band: data.steps(band, most) for band in data.bands}
    heights = [(len(steps) + 1) * row + _BAND for steps in lines.values()]
    figure = style.figure(_HEAD + (max(heights) if style.is_page else sum(heights)))
    if style.is_page:
        panels = figure.subplots(1, len(lines), squeeze=False)[0]
    else:
        panels = figure.subplots(len(lines), 1, squeeze=False, height_ratios=heights).T[0]
    for axes, (band, steps) in zip(panels, lines.items(), strict=True):
        _draw_band(axes, data, style, band, steps)
    for axes in panels if style.is_page else panels[-1:]:
        axes.set_xlabel(style.text("Share of derivations (%)", "推导占比（%）"))
    figure.supylabel(style.text("First wrong step", "首个错误步骤"), fontsize=8)
    legend_on_top(figure, panels, [word(style, model) for model in data.tallies])
    return figure


def _models_by_band(data: Data) -> dict[str, list[str]]:
    return {b: [m for m, bands in data.tallies.items() if b in bands] for b in data.bands}


def _row_inches(data: Data) -> float:
    return _ROW + _BAR * max(map(len, _models_by_band(data).values()))


def _draw_band(axes: "Axes", data: Data, style: Style, band: str, steps: list[list[str]]) -> None:
    models = _models_by_band(data)[band]
    thickness = _BAR / _row_inches(data)
    for k, model in enumerate(models):
        tally = data.tallies[model][band]
        mark = look(list(data.tallies).index(model), len(data.tallies))
        places = [row + (k - (len(models) - 1) / 2) * thickness for row in range(len(steps) + 1)]
        counts = [tally.right, *(sum(tally.wrong.get(s, 0) for s in bar) for bar in steps)]
        axes.barh(
            places, [100 * n / tally.total for n in counts], thickness, label=word(style, model),
            facecolor=mark.color, hatch=mark.hatch, edgecolor=INK,
        )  # fmt: skip
        for place, count in [pair for pair in zip(places, counts, strict=True) if pair[1]]:
            axes.annotate(
                f"{percent(count / tally.total)} ({count})", (100 * count / tally.total, place),
                (2, 0), textcoords="offset points", va="center", fontsize=SMALL,
            )  # fmt: skip
    names = [
        b[0] if len(b) == 1 else style.text(f"{len(b)} others", f"其他 {len(b)} 步") for b in steps
    ]
    axes.set_yticks(range(len(steps) + 1), [style.text("none wrong", "全部正确"), *names])
    axes.set(xlim=(0, 122), xticks=range(0, 101, 20), ylim=(len(steps) + 0.6, -0.6))
    axes.tick_params(axis="y", length=0)
    totals = ", ".join(str(data.tallies[model][band].total) for model in models)
    axes.set_title(style.listed(word(style, band), f"n = {totals}"), loc="left")
