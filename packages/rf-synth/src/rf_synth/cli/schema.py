"""`rf-synth schema`."""

import click


@click.command()
@click.argument("name", default="")
def schema(name: str) -> None:
    """Print the JSON Schema called NAME, or the names there are."""
    import json

    from rf_synth.schemas import load_schema, schema_names

    if not name:
        for known in schema_names():
            click.echo(f"{known:<10}{load_schema(known)['title']}")
        return
    click.echo(json.dumps(load_schema(name), ensure_ascii=False, indent=2))
