"""`rf-synth stats`."""

from pathlib import Path
from typing import Any

import click
from rf_jsonl.options import PATH


@click.command()
@click.argument("path", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stats(path: Path, as_json: bool) -> None:
    """Count what a data-set folder or file consists of."""
    import rf_jsonl

    from rf_synth.dataset.stats import stats as count

    figures = count(path)
    if as_json:
        keyed = {split: _with_text_keys(found) for split, found in figures.items()}
        click.echo(rf_jsonl.dumps(keyed).decode())
        return
    click.echo(f"{'':<20}" + "".join(f"{split:>11}" for split in figures))
    for row in ("records", "distinct_skeletons", "families", "second_rounds", "corrections"):
        _row(row, [found[row] for found in figures.values()])
    for group in ("type", "band", "lang", "missing", "order", "margin"):
        click.echo(group)
        for name in sorted({key for found in figures.values() for key in found[group]}):
            _row(f"  {name}", [found[group].get(name, 0) for found in figures.values()])


def _with_text_keys(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {str(k): n for k, n in value.items()} if isinstance(value, dict) else value
        for name, value in found.items()
    }


def _row(name: str, values: list[int]) -> None:
    import rf_jsonl

    click.echo(f"{rf_jsonl.printable(name):<20}" + "".join(f"{value:>11,}" for value in values))
