"""`rf-eval check`: simulate answers against their own specification."""

import json
import sys
from pathlib import Path

import click
from rf_jsonl import parse_text, read_text, shown, write_whole
from rf_jsonl.options import PATH

from rf_eval.check import Checked, check_answers, read_answers
from rf_eval.errors import EvalError
from rf_eval.tables import table


@click.command()
@click.argument("file", type=PATH, default=Path("-"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per answer.")
@click.option("--plot", type=PATH, help="Plot the first filter's response to this .svg.")
@click.option("--force", is_flag=True, help="Replace an existing plot.")
def check(file: Path, as_json: bool, plot: Path | None, force: bool) -> None:
    """Check for each answer in FILE (- for standard input) whether it meets its specification.

    FILE has one JSON object per line, or a single object. Predictions, records of a data set and
    results of a solver are recognised. The exit code is 1 if an answer fails.
    """
    if plot is not None and plot.suffix.lower() != ".svg":
        raise click.UsageError("--plot writes SVG: choose a name that ends in .svg")
    if file == Path("-"):
        name, text = "<stdin>", parse_text("<stdin>", sys.stdin.buffer.read())
    else:
        name, text = shown(file), read_text(file)
    checked = check_answers(list(read_answers(text, name)))
    if as_json:
        for one in checked:
            click.echo(json.dumps(one.to_record(), ensure_ascii=False))
    else:
        click.echo(
            table(
                ["answer", "meets", "margin dB", "order", "minimum", "why"],
                _rows(checked),
                left=(0, 5),
            )
        )
    if plot is not None:
        _draw(checked, plot, force)
    _conclude(checked)


def _conclude(checked: list[Checked]) -> None:
    """Reports how many were not judged. Raises EvalError if one fails or none was judged."""
    judged = [one for one in checked if one.judged]
    others = len(checked) - len(judged)
    failed = sum(not one.meets for one in judged)
    more = f" ({others} more state no filter)" if others else ""
    if failed:
        verb = "does" if failed == 1 else "do"
        raise EvalError(
            f"{failed} of {len(judged)} answers {verb} not meet the specification{more}"
        )
    if not judged:
        raise EvalError(f"none of the {others} records states a filter")
    if others:
        click.echo(f"{others} of {len(checked)} records state no filter", err=True)


def _rows(checked: list[Checked]) -> list[list[str]]:
    return [
        [
            one.place,
            ("yes" if one.meets else "no") if one.judged else "–",
            "" if one.margin is None else f"{one.margin:+.4f}",
            "" if one.design is None else str(one.design.order),
            "" if one.minimum_order is None else str(one.minimum_order),
            one.why,
        ]
        for one in checked
    ]


def _draw(checked: list[Checked], path: Path, force: bool) -> None:
    from rf_eval.plot import response_svg

    design = next((one.design for one in checked if one.design is not None), None)
    if design is None:
        raise EvalError("no answer is a filter that could be drawn")
    write_whole(path, response_svg(design).encode("utf-8"), force=force)
    click.echo(f"Drawn: {shown(path)}", err=True)
