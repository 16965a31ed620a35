"""`rf-train merge`: an adapter merged into its base, as a model folder of its own."""

from pathlib import Path
from typing import Any

import click
from rf_jsonl import printable, shown
from rf_jsonl.options import PATH


@click.command()
@click.argument("recipe", type=PATH)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key.")
@click.option(
    "--verify",
    "prompts",
    type=click.IntRange(0),
    default=4,
    show_default=True,
    metavar="N",
    help="Compare with base + adapter on N prompts; 0: do not.",
)
@click.option("--verify-data", "prompt_file", type=PATH, help="JSONL of prompts to verify on.")
@click.option("--force", is_flag=True, help="Replace another model at export_dir.")
def merge(
    recipe: Path,
    changes: tuple[str, ...],
    prompts: int,
    prompt_file: Path | None,
    force: bool,
) -> None:
    """Merge an adapter into its base as RECIPE says, streamed in about 1 GB of memory.

    RECIPE is YAML with LLaMA-Factory's export keys. Tensors the adapter does not touch are copied
    bit by bit. The merged model is read back from disk and its predictions are compared with
    those of base and adapter before it gets its name.
    """
    from rf_train.merge.recipe import MERGING
    from rf_train.recipe.file import load_keys
    from rf_train.recipe.keys import as_record

    resolved, remarks = load_keys(MERGING, recipe, changes)
    click.echo(f"Merging as {shown(recipe)} says, into {shown(resolved.export_dir)}")
    for key, value in as_record(resolved).items():
        click.echo(printable(f"  {key}: {value}"))
    for remark in remarks:
        click.echo(f"  ({remark})")
    from rf_train.quiet import quiet_libraries

    quiet_libraries()
    from rf_train.merge.merge import merge as merge_recipe
    from rf_train.merge.verify import VerifyOptions

    check = VerifyOptions(prompts, prompt_file)
    record = merge_recipe(resolved, check=check, force=force, say=click.echo)
    for name, text in _table(record):
        click.echo(f"  {name:<28}{text:>18}")


def _table(record: dict[str, Any]) -> list[tuple[str, str]]:
    tensors, found = record["tensors"], record["verification"]
    files = [name for name in record["files"] if name.endswith(".safetensors")]
    rows = [
        ("tensors copied", f"{tensors['copied']:,}"),
        ("tensors merged", f"{tensors['merged']:,}"),
        ("tensors only dequantised", f"{tensors['dequantised_only']:,}"),
        ("weight files", f"{len(files):,}"),
        ("bytes of weights", f"{record['bytes']:,}"),
        ("seconds", f"{record['seconds']:,.1f}"),
        ("peak memory, bytes", f"{record['peak_memory_bytes']:,}"),
    ]
    if found is None:
        return [*rows, ("verification", "none (--verify 0)")]
    rows += [
        ("verified positions", f"{found['positions']:,}"),
        *_differences(found),
        ("mean KL allowed, nats", f"{found['kl_mean_bound']:.1e}"),
        ("verification, seconds", f"{found['seconds']:,.1f}"),
    ]
    if found["against_training"] is not None:
        rows.append(("against the 4-bit training:", ""))
        rows += [(f"  {name}", text) for name, text in _differences(found["against_training"])]
    return rows


def _differences(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("largest logit difference", f"{found['max_logit_difference']:.2e}"),
        ("mean logit difference", f"{found['mean_logit_difference']:.2e}"),
        ("mean KL, nats", f"{found['kl_mean']:.2e}"),
        ("largest KL, nats", f"{found['kl_max']:.2e}"),
        ("same first choice", f"{found['top1_agreement']:.2%}"),
    ]
