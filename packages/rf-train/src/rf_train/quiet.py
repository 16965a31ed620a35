"""Other libraries' bars and notices, kept off our output unless they report an error."""

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import click


def quiet_libraries() -> None:
    """Silences notices; progress bars stay on terminals only."""
    from transformers.utils import logging as hf_logging

    hf_logging.set_verbosity_error()
    if not sys.stderr.isatty():
        hf_logging.disable_progress_bar()
    for name in ("bitsandbytes.backends.cpu.ops", "bitsandbytes", "accelerate"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if int(os.environ.get("RANK", "0")) != 0:
        logging.getLogger("rf_jsonl").setLevel(logging.ERROR)  # the first process says it
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning)


@contextmanager
def bars_on_terminals_only() -> Iterator[None]:
    """Keeps progress bars off a stderr that is not a terminal.

    For those that libraries draw past their own switches; log records and errors still come out.
    """
    if sys.stderr.isatty():
        yield
        return
    with redirect_stderr(io.StringIO()):
        yield


def say_on_main(text: str) -> None:
    """Prints a line, on the first process only."""
    if int(os.environ.get("RANK", "0")) == 0:
        click.echo(text)
