"""The command line of rf-train: which commands there are, and how errors become exit codes.

A command's module is imported when it is called or its own --help is asked for, so that
`rf-train --help` answers at once although the commands stand on torch.
"""

import importlib
import os
import sys

import click
from rf_jsonl import FileError, printable, utf8_streams

from rf_train.errors import OptionError, PeerLost, TrainError
from rf_train.files.names import LAUNCHED

COMMANDS = {
    "train": ("rf_train.cli.train:train", "Train a model as a recipe says (the default)."),
    "plan": ("rf_train.cli.plan:plan", "Show what a recipe would do, without the weights."),
    "merge": ("rf_train.cli.merge:merge", "Merge an adapter into its base model."),
    "shrink": ("rf_train.cli.shrink:shrink", "Write an adapter at a lower rank or precision."),
    "export": ("rf_train.cli.export:export", "Describe a merged model to another program."),
    "chat": ("rf_train.cli.chat:chat", "Talk to a model, prompted as it was trained."),
    "unpack": ("rf_train.cli.unpack:unpack", "Unpack the embedded model into a plain folder."),
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
@click.version_option(package_name="rf-train")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Fine-tune language models with QLoRA. Without a command: the quickstart training."""
    if ctx.invoked_subcommand is None:
        command = ctx.command.get_command(ctx, "train")  # type: ignore[attr-defined]
        ctx.invoke(command)


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits 0 done, 1 data or run failed (one line), 2 wrong usage, 130 stopped."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code instead of leaving the process."""
    utf8_streams()
    try:
        return cli.main(arguments, prog_name="rf-train", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("rf-train: stopped", err=True)
        return 130
    except PeerLost as error:
        if LAUNCHED not in os.environ:
            click.echo(f"rf-train: {error}", err=True)
        return 1
    except (FileError, TrainError, OSError) as error:
        click.echo(f"rf-train: {printable(str(error))}", err=True)
        return 2 if isinstance(error, OptionError) else 1
