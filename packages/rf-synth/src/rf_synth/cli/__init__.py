"""The command line of rf-synth: its commands, and exit codes for errors."""

import sys

import click
from rf_jsonl.commands import LazyGroup, exit_code, load_command

COMMANDS: dict[str, tuple[str, str]] = {
    "generate": (
        "rf_synth.cli.generate:generate",
        "Write a data set (the default command).",
    ),
    "solve": ("rf_synth.cli.solve:solve", "Compute the minimum order of specifications."),
    "validate": (
        "rf_synth.cli.validate:validate",
        "Check every claim of a data set, one line per finding.",
    ),
    "audit": ("rf_synth.cli.audit:audit", "Count the labels that meet their own specification."),
    "stats": ("rf_synth.cli.stats:stats", "Count what a data set consists of."),
    "schema": ("rf_synth.cli.schema:schema", "Print a JSON Schema."),
}


@click.group(cls=LazyGroup, places=COMMANDS, invoke_without_command=True)
@click.version_option(package_name="rf-synth")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Exact bilingual synthetic data sets for Chebyshev filter design.

    Without a command: `rf-synth generate` with its defaults.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(load_command(COMMANDS["generate"][0]))


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 success, 1 bad data or failed run, 2 usage, 130 interrupted."""
    sys.exit(run_command(arguments))


def run_command(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code instead of exiting."""
    from rf_synth.errors import SynthError

    return exit_code(
        "rf-synth",
        lambda: group.main(arguments, prog_name="rf-synth", standalone_mode=False),
        SynthError,
    )
