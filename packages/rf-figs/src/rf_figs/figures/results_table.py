"""The paper's main table: headline shares of every model, overall and some by band."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rf_figs.errors import MissingInput
from rf_figs.inputs import COMPARISON, RESULTS, Inputs
from rf_figs.readers.results import Paired, Results, Row, all_results, read_comparison
from rf_figs.style import INCHES, Style
from rf_figs.tables import Cell, Table
from rf_figs.typesetting import draw_table, lay_out_parts
from rf_figs.words import BANDS, EMPTY, HEADLINE_METRICS, distinct, share, word

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = ("Results", "评测结果")
NEEDS = (RESULTS,)


@dataclass(frozen=True)
class Data:
    """Every model's rows, and the paired tests if exactly two models were compared."""

    results: list[Results]
    paired: list[Paired]

    def table(self) -> Table:
        """All rows of all models: every metric and group, not only the printed ones."""
        header = ["model", "metric", "group", "n", "value", "ci_low", "ci_high", "method"]
        rows: list[list[Cell]] = []
        for result in self.results:
            for row in result.rows:
                group = " ".join(f"{key}={value}" for key, value in row.group.items())
                rows.append([result.model, row.metric, group, *row.numbers, row.method])
        return Table(header, rows)

    def lines(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Metric and group of each printed line, i.e. each measured on at least one model."""
        for metric in HEADLINE_METRICS:
            groups: list[dict[str, str]] = [{}]
            if metric in ("order", "meets_spec"):
                groups += [{"band": band} for band in BANDS]
            for group in groups:
                if any(result.get(metric, **group) for result in self.results):
                    yield metric, group

    def test(self, metric: str, group: dict[str, str]) -> Paired | None:
        """The paired test of a line, or None."""
        return next((p for p in self.paired if p.metric == metric and p.group == group), None)


def load(inputs: Inputs) -> Data:
    """Reads every model's results, and the comparison if there are two models.

    Raises MissingInput if none of the headline shares was measured; FileError.
    """
    results, paired = all_results(inputs), []
    comparison = inputs.optional(COMPARISON)
    if comparison and len(results) == 2:
        paired = read_comparison(comparison, results)[2]
    data = Data(results, paired)
    if not list(data.lines()):
        raise MissingInput(f"none of {', '.join(HEADLINE_METRICS)} is in {RESULTS}")
    return data


def paper_table(data: Data, style: Style) -> Table:
    """The table as printed: per cent with intervals, and the paired difference."""
    header = [style.text("Share of samples (%)", "样本占比（%）"), "n"]
    header += [word(style, result.model) for result in data.results]
    if data.paired:
        header += [style.text("Difference", "差值"), "p"]
    return Table(header, [_cells(data, style, metric, group) for metric, group in data.lines()])


def draw(data: Data, style: Style) -> "Figure":
    """The printed table; at column width without the paired differences."""
    table = paper_table(data, style)
    columns = 2 + len(data.results)
    last = len(table.header) if style.is_page else columns
    rows = [[str(cell) for cell in row[:last]] for row in table.rows]
    parts = lay_out_parts(table.header[:last], rows, INCHES[style.width], fixed=2)
    heights = [part.height for part in parts]
    figure = style.figure(sum(heights) + 0.1 * len(parts))
    panels = figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, part in zip(panels, parts, strict=True):
        draw_table(axes, part)
    return figure


def _cells(data: Data, style: Style, metric: str, group: dict[str, str]) -> list[Cell]:
    name = word(style, metric)
    if group:
        name = f"\u2003{word(style, group['band'])}"
    rows = [result.get(metric, **group) for result in data.results]
    cells: list[Cell] = [name, distinct(row.n for row in rows if row), *map(_share, rows)]
    if data.paired:
        test = data.test(metric, group)
        cells += [_difference(test), _p(test)]
    return cells


def _share(row: Row | None) -> str:
    return EMPTY if row is None else share(row.value, row.ci_low, row.ci_high)


def _difference(test: Paired | None) -> str:
    if test is None or test.difference is None:
        return EMPTY
    text = _signed(test.difference)
    if test.ci_low is None or test.ci_high is None:
        return text
    return f"{text} [{_signed(test.ci_low)}, {_signed(test.ci_high)}]"


def _signed(share: float) -> str:
    """Percentage points with their sign, using a true minus."""
    return f"{100 * share:+.1f}".replace("-", "−")


def _p(test: Paired | None) -> str:
    if test is None or test.p_value is None:
        return EMPTY
    return "<0.001" if test.p_value < 0.001 else f"{test.p_value:.3f}"
