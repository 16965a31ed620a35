"""The command line of rf-synth: one module a command, imported when it is called."""

import sys
from importlib import import_module

import click

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


class LazyGroup(click.Group):
    """Imports a command only when it is called, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they are told."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True)
@click.version_option(package_name="rf-synth")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Exact bilingual synthetic data sets for Chebyshev filter design.

    Without a command: `rf-synth generate` on its defaults.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(ctx.command.get_command(ctx, "generate"))  # type: ignore[attr-defined]


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits 0 done, 1 data or run failed (one line), 2 wrong usage, 130 stopped."""
    sys.exit(run_command(arguments))


def run_command(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code instead of leaving the process."""
    from rf_jsonl import FileError, printable, utf8_streams

    from rf_synth.errors import SynthError

    utf8_streams()
    try:
        return group.main(arguments, prog_name="rf-synth", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("rf-synth: stopped", err=True)
        return 130
    except (FileError, SynthError, OSError) as error:
        click.echo(f"rf-synth: {printable(str(error))}", err=True)
        return 1
