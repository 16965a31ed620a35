"""`rf-eval metrics`: list the metrics."""

import json
from collections.abc import Iterator
from textwrap import wrap

import click

from rf_eval.registry import Metric, templates
from rf_eval.registry import metrics as registry
from rf_eval.tables import table

MEANING_WIDTH = 47
"""Width of the last column in characters, so that the table is at most 100 wide."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def metrics(as_json: bool) -> None:
    """List the metrics, including those of plug-ins."""
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
    rows = [row for metric in registry for row in _rows(metric)]
    click.echo(table(["metric", "v", "aggregation", "meaning"], rows, left=(0, 1, 2, 3)))
    click.echo("\nWith parameters (--metric name:key=value,key=value):")
    for template in templates:
        click.echo(f"  {template.name}: {', '.join(template.parameters)}")


def _rows(metric: Metric) -> Iterator[list[str]]:
    """One row per metric, and more rows if its description is long."""
    first, *rest = wrap(metric.description, MEANING_WIDTH) or [""]
    yield [metric.name, str(metric.version), metric.aggregation, first]
    for line in rest:
        yield ["", "", "", line]
