"""`rf-eval metrics`: what can be measured."""

import json

import click

from rf_eval.registry import metrics as registry
from rf_eval.registry import templates
from rf_eval.tables import table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def metrics(as_json: bool) -> None:
    """List the metrics, those of installed packages included."""
    if as_json:
        listing = {
            "metrics": [metric.to_record() for metric in registry],
            "templates": [
                {"name": template.name, "parameters": dict(template.parameters)}
                for template in templates
            ],
        }
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
        return
    rows = [
        [metric.name, str(metric.version), metric.aggregation, metric.description[:60]]
        for metric in registry
    ]
    click.echo(table(["metric", "version", "aggregation", "meaning"], rows, left=(0, 1, 2, 3)))
    click.echo("\nWith parameters (--metric name:key=value,key=value):")
    for template in templates:
        click.echo(f"  {template.name}: {', '.join(template.parameters)}")
