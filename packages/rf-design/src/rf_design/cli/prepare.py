"""`rf-design prepare`."""

from pathlib import Path

import click
from rf_jsonl.options import FOLDER

from rf_design.cli.languages import in_language, language


@click.command()
@click.option("--model", type=FOLDER, help="Folder of the adapter that reads requests.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the messages.")
def prepare(model: Path | None, lang: str | None) -> None:
    """Build the files of the model that reads requests, once; the first use does it otherwise."""
    from rf_jsonl import shown

    from rf_design.reading.model import prepare_model

    with in_language(language(lang)):
        folder = prepare_model(model, lambda line: click.echo(line, err=True))
    click.echo(f"{'就绪：' if lang == 'zh' else 'ready: '}{shown(folder)}")
