"""`rf-synth generate`."""

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rf_jsonl import expanded, shown
from rf_jsonl.options import FOLDER, PATH

if TYPE_CHECKING:
    from rf_synth.dataset.recipe import Recipe
    from rf_synth.dataset.writer import Shard

_ONE_PROCESS = 4000
"""Up to this many records more processes cost more than they save."""


@click.command()
@click.option("--preset", default=None, metavar="NAME", help="Packaged recipe [quickstart].")
@click.option("--recipe", "file", type=PATH, metavar="FILE", help="Your own recipe, YAML.")
@click.option("--out", type=FOLDER, metavar="DIR", help="Output folder [data/<name>].")
@click.option("--seed", type=int, default=None, help="Seed of all random draws.")
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Set any key of the recipe."
)
@click.option(
    "--count", "counts", multiple=True, metavar="SPLIT=N", help="Number of records of a split."
)
@click.option("--workers", type=click.IntRange(min=1), default=None, help="Processes [all cores].")
@click.option(
    "--shard", default="1/1", metavar="K/N", help="Write only shard K of N of every split."
)
@click.option("--force", is_flag=True, help="Write even if unchanged, and overwrite other files.")
def generate(**options: Any) -> None:
    """Write a data set: train, val, test and test_ood, with card, registration and manifest.

    The same recipe always gives the same bytes, for any number of workers or shards. A longer
    run (--count) begins with the records of a shorter one.
    """
    from rf_synth.dataset import writer
    from rf_synth.sharing import usual_workers

    recipe, out = _recipe(options)
    shard = _shard(options["shard"])
    folder = Path(options["out"] or expanded(out or f"data/{recipe.name}"))
    total = sum(last - first for first, last in map(shard.stretch, recipe.counts.values()))
    workers = options["workers"] or (1 if total <= _ONE_PROCESS else usual_workers())
    click.echo(
        f"{recipe.name}: preset {recipe.preset}, seed {recipe.seed}, style {recipe.answer_style}; "
        f"{total:,} records by {workers} process{'es'[: 2 * (workers > 1)]} -> {shown(folder)}"
    )
    if not options["force"]:
        if writer.is_written(recipe, folder, shard):
            writer.clear_staging(folder)
            click.echo("unchanged: the folder holds exactly this data set")
            return
        writer.check_replaceable(recipe, folder, shard)
    with click.progressbar(length=total, label="writing") as bar:
        writer.write_dataset(recipe, folder, workers=workers, shard=shard, progress=bar.update)
    if shard.count == 1:
        _table(recipe)


def _recipe(options: dict[str, Any]) -> tuple["Recipe", str | None]:
    """The recipe that the options ask for, checked for feasibility, and the folder it names."""
    from rf_synth.dataset import recipe as recipes
    from rf_synth.dataset.feasible import check_feasible

    if options["preset"] and options["file"]:
        raise click.UsageError("--preset and --recipe exclude each other")
    lines: dict[str, int] = {}
    try:
        if options["file"]:
            values, lines = recipes.load_recipe(options["file"])
        else:
            values = recipes.load_preset(options["preset"] or "quickstart")
    except recipes.RecipeError as error:
        if options["preset"]:
            raise click.UsageError(str(error)) from None
        raise
    typed = copy.deepcopy(values)
    try:
        for assignment in options["sets"]:
            recipes.override(typed, assignment)
        if options["seed"] is not None:
            typed["seed"] = options["seed"]
        recipe = recipes.resolve(typed, dict(map(_length, options["counts"])))
    except recipes.RecipeError as error:
        _refuse_file(options["file"], values, lines)
        raise click.UsageError(str(error)) from None
    check_feasible(recipe)
    return recipe, typed.get("out")


def _refuse_file(file: Path | None, values: dict[str, Any], lines: dict[str, int]) -> None:
    """Raises the error of a recipe that is wrong even without the options, with its file if any."""
    from rf_synth.dataset import recipe as recipes

    try:
        recipes.resolve(values, {})
    except recipes.RecipeError as error:
        if file is not None:
            raise error.in_file(file, lines) from None
        raise


def _length(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\w+)=([1-9][0-9_]*)", text)
    if not match:
        raise click.UsageError(f"--count {text}: expected SPLIT=N, for example train=100000")
    return match[1], int(match[2])


def _shard(text: str) -> "Shard":
    from rf_synth.dataset.writer import Shard

    match = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text)
    if not match or int(match[1]) > int(match[2]):
        raise click.UsageError(f"--shard {text}: expected K/N with 1 ≤ K ≤ N")
    return Shard(int(match[1]), int(match[2]))


_HEADS = {
    "full": "full", "followup_resolve": "resolve", "followup_question": "question",
    "lowpass": "low", "bandpass": "band", "highpass": "high", "zh": "zh", "mix": "mix", "en": "en",
}  # fmt: skip


def _table(recipe: "Recipe") -> None:
    """Prints the counts of every split; bands are counted for full and resolve only."""
    from rf_synth.dataset.card import counted
    from rf_synth.dataset.plan import Plan

    requests = recipe.source == "requests"
    heads = {**_HEADS, "bandstop": "stop", "outside": "outside"} if requests else _HEADS
    click.echo("\nsplit       total" + "".join(f"{head:>9}" for head in heads.values()))
    for split, count in recipe.counts.items():
        types, bands, langs = counted(Plan(recipe.compositions[split], 0), count)
        found = {**types, **bands, **langs}
        cells = "".join(f"{found.get(name, 0):>9,}" for name in heads)
        click.echo(f"{split:<9}{count:>8,}{cells}")
