"""`rf-eval import`: convert a published result file to a data set and predictions, and rescore."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rf_jsonl import locked_folder, sha256_file, shown, write_json, write_whole
from rf_jsonl.options import FOLDER, PATH

from rf_eval.imports import Imported, import_file
from rf_eval.outputs import score_into, to_lines
from rf_eval.predictions import META, PREDICTIONS, read_predictions
from rf_eval.samples import DataSet, read_dataset
from rf_eval.select import select
from rf_eval.tables import table


@click.command("import")
@click.argument("file", type=PATH)
@click.option("--out", required=True, type=FOLDER, help="Folder for test.jsonl and the models.")
@click.option(
    "--history",
    type=click.Choice(["own", "reference"]),
    default="own",
    show_default=True,
    help="First turn before second turns: the model's own or the reference.",
)
@click.option("--force", is_flag=True, help="Replace an earlier import.")
def import_(file: Path, out: Path, history: str, force: bool) -> None:
    """Convert the published result FILE to OUT/test.jsonl and OUT/<model>/predictions.jsonl.

    Everything is rescored; the counts in the file are printed beside the rescored ones.
    """
    root = out
    click.echo(f"Importing {shown(file)} → {shown(root)}/")
    imported = import_file(file, history=history)
    with locked_folder(root):
        _write(root / "test.jsonl", imported.records, force)
        for name, predictions in imported.predictions.items():
            lines = [prediction.to_record() for prediction in predictions]
            _write(root / name / PREDICTIONS, lines, force)
            _write_meta(root / name, name, file, root)
    data = read_dataset(root / "test.jsonl")
    for name in imported.predictions:
        _report(name, root / name, data, imported)


def _write(path: Path, records: list[dict[str, Any]], force: bool) -> None:
    write_whole(path, to_lines(path, records), force=force)


def _write_meta(folder: Path, name: str, file: Path, root: Path) -> None:
    meta = {
        "format": 1,
        "complete": True,
        "cache_key": sha256_file(folder / PREDICTIONS),
        "name": name,
        "backend": "import",
        "model": {"imported_from_sha256": sha256_file(file)},
        "adapter": None,
        "rendering": None,
        "decoding": None,
        "data": {
            "path": shown(root / "test.jsonl"),
            "sha256": sha256_file(root / "test.jsonl"),
        },
        "subset": None,
        "versions": {},
    }
    write_json(folder / META, meta)


def _report(name: str, folder: Path, data: DataSet, imported: Imported) -> None:
    """Scores one model and prints the published counts beside the rescored ones."""
    results, _ = score_into(
        folder,
        data,
        data.records,
        read_predictions(folder / PREDICTIONS),
        select([], data),
        meta={"name": name},
        force=True,
    )
    ours = {(row["metric"], _label(row["group"])): row for row in results["metrics"]}
    stated = {(m, _label(group)): count for m, group, count in imported.published.get(name, [])}
    wanted = dict.fromkeys([*stated, *((m, "type full") for m in ("meets_spec", "meets_own_spec"))])
    rows = []
    for key in wanted:
        row: Mapping[str, Any] = ours.get(key, {})
        counted = row.get("successes")
        published = stated.get(key)
        agrees = "" if published is None else ("yes" if published == counted else "NO")
        rows.append([*key, *map(_cell, (published, counted, row.get("n"))), agrees])
    click.echo(f"\n{name}")
    click.echo(table(["metric", "of", "published", "rescored", "n", "agrees"], rows, left=(0, 1)))


def _label(group: Mapping[str, str]) -> str:
    return " ".join(next(iter(group.items()))) if group else ""


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
