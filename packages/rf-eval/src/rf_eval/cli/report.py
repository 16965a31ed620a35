"""`rf-eval report`: one self-contained page for a results folder."""

from collections.abc import Sequence
from pathlib import Path

import click
from rf_jsonl import Record, shown
from rf_jsonl.options import FOLDER, PATH

from rf_eval.joins import refuse_other_comparison
from rf_eval.report.build import REPORT, write_report
from rf_eval.report.collect import model_folders
from rf_eval.scored import COMPARISON, FURTHER, read_comparison, read_results
from rf_eval.tables import comparison_table, results_table

SAME = ("baseline", "data", "samples")


@click.command()
@click.argument("folder", type=FOLDER, default=Path("results/quickstart"))
@click.option("--data", type=PATH, help="The data set, if it was moved since scoring.")
def report(folder: Path, data: Path | None) -> None:
    """Write FOLDER/report.html from the scores in FOLDER, and print the table.

    Without FOLDER: results/quickstart. The page is always rebuilt from the files.
    """
    root = folder
    click.echo(f"Reporting {shown(root)}/ → {shown(root / REPORT)}")
    changed = write_report(root, data)
    click.echo(f"{'Written:' if changed else 'Unchanged:'} {shown(root / REPORT)}")
    comparison = root / COMPARISON
    if comparison.is_file():
        further = sorted(root.glob(FURTHER.format("*")))
        results = [read_results(scored) for scored in model_folders(root)]
        by_name = {str(result["model"]): result for result in results}
        for path in further:
            refuse_other_comparison(path, read_comparison(path), by_name)
        click.echo(comparison_table(*_same_baseline(comparison, further)))
        return
    for scored in model_folders(root):
        click.echo(results_table(read_results(scored)))


def _same_baseline(comparison: Path, further: Sequence[Path]) -> tuple[Record, list[Record]]:
    """The comparison, and those of the others with the same baseline and data."""
    first = read_comparison(comparison)
    read = [read_comparison(path) for path in further]
    return first, [one for one in read if all(one[key] == first[key] for key in SAME)]
