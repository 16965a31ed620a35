"""`rf-design prepare`."""

from pathlib import Path

import click
from rf_jsonl.options import FOLDER


@click.command()
@click.option("--model", type=FOLDER, help="Folder of the adapter that reads requests.")
def prepare(model: Path | None) -> None:
    """Build the files of the model that reads requests, once; the first use does it otherwise."""
    from rf_jsonl import shown

    from rf_design.reading.model import prepare_model

    folder = prepare_model(model, lambda line: click.echo(line, err=True))
    click.echo(f"ready: {shown(folder)}")
