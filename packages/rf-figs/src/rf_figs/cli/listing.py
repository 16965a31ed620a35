"""rf-figs list."""

import click

from rf_figs import registry


@click.command("list")
def listing() -> None:
    """List the figures and the files each one reads."""
    kinds = [registry.get(name) for name in registry.names()]
    width = max(len(kind.name) for kind in kinds)
    for kind in kinds:
        click.echo(f"{kind.name:{width}}  {', '.join(kind.needs)}")
        click.echo(f"{'':{width}}  {kind.title[0]} · {kind.title[1]}")
