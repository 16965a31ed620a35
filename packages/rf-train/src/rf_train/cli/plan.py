"""`rf-train plan`: what a recipe would do, shown before anything is downloaded or trained."""

import json
from pathlib import Path
from typing import Any

import click
from rf_jsonl import printable
from rf_jsonl.options import PATH


@click.command()
@click.argument("recipe", type=PATH, required=False)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key.")
@click.option("--samples", type=click.IntRange(1), help="Samples, where the data is not there.")
@click.option("--tokens", type=float, help="Their mean length in tokens.")
@click.option("--devices", type=click.IntRange(1), default=1, help="Devices the run is started on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def plan(
    recipe: Path | None,
    changes: tuple[str, ...],
    *,
    samples: int | None,
    tokens: float | None,
    devices: int,
    as_json: bool,
) -> None:
    """Show what RECIPE would do: parameters, steps, memory of each device, time here.

    Needs no weights: a local config.json or a known architecture is enough. Time comes from a
    half-second probe of this machine's matrix products.
    """
    from rf_train.errors import TrainError
    from rf_train.quiet import quiet_libraries
    from rf_train.recipe.file import load_recipe

    quiet_libraries()
    from rf_train.budget.plan import plan as make_plan

    resolved, remarks = load_recipe(recipe, changes)
    found = make_plan(resolved, samples=samples, tokens=tokens, devices=devices)
    found["remarks"] = remarks + found["remarks"]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    if "refused" in found:
        if not as_json:
            click.echo(f"{found['model']}: {found['parameters']:,} parameters")
        raise TrainError(found["refused"])
    if as_json:
        return
    _print(found, recipe or Path("the quickstart recipe"))


def _print(found: dict[str, Any], recipe: Path) -> None:
    data, here = found["data"], found["here"]
    click.echo(printable(f"Plan of {recipe}: {found['model']}"))
    click.echo(f"  parameters            {found['parameters']:>16,}")
    click.echo(f"  trainable             {found['trainable_parameters']:>16,}")
    click.echo(f"  quantised layers      {found['quantised_linears']:>16,}")
    click.echo(f"  samples               {data['samples']:>16,}  ({data['measured']})")
    click.echo(
        f"  tokens per sample     {data['mean_tokens']:>16,.0f}  (longest {data['longest']:,})"
    )
    click.echo(
        f"  steps                 {found['steps']:>16,}  of {found['samples_per_step']} samples"
        + (f" over {found['devices']} devices" if found["devices"] > 1 else "")
    )
    for remark in found["remarks"]:
        click.echo(f"  ({remark})")
    click.echo("  memory      needs   at once  cut")
    for card, way in found["memory"].items():
        click.echo(f"  {card:<9} {_row(way)}")
    click.echo(
        f"  here: {here['device']}, {here['free_gigabytes']} GB free, products at "
        f"{here['product_tflops']:g} TFLOP/s"
    )
    click.echo(f"            {_row(here)}")
    if here["fits"]:
        click.echo(
            f"            about {here['seconds_per_step']:,.2f} s per step, "
            f"{here['hours']:,.1f} h in total"
        )
    _print_start(found["start"])


def _print_start(start: dict[str, Any]) -> None:
    """What earlier runs of the same model took to their first step."""
    for way, text in (("cold", "layers compiled anew"), ("warm", "compiled layers from the cache")):
        if way in start:
            click.echo(
                f"  first step {start[way]['seconds_to_first_step']:.1f} s after the start of the "
                f"process, {text} (measured here before)"
            )


def _row(way: dict[str, Any]) -> str:
    if not way["fits"]:
        return str(way["why"])
    cut = f"{way['micro_batches']} micro-batch" + ("es" if way["micro_batches"] > 1 else "")
    again = ", activations recomputed" if way["activations_recomputed"] else ""
    kept = ", weights kept dequantised" if way["weights_kept_dequantised"] else ""
    kept += ", weights kept in FP8" if way["weights_kept_in_fp8"] else ""
    return f"{way['gigabytes']:>6.1f} GB {way['tokens_at_once']:>8,}  {cut}{again}{kept}"
