"""`rf-design mcp`."""

from pathlib import Path

import click

from rf_design.cli.shared import in_language, language, model_option, say
from rf_design.errors import DesignError


@click.command()
@model_option
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), help="Language of answers, default the request's."
)
def mcp(model: Path | None, lang: str | None) -> None:
    """Serve the tools read_request, design_filter and check_order to an assistant.

    Uses the Model Context Protocol on stdin and stdout; the assistant starts this command. Needs
    the extra rf-design[mcp]. Only read_request needs the model, which its first call loads.
    """
    from rf_design.assistant.server import serve

    with in_language(language(lang)):
        try:
            serve(model, lang, say)
        except ImportError as error:
            raise DesignError(
                f"serving an assistant needs {error.name}: install rf-design[mcp]",
                f"供 AI 助手调用需要 {error.name}：请安装 rf-design[mcp]",
            ) from None
