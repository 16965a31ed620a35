"""Tables in a figure: laid out for an exact width in legible print."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rf_figs.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALLEST = 6.0
"""Smallest font size in points, unless no arrangement of the cells fits at it."""

POINTS_PER_INCH = 72
_GAP = 6.0
"""Minimum space between two columns in points."""
_PAD = 3.0
"""Margin in points that constrained layout adds at either side of the table."""
_LINE = 0.17
"""Height in inches of a row of one line, including the header."""
_MORE = 0.105
"""Height in inches of each further line of a row."""
_HINTING = 1.05
"""Rasterised text is wider than its outlines by up to this factor."""

_MEASURED_AT = 10.0
"""Font size in points at which texts are measured."""

Cells = Sequence[str]


@dataclass(frozen=True)
class TableLayout:
    """A table with its layout: cells with line breaks, font size, edges of the columns.

    edges: left and right edge of each column as fractions of the width.
    """

    header: Cells
    rows: Sequence[Cells]
    size: float
    edges: list[tuple[float, float]]

    @property
    def heights(self) -> list[float]:
        """Heights of the header and of every row in inches."""
        lines = [max(cell.count("\n") for cell in row) for row in (self.header, *self.rows)]
        return [_LINE + _MORE * more for more in lines]

    @property
    def height(self) -> float:
        """Height of the whole table in inches."""
        return sum(self.heights)


def lay_out(header: Cells, rows: Sequence[Cells], inches: float, size: float = 7.0) -> TableLayout:
    """Fits a table to a width by a smaller font or line breaks within cells.

    Of the arrangements - cells on one line, model names broken, intervals below their values -
    the first that fits at a font size of at least `SMALLEST` is used; if none does, the last.
    """
    room = POINTS_PER_INCH * inches - 2 * _PAD
    found = None
    for head, body in _arrangements(header, rows):
        widths = column_widths([head, *body], size)
        fitted = min(1.0, (room - _GAP * (len(widths) - 1)) / sum(widths))
        edges = _column_edges([width * fitted for width in widths], room)
        found = TableLayout(head, body, size * fitted, edges)
        if found.size >= SMALLEST:
            break
    assert found is not None
    return found


def lay_out_parts(
    header: Cells, rows: Sequence[Cells], inches: float, size: float = 7.0, *, fixed: int
) -> list[TableLayout]:
    """Like `lay_out`, split into as many tables as the smallest font size requires.

    Each part repeats the first `fixed` columns and has its share of the others.
    """
    others = len(header) - fixed
    parts: list[TableLayout] = []
    for count in range(1, others + 1):
        most = -(-others // count)
        parts = []
        for start in range(fixed, len(header), most):
            keep = [*range(fixed), *range(start, min(start + most, len(header)))]
            chosen = [[row[k] for k in keep] for row in (header, *rows)]
            parts.append(lay_out(chosen[0], chosen[1:], inches, size))
        if min(part.size for part in parts) >= SMALLEST:
            break
    return parts


def _arrangements(header: Cells, rows: Sequence[Cells]) -> Iterator[tuple[Cells, Sequence[Cells]]]:
    yield header, rows
    broken = [header[0], *(_broken_name(name) for name in header[1:])]
    yield broken, rows
    yield broken, [[cell.replace(" [", "\n[") for cell in row] for row in rows]


def _broken_name(name: str, most: int = 13) -> str:
    """A long name broken after - / _ or spaces, to `most` characters per line if possible."""
    lines, line = [], ""
    for part in _parts(name):
        if line and len(line) + len(part.rstrip()) > most:
            lines.append(line.rstrip())
            line = ""
        line += part
    return "\n".join([*lines, line.rstrip()])


def _parts(name: str) -> Iterator[str]:
    start = 0
    for index, character in enumerate(name, 1):
        if character in "-/_ ":
            yield name[start:index]
            start = index
    yield name[start:]


def draw_table(axes: "Axes", layout: TableLayout, *, left_columns: int = 1) -> None:
    """Draws a table in booktabs style, with three horizontal rules, over the whole of `axes`.

    The first `left_columns` columns are left-aligned, the others right-aligned. Row heights are
    scaled from `layout.height` to the height of the axes.
    """
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(layout.height, 0))
    for rule, weight in ((0.0, 1.0), (layout.heights[0], 0.6), (layout.height, 1.0)):
        axes.plot([0, 1], [rule, rule], color=INK, linewidth=weight, clip_on=False)
    top = 0.0
    for cells, height in zip((layout.header, *layout.rows), layout.heights, strict=True):
        middle = top + height / 2
        for column, (text, (start, end)) in enumerate(zip(cells, layout.edges, strict=True)):
            at_left = column < left_columns
            axes.text(
                start if at_left else end, middle, text, fontsize=layout.size, linespacing=1.05,
                ha="left" if at_left else "right",
                va="center" if "\n" in text else "center_baseline",
                multialignment="left" if at_left else "right",
            )  # fmt: skip
        top += height


def column_widths(lines: Sequence[Cells], size: float) -> list[float]:
    """Width in points of the longest line in each column at a font size of `size` points."""
    from matplotlib import rcParams

    family = tuple(rcParams["font.family"])
    return [
        size
        * max(_width_at_one_point(line, family) for cell in column for line in cell.split("\n"))
        for column in zip(*lines, strict=True)
    ]


@cache
def _width_at_one_point(text: str, family: tuple[str, ...]) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    outline = TextPath((0, 0), text, prop=FontProperties(family=list(family), size=_MEASURED_AT))
    return _HINTING * float(outline.get_extents().width) / _MEASURED_AT


def _column_edges(widths: Sequence[float], room: float) -> list[tuple[float, float]]:
    """Left and right edge of each column as fractions of `room`; the gaps share the rest."""
    gap = (room - sum(widths)) / max(len(widths) - 1, 1)
    edges, left = [], 0.0
    for width in widths:
        edges.append((left / room, (left + width) / room))
        left += width + gap
    return edges
