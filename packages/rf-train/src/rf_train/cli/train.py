"""`rf-train train`: a training run by recipe."""

import os
from pathlib import Path

import click
from rf_jsonl import shown
from rf_jsonl.options import PATH

from rf_train.cli import print_recipe


@click.command()
@click.argument("recipe", type=PATH, required=False)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key.")
@click.option("--resume", is_flag=True, help="Continue at the last checkpoint.")
@click.option("--force", is_flag=True, help="Replace another run in the same folder.")
@click.option("--allow-changes", is_flag=True, help="Resume although recipe or data changed.")
@click.option("--devices", type=click.IntRange(1), help="Devices to use, one process each.")
def train(
    recipe: Path | None,
    changes: tuple[str, ...],
    *,
    resume: bool,
    force: bool,
    allow_changes: bool,
    devices: int | None,
) -> None:
    """Train a model from RECIPE (default: the quickstart recipe).

    RECIPE is YAML with LLaMA-Factory's keys. The run folder `output_dir` receives the adapter, the
    tokenizer, trainer_log.jsonl, run.json and the result files. With both --resume and --force the
    same run is continued, and another one replaced.
    """
    if devices is not None and devices > 1:
        options = {"--resume": resume, "--force": force, "--allow-changes": allow_changes}
        _in_processes(recipe, changes, [name for name, on in options.items() if on], devices)
        return
    from rf_train.recipe.file import load_recipe

    resolved, remarks = load_recipe(recipe, changes)
    what = f"the recipe {shown(recipe)}" if recipe else "the quickstart recipe"
    click.echo(f"Training with {what}, into {shown(resolved.output_dir)}")
    print_recipe(resolved, remarks)
    from rf_train.quiet import quiet_libraries, say_on_main

    quiet_libraries()  # before the import of libraries that print while they load
    from rf_train.training.run import Stopped
    from rf_train.training.run import train as run_recipe

    try:
        run_recipe(
            resolved, resume=resume, force=force, allow_changes=allow_changes, say=say_on_main
        )
    except Stopped as stop:
        click.echo(str(stop), err=True)
        raise click.Abort from None


def _in_processes(
    recipe: Path | None, changes: tuple[str, ...], options: list[str], devices: int
) -> None:
    """Runs the same command in one process per device. Raises click's Exit where it fails."""
    if "RANK" in os.environ:
        raise click.UsageError("--devices: torchrun has already started the processes")
    from rf_train.training.launch import launch

    named = [] if recipe is None else [str(recipe)]
    sets = [word for change in changes for word in ("--set", change)]
    code = launch(["train", *named, *sets, *options], devices)
    if code:
        raise click.exceptions.Exit(code)
