"""`rf-design prepare`."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--model", type=click.Path(path_type=Path), help="Folder of the adapter that reads requests."
)
def prepare(model: Path | None) -> None:
    """Build the files of the model that reads requests, once; the first use does it otherwise."""
    from rf_design.reading.model import prepare_model

    folder = prepare_model(model, lambda line: click.echo(line, err=True))
    click.echo(f"ready: {folder}")
