"""`rf-design serve`: the page."""

from pathlib import Path

import click

from rf_design.cli.shared import model_option
from rf_design.cli.shared import say as report
from rf_design.errors import DesignError


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8350, show_default=True,
    help="Port on 127.0.0.1; 0 selects a free one.",
)  # fmt: skip
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language, default the browser's.")
@click.option("--no-model", is_flag=True, help="The form only, without reading sentences.")
@model_option
def serve(
    port: int, open_browser: bool, lang: str | None, no_model: bool, model: Path | None
) -> None:
    """Serve the page at 127.0.0.1 until Ctrl+C.

    It answers only this machine and stores nothing on disk.
    """
    try:
        from rf_design.page.app import page_app
        from rf_design.page.desk import Desk
        from rf_design.page.server import loopback_socket
        from rf_design.page.server import serve as run
    except ImportError as error:
        raise DesignError(f"the page needs {error.name}: install rf-design[serve]") from None
    from rf_design.reading.conversation import Reader

    def load() -> Reader:
        from rf_design.reading.model import installed_model

        return installed_model(model, report)

    def say(address: str) -> None:
        click.echo(f"rf-design: {address} (Ctrl+C ends it)")
        if open_browser:
            click.launch(address)

    run(page_app(Desk(None if no_model else load), lang), loopback_socket(port), say)
