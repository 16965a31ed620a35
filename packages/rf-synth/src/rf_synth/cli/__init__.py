"""The command line of rf-synth: which commands there are, and how errors become exit codes."""

import sys

import click
from rf_jsonl.commands import LazyGroup, exit_code, load_command

COMMANDS: dict[str, tuple[str, str]] = {
    "generate": (
        "rf_synth.cli.generate:generate",
        "Write a data set (done without a command too).",
    ),
    "solve": ("rf_synth.cli.solve:solve", "Minimum order of given specifications."),
    "validate": ("rf_synth.cli.validate:validate", "Prove a data set: a line for each finding."),
    "audit": ("rf_synth.cli.audit:audit", "How many labels meet their own specification."),
    "stats": ("rf_synth.cli.stats:stats", "What a data set consists of."),
    "schema": ("rf_synth.cli.schema:schema", "Print a JSON Schema."),
}


@click.group(cls=LazyGroup, places=COMMANDS, invoke_without_command=True)
@click.version_option(package_name="rf-synth")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Exact bilingual synthetic data sets for Chebyshev filter design.

    Without a command: `rf-synth generate` on its defaults.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(load_command(COMMANDS["generate"][0]))


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits 0 done, 1 data or run failed (one line), 2 wrong usage, 130 stopped."""
    sys.exit(run_command(arguments))


def run_command(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code instead of leaving the process."""
    from rf_synth.errors import SynthError

    return exit_code(
        "rf-synth",
        lambda: group.main(arguments, prog_name="rf-synth", standalone_mode=False),
        SynthError,
    )
