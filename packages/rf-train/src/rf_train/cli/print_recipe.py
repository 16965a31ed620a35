"""The resolved recipe, as `train` and `merge` print it first."""

from typing import Any

import click
from rf_jsonl import printable


def print_recipe(recipe: Any, remarks: list[str]) -> None:
    """Prints every key with its value, then the remarks."""
    from rf_train.recipe.keys import as_record

    for key, value in as_record(recipe).items():
        click.echo(printable(f"  {key}: {value}"))
    for remark in remarks:
        click.echo(f"  ({remark})")
