"""`rf-design prepare`."""

from pathlib import Path

import click

from rf_design.cli.shared import in_language, language, model_option


@click.command()
@model_option
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the messages.")
def prepare(model: Path | None, lang: str | None) -> None:
    """Build the files of the model that reads requests, which the first use does otherwise."""
    from rf_jsonl import shown

    from rf_design.reading.model import prepare_model

    with in_language(language(lang)):
        folder = prepare_model(model, lambda line: click.echo(line, err=True))
    click.echo(f"{'就绪：' if lang == 'zh' else 'ready: '}{shown(folder)}")
