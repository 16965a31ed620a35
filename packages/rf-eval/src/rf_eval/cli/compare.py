"""`rf-eval compare`: two scored folders, pair by pair."""

from pathlib import Path

import click
from rf_jsonl import Record, is_file_to_be, refuse_replacing, shown, write_json
from rf_jsonl.options import PATH

from rf_eval.compare import compare_folders
from rf_eval.outputs import holds
from rf_eval.tables import comparison_table


@click.command()
@click.argument("baseline", type=PATH)
@click.argument("candidate", type=PATH)
@click.option("--out", default="baseline_comparison.json", type=PATH, show_default=True)
@click.option("--force", is_flag=True, help="Replace a different comparison.")
def compare(baseline: Path, candidate: Path, out: Path, force: bool) -> None:
    """Compare the scores in folder BASELINE with those in folder CANDIDATE."""
    to_stderr = not is_file_to_be(out)  # the comparison itself may go to standard output
    click.echo(
        f"Comparing {shown(baseline)} (baseline) with {shown(candidate)} → {shown(out)}",
        err=to_stderr,
    )
    comparison, written = write_comparison(baseline, candidate, out, force=force)
    for remark in comparison.get("remarks", ()):
        click.echo(f"Note: {remark}", err=True)
    click.echo(comparison_table(comparison), err=to_stderr)
    click.echo(f"{'Written to' if written else 'Unchanged:'} {shown(out)}", err=to_stderr)


def write_comparison(
    baseline: Path, candidate: Path, out: Path, *, force: bool
) -> tuple[Record, bool]:
    """Compares and writes; returns the comparison and whether the file was changed."""
    comparison = compare_folders(baseline, candidate)
    if holds(out, comparison):
        return comparison, False
    refuse_replacing(out, force=force)
    write_json(out, comparison)
    return comparison, True
