"""`rf-synth schema`."""

import click


@click.command()
@click.argument("name", default="")
def schema(name: str) -> None:
    """Print the JSON Schema NAME, or list all names."""
    import json

    from rf_synth.errors import SynthError
    from rf_synth.schemas import load_schema, schema_names

    if not name:
        for known in schema_names():
            click.echo(f"{known:<10}{load_schema(known)['title']}")
        return
    try:
        found = load_schema(name)
    except SynthError as error:
        raise click.UsageError(str(error)) from None
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
