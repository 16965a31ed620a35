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
@click.option("--samples", type=click.IntRange(1), help="Number of samples, to plan without data.")
@click.option("--tokens", type=float, help="Their mean length in tokens.")
@click.option("--devices", type=click.IntRange(1), default=1, help="Devices that the run will use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def plan(
    recipe: Path | None,
    changes: tuple[str, ...],
    *,
    samples: int | None,
    tokens: float | None,
    devices: int,
    as_json: bool,
) -> None:
    """Show what RECIPE would do: parameters, steps, memory per device, time on this machine.

    Needs no weights: a local config.json or a known architecture is enough. The time is estimated
    from half a second of matrix products on this machine.
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
    for card, fit in found["memory"].items():
        click.echo(f"  {card:<9} {_row(fit)}")
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
    """Prints how long earlier runs of the same model took to their first step."""
    for kind, text in (
        ("cold", "compiling all layers"),
        ("warm", "compiled layers from the cache"),
    ):
        if kind in start:
            click.echo(
                f"  first step {start[kind]['seconds_to_first_step']:.1f} s after the start of the "
                f"process, {text} (measured here before)"
            )


def _row(fit: dict[str, Any]) -> str:
    if not fit["fits"]:
        return str(fit["why"])
    cut = f"{fit['micro_batches']} micro-batch" + ("es" if fit["micro_batches"] > 1 else "")
    remarks = {
        "activations recomputed": fit["activations_recomputed"],
        "weights kept dequantised": fit["weights_kept_dequantised"],
        "weights kept in FP8": fit["weights_kept_in_fp8"],
    }
    extra = "".join(f", {remark}" for remark, holds in remarks.items() if holds)
    return f"{fit['gigabytes']:>6.1f} GB {fit['tokens_at_once']:>8,}  {cut}{extra}"
