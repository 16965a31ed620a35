"""The command line of rf-train: its commands, and the exit codes of errors.

A command's module is imported when the command or its --help is called, so that `rf-train --help`
is immediate although the commands need torch.
"""

import os
import sys
from typing import Any

import click
from rf_jsonl import printable
from rf_jsonl.commands import LazyGroup, exit_code, load_command

from rf_train.errors import OptionError, PeerLost, TrainError
from rf_train.files.names import LAUNCHED

COMMANDS = {
    "train": ("rf_train.cli.train:train", "Train a model from a recipe (the default)."),
    "plan": ("rf_train.cli.plan:plan", "Show what a recipe would do, without the weights."),
    "merge": ("rf_train.cli.merge:merge", "Merge an adapter into its base model."),
    "shrink": ("rf_train.cli.shrink:shrink", "Write an adapter at a lower rank or precision."),
    "export": ("rf_train.cli.export:export", "Describe a merged model for another program."),
    "chat": ("rf_train.cli.chat:chat", "Talk to a model, prompted as in its training."),
    "unpack": ("rf_train.cli.unpack:unpack", "Unpack the embedded model into a plain folder."),
}


@click.group(cls=LazyGroup, places=COMMANDS, invoke_without_command=True)
@click.version_option(package_name="rf-train")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Fine-tune language models with QLoRA. Without a command, the quickstart recipe is trained."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(load_command(COMMANDS["train"][0]))


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 data or run failed, 2 wrong usage, 130 stopped."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code instead of exiting the process."""
    return exit_code(
        "rf-train",
        lambda: cli.main(arguments, prog_name="rf-train", standalone_mode=False),
        PeerLost,
        TrainError,
        silent=(PeerLost,) if LAUNCHED in os.environ else (),
        usage=(OptionError,),
    )


def print_recipe(recipe: Any, remarks: list[str]) -> None:
    """Prints a resolved recipe, every key with its value, and the remarks on it."""
    from rf_train.recipe.keys import as_record

    for key, value in as_record(recipe).items():
        click.echo(printable(f"  {key}: {value}"))
    for remark in remarks:
        click.echo(f"  ({remark})")
