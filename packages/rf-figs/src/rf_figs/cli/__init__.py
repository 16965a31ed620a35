"""The command rf-figs: a group that imports a command only when it is called."""

import importlib
import sys

import click
from rf_jsonl import FileError, printable, utf8_streams

from rf_figs.errors import FigsError

COMMANDS = {
    "render": ("rf_figs.cli.render:render", "Draw the figures and tables (the default)."),
    "list": ("rf_figs.cli.listing:listing", "Say which figures there are and what they read."),
}


class LazyGroup(click.Group):
    """Lists its commands without importing them, so that --help answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the one-line helps that stand in COMMANDS."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True)
@click.version_option(package_name="rf-figs")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Figures and tables of a filter-design model, ready for the paper.

    Without a command: renders the quickstart's figures into paper_materials/figures.
    """
    if ctx.invoked_subcommand is None:
        command = group.get_command(ctx, "render")
        if command is not None:
            ctx.invoke(command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits 0 done, 1 data or run failed (one line), 2 wrong usage, 130 stopped."""
    utf8_streams()
    sys.exit(run_command(arguments))


def run_command(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code instead of leaving the process."""
    try:
        return group.main(arguments, prog_name="rf-figs", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (FileError, FigsError, OSError) as error:
        click.echo(f"rf-figs: {printable(str(error))}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("rf-figs: interrupted, nothing was written", err=True)
        return 130
