"""`rf-eval score`: score predictions against a data set."""

from pathlib import Path

import click

from rf_eval.errors import EvalError
from rf_eval.outputs import score_into
from rf_eval.predictions import PREDICTIONS, read_meta, read_predictions
from rf_eval.samples import DataSet, read_dataset
from rf_eval.scoring import GROUP_BY
from rf_eval.select import select
from rf_eval.subset import subset
from rf_eval.tables import results_table


@click.command()
@click.argument("predictions", type=click.Path())
@click.option("--data", required=True, type=click.Path(), help="The test.jsonl that was answered.")
@click.option("--out", type=click.Path(), help="Folder for scores.jsonl and results.json.")
@click.option(
    "--metric", "wanted", multiple=True, help="default, a name, or name:key=value; repeat."
)
@click.option("--group-by", multiple=True, default=GROUP_BY, help="Fields of meta; repeat.")
@click.option("--partial", is_flag=True, help="Score what is there, though samples are missing.")
@click.option("--force", is_flag=True, help="Replace different scores.")
def score(
    *,
    predictions: str,
    data: str,
    out: str | None,
    wanted: tuple[str, ...],
    group_by: tuple[str, ...],
    partial: bool,
    force: bool,
) -> None:
    """Score PREDICTIONS (a predictions.jsonl or its folder)."""
    file = Path(predictions)
    file = file / PREDICTIONS if file.is_dir() else file
    folder = Path(out) if out else file.parent
    source = read_dataset(data)
    found = read_predictions(file)
    meta = read_meta(file)
    records = _records(file, source, {key[0] for key in found}, meta, partial)
    click.echo(f"Scoring {len(found)} answers to {len(records)} samples of {data} → {folder}/")
    results, written = score_into(
        folder,
        source,
        records,
        found,
        select(wanted, source),
        meta=meta,
        group_by=group_by,
        force=force,
    )
    click.echo(results_table(results))
    click.echo(f"{'Written to' if written else 'Unchanged:'} {folder}/")


def _records(
    file: Path, data: DataSet, answered: set[str], meta: object, partial: bool
) -> list[dict[str, object]]:
    """The samples that were to be answered. Raises EvalError where the two sides differ."""
    known = {record["id"] for record in data.records}
    strange = sorted(answered - known)
    if strange:
        raise EvalError(f"{file}: id {strange[0]!r} (of {len(strange)} such) is not in {data.path}")
    drawn = meta.get("subset") if isinstance(meta, dict) else None
    if isinstance(drawn, dict):
        wanted = subset(data.records, int(drawn.get("n", 0)), int(drawn.get("seed", 0)))
    else:
        wanted = list(data.records)
    missing = [record["id"] for record in wanted if record["id"] not in answered]
    if missing and not partial:
        raise EvalError(
            f"{file}: no prediction for id {missing[0]!r} ({len(missing)} samples of {data.path} "
            "have none; --partial scores the rest)"
        )
    return [record for record in wanted if record["id"] in answered]
