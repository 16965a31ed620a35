"""The figures: every module in `rf_figs.figures` is one, so adding a figure is adding a file.

Such a module defines
- `TITLE`, its caption in English and Chinese,
- `NEEDS`, the names of the files it reads,
- `load(inputs) -> data`, which reads them; `data.table()` returns the plotted numbers,
- `draw(data, style) -> Figure`, which depends on nothing else,
- optionally `paper_table(data, style) -> Table`, which is also saved as Markdown and LaTeX.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rf_jsonl import did_you_mean

from rf_figs import figures
from rf_figs.errors import UnknownFigure
from rf_figs.inputs import Inputs
from rf_figs.style import Style
from rf_figs.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Plottable(Protocol):
    """A figure's data, which can be exported as a table."""

    def table(self) -> Table:
        """The plotted numbers, with English names."""


@dataclass(frozen=True)
class FigureKind:
    """One figure of the package, as its module describes it."""

    name: str
    title: tuple[str, str]
    needs: tuple[str, ...]
    load: Callable[[Inputs], Plottable]
    draw: Callable[[Any, Style], "Figure"]
    paper_table: Callable[[Any, Style], Table] | None


def names() -> list[str]:
    """The names of all figures, sorted, without importing them."""
    return sorted(m.name for m in pkgutil.iter_modules(figures.__path__) if m.name[0] != "_")


def get(name: str) -> FigureKind:
    """The figure of that name. Raises UnknownFigure, with the nearest name, if there is none."""
    if name not in names():
        raise UnknownFigure(f"no figure is named {name!r}{did_you_mean(name, names())}")
    module = importlib.import_module(f"{figures.__name__}.{name}")
    return FigureKind(
        name=name,
        title=module.TITLE,
        needs=module.NEEDS,
        load=module.load,
        draw=module.draw,
        paper_table=getattr(module, "paper_table", None),
    )
