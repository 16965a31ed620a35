"""`rf-train shrink`: an adapter at a lower rank or precision."""

from pathlib import Path

import click
from rf_jsonl import shown
from rf_jsonl.options import FOLDER


@click.command()
@click.argument("adapter", type=FOLDER)
@click.option("--rank", type=click.IntRange(1), required=True, help="Rank of the new adapter.")
@click.option(
    "--dtype",
    type=click.Choice(["float32", "bfloat16", "float16"]),
    default="float32",
    show_default=True,
    help="Precision of the new adapter.",
)
@click.option("--out", type=FOLDER, required=True, help="Folder to write it to.")
@click.option("--force", is_flag=True, help="Replace another adapter in that folder.")
def shrink(adapter: Path, rank: int, dtype: str, out: Path, force: bool) -> None:
    """Write ADAPTER, a run folder or PEFT adapter, at a lower rank or precision.

    Every weight's change is replaced by the nearest one of that rank (truncated singular value
    decomposition). Tokenizer and run.json are copied, so that the model is prompted the same way.
    """
    click.echo(
        f"Reducing the adapter in {shown(adapter)} to rank {rank}, {dtype}, into {shown(out)}"
    )
    from rf_train.quiet import quiet_libraries

    quiet_libraries()
    from rf_train.merge.shrink import shrink as shrink_adapter

    found = shrink_adapter(adapter, out, rank=rank, dtype=dtype, force=force, say=click.echo)
    click.echo(f"  {'layers':<28}{found['layers']:>14,}")
    click.echo(f"  {'rank':<28}{found['from_rank']:>8} -> {rank:>2}")
    click.echo(f"  {'mean share of squares kept':<28}{found['kept_mean']:>14.2%}")
    click.echo(f"  {'bytes':<28}{found['bytes']:>14,}")
