"""What the commands share: the option --model, messages, and the language of both."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rf_jsonl.options import FOLDER

from rf_design.errors import DesignError

model_option = click.option(
    "--model", type=FOLDER, help="Folder of the adapter that reads requests."
)


def say(line: str) -> None:
    """Prints a message to standard error."""
    click.echo(f"rf-design: {line}", err=True)


def language(stated: str | None, text: str | None = None) -> str:
    """`zh` or `en`: the stated language, else that of the request, else English."""
    from rf_design.reading.text import language_of

    return stated or language_of(text or "")


@contextmanager
def in_language(lang: str) -> Iterator[None]:
    """Errors raised inside the block are in this language."""
    try:
        yield
    except DesignError as error:
        raise DesignError(error.text(lang)) from None
