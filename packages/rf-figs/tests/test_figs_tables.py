"""Tables on their ways onto paper."""

import csv
import io
import shutil
import subprocess

import numpy as np
import pytest
from rf_figs.tables import Table, to_csv, to_latex, to_markdown

TABLE = Table(
    ["metric_name", "n", "share"],
    [["a & b, 50 %", 3, "83.4 [72.1, 90.2]"], ["\u2003x_1 | y", None, "–"], ['say "q"', 7, "<0.1"]],
)


def test_csv_reads_back_as_it_was():
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    assert rows[0] == ["metric_name", "n", "share"]
    assert rows[1] == ["a & b, 50 %", "3", "83.4 [72.1, 90.2]"]
    assert rows[2][1] == ""
    assert rows[3][0] == 'say "q"'


def test_csv_numbers_are_exact():
    values = [0.1, 1e-7, 2 / 3, np.float64(1 / 3)]
    rows = list(csv.reader(io.StringIO(to_csv(Table(["x"], [[v] for v in values])))))
    assert [float(row[0]) for row in rows[1:]] == values


def test_markdown_escapes_pipes_and_aligns_numbers():
    lines = to_markdown(TABLE).splitlines()
    assert lines[0] == "| metric_name | n | share |"
    assert lines[1] == "| --- | ---: | ---: |"
    assert "x_1 \\| y" in lines[3]


def test_latex_escapes_and_uses_booktabs_rules():
    text = to_latex(TABLE)
    assert text.startswith("\\begin{tabular}{lrr}\n\\toprule\nmetric\\_name & n & share \\\\\n")
    assert "a \\& b, 50 \\% & 3 & 83.4 [72.1, 90.2] \\\\" in text
    assert "\\quad x\\_1" in text
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")
    for rule in ("\\toprule", "\\midrule", "\\bottomrule"):
        assert text.count(rule) == 1


@pytest.mark.slow
def test_latex_compiles(tmp_path):
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    body = to_latex(TABLE)
    document = (
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n%s\\end{document}\n"
    )
    (tmp_path / "t.tex").write_text(document % body, encoding="utf-8")
    command = ["pdflatex", "-halt-on-error", "t.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="a row of 1 cells under 2 columns"):
        Table(["a", "b"], [["x"]])
