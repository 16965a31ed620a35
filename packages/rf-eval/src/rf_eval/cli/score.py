"""`rf-eval score`: score predictions against a data set."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rf_jsonl import shown
from rf_jsonl.options import FOLDER, PATH

from rf_eval.errors import EvalError, OptionError
from rf_eval.joins import refuse_other_prompts, remarks_on
from rf_eval.outputs import score_into
from rf_eval.predictions import META, PREDICTIONS, read_meta, read_predictions
from rf_eval.registry import Metric
from rf_eval.samples import DataSet, read_dataset
from rf_eval.scoring import GROUP_BY
from rf_eval.select import select
from rf_eval.subset import subset
from rf_eval.tables import results_table


@click.command()
@click.argument("predictions", type=PATH)
@click.option("--data", required=True, type=PATH, help="The test.jsonl that was answered.")
@click.option("--out", type=FOLDER, help="Folder for scores.jsonl and results.json.")
@click.option(
    "--metric", "wanted", multiple=True, help="default, a name, or name:key=value; repeat."
)
@click.option("--group-by", multiple=True, default=GROUP_BY, help="A field of meta; repeat.")
@click.option("--partial", is_flag=True, help="Score even if samples have no prediction.")
@click.option("--force", is_flag=True, help="Replace different scores.")
def score(
    *,
    predictions: Path,
    data: Path,
    out: Path | None,
    wanted: tuple[str, ...],
    group_by: tuple[str, ...],
    partial: bool,
    force: bool,
) -> None:
    """Score PREDICTIONS (a predictions.jsonl or its folder)."""
    file = predictions / PREDICTIONS if predictions.is_dir() else predictions
    folder = out or file.parent
    source = read_dataset(data)
    chosen = _chosen(wanted, source)
    found = read_predictions(file)
    meta = read_meta(file)
    refuse_other_prompts(file, found, source.records)
    remarks = remarks_on(file, meta, found, source.sha256)
    records = _records(file, source, {key[0] for key in found}, meta, partial)
    click.echo(
        f"Scoring {len(found)} answers to {len(records)} samples of {shown(data)} → "
        f"{shown(folder)}/"
    )
    for remark in remarks:
        click.echo(f"Note: {remark}", err=True)
    results, written = score_into(
        folder,
        source,
        records,
        found,
        chosen,
        meta=meta,
        group_by=group_by,
        force=force,
        remarks=remarks,
    )
    click.echo(results_table(results))
    click.echo(f"{'Written to' if written else 'Unchanged:'} {shown(folder)}/")


def _chosen(wanted: Sequence[str], data: DataSet) -> list[Metric]:
    """The metrics in the options; an unknown one is a usage error."""
    try:
        return select(wanted, data)
    except OptionError as error:
        raise click.BadParameter(str(error), param_hint="--metric") from None


def _records(
    file: Path, data: DataSet, answered: set[str], meta: Mapping[str, Any], partial: bool
) -> list[dict[str, object]]:
    """The samples that were answered. Raises EvalError if predictions and data do not match."""
    known = {record["id"] for record in data.records}
    strange = sorted(answered - known)
    if strange:
        raise EvalError(f"{file}: id {strange[0]!r} (of {len(strange)} such) is not in {data.path}")
    wanted = subset(data.records, *_drawn(file, meta))
    missing = [record["id"] for record in wanted if record["id"] not in answered]
    if missing and not partial:
        raise EvalError(
            f"{file}: no prediction for id {missing[0]!r} ({len(missing)} samples of {data.path} "
            "have none; --partial scores the rest)"
        )
    return [record for record in wanted if record["id"] in answered]


def _drawn(file: Path, meta: Mapping[str, Any]) -> tuple[int, int]:
    """(n, seed) of the subset that was answered; (0, 0), i.e. all, if none is recorded."""
    recorded = meta.get("subset")
    if not isinstance(recorded, dict):
        return 0, 0
    n, seed = recorded.get("n", 0), recorded.get("seed", 0)
    if type(n) is not int or n < 0 or type(seed) is not int:
        raise EvalError(f"{file.with_name(META)}: subset: n and seed are not whole numbers")
    return n, seed
