"""`rf-eval compare`: two scored folders, pair by pair."""

from pathlib import Path

import click
from rf_jsonl import Record, write_json

from rf_eval.compare import compare_folders
from rf_eval.outputs import holds, refuse_overwriting
from rf_eval.tables import comparison_table


@click.command()
@click.argument("baseline", type=click.Path())
@click.argument("candidate", type=click.Path())
@click.option("--out", default="baseline_comparison.json", type=click.Path(), show_default=True)
@click.option("--force", is_flag=True, help="Replace a different comparison.")
def compare(baseline: str, candidate: str, out: str, force: bool) -> None:
    """Compare the scores in folder BASELINE with those in folder CANDIDATE."""
    click.echo(f"Comparing {baseline} (baseline) with {candidate} → {out}")
    comparison, written = write_comparison(Path(baseline), Path(candidate), Path(out), force=force)
    for remark in comparison.get("remarks", ()):
        click.echo(f"Note: {remark}", err=True)
    click.echo(comparison_table(comparison))
    click.echo(f"{'Written to' if written else 'Unchanged:'} {out}")


def write_comparison(
    baseline: Path, candidate: Path, out: Path, *, force: bool
) -> tuple[Record, bool]:
    """Compares and writes; the comparison, and whether the file had to be written."""
    comparison = compare_folders(baseline, candidate)
    if holds(out, comparison):
        return comparison, False
    refuse_overwriting([out], force)
    write_json(out, comparison)
    return comparison, True
