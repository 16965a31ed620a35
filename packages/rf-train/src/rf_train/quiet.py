"""Suppresses progress bars and notices of other libraries, but not their errors."""

import io
import logging
import os
import sys
import warnings
from contextlib import AbstractContextManager, nullcontext, redirect_stderr
from typing import Any

import click


def quiet_libraries() -> None:
    """Silences notices, and progress bars where standard error is not a terminal."""
    from transformers.utils import logging as hf_logging

    hf_logging.set_verbosity_error()
    if not sys.stderr.isatty():
        hf_logging.disable_progress_bar()
    for name in ("bitsandbytes.backends.cpu.ops", "bitsandbytes", "accelerate"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if int(os.environ.get("RANK", "0")) != 0:
        logging.getLogger("rf_jsonl").setLevel(logging.ERROR)  # the first process warns
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning)


def bars_on_terminals_only() -> AbstractContextManager[Any]:
    """Discards what is written to a standard error that is not a terminal.

    For progress bars that libraries offer no way to disable; log records and errors still appear.
    """
    return nullcontext() if sys.stderr.isatty() else redirect_stderr(io.StringIO())


def say_on_main(text: str) -> None:
    """Prints a line, on the first process only."""
    if int(os.environ.get("RANK", "0")) == 0:
        click.echo(text)
