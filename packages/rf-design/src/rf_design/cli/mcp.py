"""`rf-design mcp`."""

from pathlib import Path

import click

from rf_design.cli.languages import in_language, language
from rf_design.errors import DesignError


@click.command()
@click.option(
    "--model", type=click.Path(path_type=Path), help="Folder of the adapter that reads requests."
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language of all answers, else the request's."
)
def mcp(model: Path | None, lang: str | None) -> None:
    """Serve the tools read_request, design_filter and check_order to an assistant.

    Speaks the Model Context Protocol on stdin and stdout; assistants start it themselves. Needs
    the extra rf-design[mcp]. The model is loaded by the first read_request, the others need none.
    """
    from rf_design.assistant.server import serve

    with in_language(language(lang)):
        try:
            serve(model, lang, lambda line: click.echo(f"rf-design: {line}", err=True))
        except ImportError as error:
            raise DesignError(
                f"serving an assistant needs {error.name}: install rf-design[mcp]",
                f"供 AI 助手调用需要 {error.name}：请安装 rf-design[mcp]",
            ) from None
