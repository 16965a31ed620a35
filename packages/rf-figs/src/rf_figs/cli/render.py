"""rf-figs render."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace
from rf_jsonl import printable, shown
from rf_jsonl.options import FOLDER, PATH

from rf_figs import registry
from rf_figs.errors import FigsError, UnknownFigure
from rf_figs.output import write_outcomes
from rf_figs.recipe import CHOICES, Recipe, read_recipe
from rf_figs.render import Job, Outcome, run_jobs


@click.command()
@click.option("--recipe", type=PATH, help="YAML with any of these options.")
@click.option(
    "--inputs",
    multiple=True,
    type=PATH,
    help="A folder to read: a data set, a run, results. Repeatable.",
)
@click.option("--out", type=FOLDER, help="Folder to write.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this figure. Repeatable.")
@click.option("--lang", type=click.Choice(CHOICES["lang"]), help="Language of the texts.")
@click.option("--width", type=click.Choice(CHOICES["width"]), help="3.5 in or 7.16 in.")
@click.option("--style", type=PATH, help="A .mplstyle applied on top of the built-in one.")
@click.option("--strict", is_flag=True, default=None, help="A skipped figure is an error.")
@click.option("--force", is_flag=True, help="Replace files that would change.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=lambda: min(4, os.cpu_count() or 1),
    help="Number of parallel drawing processes.",
)
def render(recipe: Path | None, force: bool, jobs: int, **options: Any) -> None:
    """Draw the figures as PNG, PDF and CSV, and write figures.json beside them.

    Options override the recipe; the recipe overrides the quickstart's defaults.
    """
    base = read_recipe(recipe) if recipe else Recipe()
    given = {key: value for key, value in options.items() if value not in (None, ())}
    plan = replace(base, **given)
    folders = _existing(plan, must_exist=bool(recipe) or "inputs" in given)
    names = _chosen(plan, given) or registry.names()
    count = "1 figure" if len(names) == 1 else f"{len(names)} figures"
    click.echo(f"{count} from {', '.join(map(shown, folders))} to {shown(plan.out)}/")
    work = [Job(name, folders, plan.langs, plan.width, plan.style) for name in names]
    outcomes = []
    for outcome in run_jobs(work, jobs):
        outcomes.append(outcome)
        click.echo(f"  {outcome.name:24} {printable(_summary(outcome))}")
    _finish(plan, outcomes, force)


def _chosen(plan: Recipe, given: Mapping[str, Any]) -> list[str]:
    """The names of the selected figures. An unknown name in an option is a usage error."""
    try:
        return [registry.get(name).name for name in plan.only]
    except UnknownFigure as error:
        if "only" in given:
            raise click.BadParameter(str(error), param_hint="--only") from None
        raise


def _existing(plan: Recipe, *, must_exist: bool) -> tuple[Path, ...]:
    """The input folders that exist. Raises FigsError if one that was named does not."""
    missing = [folder for folder in plan.inputs if not folder.is_dir()]
    if missing and (must_exist or len(missing) == len(plan.inputs)):
        raise FigsError(f"{missing[0]}: no such folder")
    return tuple(folder for folder in plan.inputs if folder.is_dir())


def _summary(outcome: Outcome) -> str:
    if outcome.failed:
        return f"FAILED: {outcome.failed}"
    if outcome.skipped:
        return f"skipped: {outcome.skipped}"
    kinds = sorted({Path(name).suffix[1:] for name in outcome.files})
    return "; ".join([", ".join(kinds), *outcome.notes])


def _finish(plan: Recipe, outcomes: list[Outcome], force: bool) -> None:
    drawn = [outcome for outcome in outcomes if outcome.files]
    failed = [outcome for outcome in outcomes if outcome.failed]
    skipped = [outcome for outcome in outcomes if outcome.skipped]
    written = write_outcomes(plan.out, outcomes, plan.options(), force=force)
    click.echo(
        f"{len(drawn)} drawn, {len(skipped)} skipped, {len(failed)} failed: "
        f"{written.new} files written, {written.unchanged} unchanged, {written.removed} removed"
    )
    if failed:
        raise FigsError("; ".join(dict.fromkeys(str(outcome.failed) for outcome in failed)))
    if skipped and (plan.strict or not drawn):
        raise FigsError(f"skipped: {', '.join(outcome.name for outcome in skipped)}")
