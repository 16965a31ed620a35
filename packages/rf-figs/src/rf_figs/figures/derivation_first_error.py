"""Where derivations go wrong: the first wrong step of each answer, by filter band."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rf_figs.drawing import counted_bars, legend_on_top, most_frequent, name_bars
from rf_figs.errors import MissingInput
from rf_figs.inputs import SCORES, Inputs
from rf_figs.readers.samples import model_scores
from rf_figs.style import Style, look
from rf_figs.tables import Table
from rf_figs.words import BANDS, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = ("First wrong step of the derivations", "推导中首个错误步骤")
NEEDS = (SCORES,)

METRIC = "derivation_steps"
_MOST_STEPS = 10
_TALLEST = {"column": 8.0, "page": 4.5}
"""Maximum height in inches; where all steps would need more, the rarest share a bar."""

_HEAD, _BAND, _ROW, _BAR = 0.65, 0.35, 0.06, 0.108
"""Inches around all panels, per panel, per row and per bar."""


@dataclass
class Tally:
    """Derivations of one model in one band: how many in all, without an error, and by their
    first wrong step.
    """

    total: int = 0
    right: int = 0
    wrong: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Data:
    """Tallies by model and band."""

    tallies: dict[str, dict[str, Tally]]

    @property
    def bands(self) -> list[str]:
        """The bands with a derivation: known ones in their order, then others, sorted."""
        seen = {band for by_band in self.tallies.values() for band in by_band}
        return [band for band in BANDS if band in seen] + sorted(seen - set(BANDS))

    def steps(self, band: str, most: int = _MOST_STEPS) -> list[list[str]]:
        """The first wrong steps in a band, most frequent first, in at most `most` bars."""
        sums: Counter[str] = Counter()
        for by_band in self.tallies.values():
            if band in by_band:
                sums.update(by_band[band].wrong)
        return most_frequent(sums, most)

    def table(self) -> Table:
        """One row per model, band and step; an empty step counts derivations without an error."""
        rows: list[list[str | int | None]] = []
        for model, by_band in self.tallies.items():
            for band, tally in by_band.items():
                rows.append([model, band, None, tally.right, tally.total])
                rows += [[model, band, s, n, tally.total] for s, n in tally.wrong.items()]
        return Table(["model", "band", "first_wrong_step", "answers", "of"], rows)


def load(inputs: Inputs) -> Data:
    """Reads every model's scores. Raises MissingInput if no answer has a derivation."""
    tallies: dict[str, dict[str, Tally]] = {}
    for model, answers in model_scores(inputs):
        for answer in answers:
            score = answer.metrics.get(METRIC)
            if score is None or score.status != "ok" or score.value is None:
                continue
            band = answer.group.get("band", "all")
            tally = tallies.setdefault(model, {}).setdefault(band, Tally())
            tally.total += 1
            step = score.record.get("label")
            if step is None:
                tally.right += score.value == 1
            else:
                tally.wrong[str(step)] += 1
    if not tallies:
        raise MissingInput(f"no answer holds a derivation ({METRIC} in {SCORES})")
    return Data(tallies)


def draw(data: Data, style: Style) -> "Figure":
    """One panel per band: derivations without an error on top, then the first wrong steps."""
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
        counts = [tally.right, *(sum(tally.wrong[s] for s in bar) for bar in steps)]
        label = word(style, model)
        counted_bars(axes, places, counts, tally.total, mark, thickness=thickness, label=label)
    names = [
        b[0] if len(b) == 1 else style.text(f"{len(b)} others", f"其他 {len(b)} 步") for b in steps
    ]
    name_bars(axes, [style.text("none wrong", "全部正确"), *names])
    totals = ", ".join(str(data.tallies[model][band].total) for model in models)
    axes.set_title(style.listed(word(style, band), f"n = {totals}"), loc="left")
