"""The command line of rf-eval: which commands there are, and how errors become exit codes.

A command's module is imported when it is called or its own --help is asked for, so that
`rf-eval --help` answers at once.
"""

import importlib
import sys

import click
from rf_jsonl import FileError, printable, utf8_streams

from rf_eval.errors import EvalError

COMMANDS = {
    "run": ("rf_eval.cli.run:run", "Generate, score, compare and report a recipe (the default)."),
    "generate": ("rf_eval.cli.generate:generate", "Let a model answer a data set."),
    "score": ("rf_eval.cli.score:score", "Score predictions against a data set."),
    "compare": ("rf_eval.cli.compare:compare", "Compare two scored folders, pair by pair."),
    "report": ("rf_eval.cli.report:report", "Write one self-contained report.html."),
    "check": ("rf_eval.cli.check:check", "Simulate answers: do they meet their own spec?"),
    "import": ("rf_eval.cli.import_:import_", "Turn a published result file into ours."),
    "metrics": ("rf_eval.cli.metrics:metrics", "List the metrics, those of packages included."),
}


class LazyGroup(click.Group):
    """A group that lists its commands from a table and imports one only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one command, or None where there is no such name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True)
@click.version_option(package_name="rf-eval")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Evaluate models that answer in JSON. Without a command: quickstart, base against tuned."""
    if ctx.invoked_subcommand is None:
        command = cli.get_command(ctx, "run")
        if command is not None:
            ctx.invoke(command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits 0 done, 1 data or run failed (one line), 2 wrong usage, 130 stopped."""
    sys.exit(run_command(arguments))


def run_command(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code instead of leaving the process."""
    utf8_streams()
    try:
        return cli.main(arguments, prog_name="rf-eval", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("rf-eval: stopped", err=True)
        return 130
    except (FileError, EvalError, OSError) as error:
        click.echo(f"rf-eval: {printable(str(error))}", err=True)
        return 1
