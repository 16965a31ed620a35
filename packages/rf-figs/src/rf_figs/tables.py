"""A table of numbers, and its output formats: CSV, Markdown, LaTeX with booktabs."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Cell = str | int | float | None

_LATEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "±": r"$\pm$",
    "–": "--",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "<": "$<$",
    ">": "$>$",
    "\u2003": r"\quad ",
}


@dataclass(frozen=True)
class Table:
    """A header and rows of equal length; None is an empty cell."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"a row of {len(row)} cells under {len(self.header)} columns")


def to_csv(table: Table) -> str:
    """RFC 4180 with `\\n` line ends; numbers in their shortest exact form."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([[_plain(cell) for cell in row] for row in table.rows])
    return out.getvalue()


def to_markdown(table: Table) -> str:
    """A GitHub-style pipe table; columns of numbers are right-aligned."""
    marks = ["---:" if _is_numeric(table, k) else "---" for k in range(len(table.header))]
    rows = [table.header, marks, *table.rows]
    return "".join(
        "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in row) + " |\n" for row in rows
    )


def to_latex(table: Table) -> str:
    """A `tabular` with the rules of \\usepackage{booktabs}; texts are escaped."""
    columns = "".join("r" if _is_numeric(table, k) else "l" for k in range(len(table.header)))
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", _latex_row(table.header), r"\midrule"]
    lines += [_latex_row(row) for row in table.rows]
    lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def _latex_row(cells: Sequence[Cell]) -> str:
    return " & ".join(_escape_latex(_plain(cell)) for cell in cells) + r" \\"


def _escape_latex(text: str) -> str:
    return "".join(_LATEX_ESCAPES.get(character, character) for character in text)


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return repr(float(cell)) if isinstance(cell, float) else str(cell)


def _is_numeric(table: Table, column: int) -> bool:
    cells = [row[column] for row in table.rows if row[column] not in (None, "")]
    return bool(cells) and all(_looks_numeric(cell) for cell in cells)


def _looks_numeric(cell: Cell) -> bool:
    """A number, or a text that starts with one: `83.4 [72.1, 90.2]`."""
    return not isinstance(cell, str) or cell.lstrip("−-+<")[:1].isdigit() or cell == "–"


FORMATS: dict[str, Callable[[Table], str]] = {"csv": to_csv, "md": to_markdown, "tex": to_latex}
