"""`rf-train merge`: an adapter merged into its base, as a separate model folder."""

from pathlib import Path
from typing import Any

import click
from rf_jsonl import shown
from rf_jsonl.options import PATH

from rf_train.cli import print_recipe


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
    help="Compare with base + adapter on N prompts (0: no verification).",
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
    """Merge an adapter into its base by RECIPE, streamed in about 1 GB of memory.

    RECIPE is YAML with LLaMA-Factory's export keys. Tensors without an adapter are copied bit for
    bit. The merged model is read back from disk and its predictions are compared with those of base
    and adapter before it gets its final name.
    """
    from rf_train.merge.recipe import MERGING
    from rf_train.recipe.file import load_keys

    resolved, remarks = load_keys(MERGING, recipe, changes)
    click.echo(f"Merging with the recipe {shown(recipe)} into {shown(resolved.export_dir)}")
    print_recipe(resolved, remarks)
    from rf_train.quiet import quiet_libraries

    quiet_libraries()
    from rf_train.merge.merge import merge as merge_recipe
    from rf_train.merge.verify import VerifyOptions

    verify = VerifyOptions(prompts, prompt_file)
    record = merge_recipe(resolved, verify=verify, force=force, say=click.echo)
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
        rows.append(("compared with the training's weights:", ""))
        rows += [(f"  {name}", text) for name, text in _differences(found["against_training"])]
    return rows


def _differences(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("largest logit difference", f"{found['max_logit_difference']:.2e}"),
        ("mean logit difference", f"{found['mean_logit_difference']:.2e}"),
        ("mean KL, nats", f"{found['kl_mean']:.2e}"),
        ("largest KL, nats", f"{found['kl_max']:.2e}"),
        ("same most likely token", f"{found['top1_agreement']:.2%}"),
    ]
