"""The common parts of the packages' command lines (needs click, the extra `cli`).

A command's module is imported when the command or its --help is called, so that the --help of a
program whose commands need torch is immediate.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import click

from rf_jsonl.errors import FileError, printable
from rf_jsonl.terminal import utf8_streams


def load_command(place: str) -> click.Command:
    """Imports the command at `module:attribute`."""
    module, _, attribute = place.partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


class LazyGroup(click.Group):
    """A group that lists its commands from a table and imports each one only when needed.

    `places` maps each name to (`module:attribute`, one line of help).
    """

    def __init__(self, *arguments: Any, places: Mapping[str, tuple[str, str]], **named: Any):
        super().__init__(*arguments, **named)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one command; None where there is no such name."""
        return load_command(self.places[cmd_name][0]) if cmd_name in self.places else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.places.items()])


def exit_code(
    name: str,
    call: Callable[[], Any],
    *failures: type[Exception],
    silent: tuple[type[Exception], ...] = (),
    usage: tuple[type[Exception], ...] = (),
    stopped: str = "stopped",
) -> int:
    """Runs a command line and returns its exit code; errors are printed as one line.

    Parameters
    ----------
    name : the prefix of the lines on standard error
    call : runs the command without click's standalone mode; returns None or an exit code
    failures : the package's own errors, in addition to FileError and OSError
    silent : failures with exit code 1 that are not printed
    usage : failures that are wrong usage, with exit code 2
    stopped : the message after Ctrl-C


    Returns
    -------
    0 done, 1 data or run failed, 2 wrong usage, 130 stopped
    """
    failed: tuple[type[Exception], ...] = (FileError, OSError, *failures)
    utf8_streams()
    try:
        return call() or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"{name}: {stopped}", err=True)
        return 130
    except failed as error:
        if not isinstance(error, silent):
            click.echo(f"{name}: {printable(str(error))}", err=True)
        return 2 if isinstance(error, usage) else 1
