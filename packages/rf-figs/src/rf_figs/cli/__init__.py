"""The command line of rf-figs: its commands, and how errors become exit codes."""

import sys

import click
from rf_jsonl.commands import LazyGroup, exit_code, load_command

from rf_figs.errors import FigsError

COMMANDS = {
    "render": ("rf_figs.cli.render:render", "Draw the figures and tables (the default)."),
    "list": ("rf_figs.cli.listing:listing", "List the figures and the files they read."),
}


@click.group(cls=LazyGroup, places=COMMANDS, invoke_without_command=True)
@click.version_option(package_name="rf-figs")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Publication-ready figures and tables about a filter-design model.

    Without a command: renders the quickstart's figures into paper_materials/figures.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(load_command(COMMANDS["render"][0]))


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 failed (one line), 2 wrong usage, 130 interrupted."""
    sys.exit(run_command(arguments))


def run_command(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code without ending the process."""
    return exit_code(
        "rf-figs",
        lambda: group.main(arguments, prog_name="rf-figs", standalone_mode=False),
        FigsError,
        stopped="interrupted, nothing was written",
    )
