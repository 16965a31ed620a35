"""`rf-synth validate`."""

import os
import sys
from pathlib import Path

import click
from rf_jsonl.options import PATH

_SHOWN = 1000


@click.command()
@click.argument("path", type=PATH)
@click.option("--workers", type=click.IntRange(min=1), default=None, help="Processes [all cores].")
def validate(path: Path, workers: int | None) -> None:
    """Check every claim of a data-set folder or file.

    Prints one line per finding; exit code 1 if there are any.
    """
    from rf_jsonl import printable

    from rf_synth.verify.folder import validate as findings

    found = 0
    for finding in findings(path, workers or os.cpu_count() or 1):
        found += 1
        if found <= _SHOWN:
            click.echo(printable(str(finding)))
    if found > _SHOWN:
        click.echo(f"… and {found - _SHOWN:,} more")
    if found:
        sys.exit(1)
