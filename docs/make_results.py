"""Collects training runs into docs/results/experiments.json; writes the tables of the results.

    uv run docs/make_results.py [FOLDER …]

A FOLDER is a run's, or holds `NAME.jsonl` (the training log) and `NAME.run.json` of several; their
records replace those of the same names. Without a folder only the tables are written, from
experiments.json and the evaluations beside it (results.json of rf-eval, as NAME.results.json).
What stands between the marks of a table is the script's; the rest of a page is written by hand.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import Record, read_json, read_jsonl, write_json, write_text

DOCS = Path(__file__).resolve().parent
PAGES = (DOCS / "results.md", DOCS.parent / "models" / "smollm2-135m-rf" / "README.md")
EXPERIMENTS = DOCS / "results" / "experiments.json"
METRICS = (
    "json_strict", "exact_match", "order", "meets_spec", "minimal_order", "asked_exactly",
    "resolve_own.order", "resolve_reference.order", "derivation_steps",
)  # fmt: skip
BY_GROUP = ("order", "meets_spec")
GROUPS = ("band", "lang", "margin")


def main() -> None:
    """Reads the folders named, then writes the tables."""
    known = read_json(EXPERIMENTS)["runs"] if EXPERIMENTS.exists() else []
    found = [run for folder in map(Path, sys.argv[1:]) for run in runs_in(folder)]
    if found:
        names = {run["name"] for run in found}
        kept = [run for run in known if run["name"] not in names]
        write_json(EXPERIMENTS, {"runs": sorted(kept + found, key=lambda run: run["started"])})
    for path in PAGES:
        write_text(path, page(path.read_text(encoding="utf-8")))


def runs_in(folder: Path) -> Iterator[Record]:
    """The runs of a folder."""
    if (folder / "run.json").is_file():
        yield summary(folder.name, folder / "trainer_log.jsonl", folder / "run.json")
    for path in sorted(folder.glob("*.run.json")):
        name = path.name.removesuffix(".run.json")
        if (folder / f"{name}.jsonl").is_file():
            yield summary(name, folder / f"{name}.jsonl", path)


def summary(name: str, log: Path, run: Path) -> Record:
    """What the table says of a run: settings, work done, and its losses, some of them."""
    record, lines = read_json(run), [line for _, line in read_jsonl(log)]
    recipe, losses = record["recipe"], [line for line in lines if "loss" in line]
    steps, batch = losses[-1]["current_steps"], recipe["per_device_train_batch_size"]
    curve = {str(line["current_steps"]): round(line["loss"], 4) for line in losses}
    wanted = ("finetuning_type", "lora_rank", "lora_alpha", "use_rslora", "learning_rate", "seed")
    return {
        "name": name,
        "started": record["started"],
        "data": record["data"]["files"],
        "tokens": record["data"]["train"]["mean_tokens"],
        **{key: recipe[key] for key in wanted},
        "batch": batch,
        "steps": steps,
        "steps_planned": recipe["max_steps"],
        "samples": steps * batch,
        "elapsed": losses[-1]["elapsed_time"],
        "loss": curve,
        "eval_loss": next((line["eval_loss"] for line in lines if "eval_loss" in line), None),
        "shared_prefixes": record["truth"].get("shared_prefixes", []),
        "folded_adapters": record["truth"].get("folded_adapters", False),
        "compiled_layers": record["truth"]["compiled_layers"],
        "device": record["versions"]["device"],
    }


def page(text: str) -> str:
    """The page with its tables as the files say."""
    tables = {"runs": runs_table(read_json(EXPERIMENTS)["runs"])}
    for path in sorted((DOCS / "results").glob("*.results.json")):
        tables[path.name.removesuffix(".results.json")] = scores_table(read_json(path))
    for name, table in tables.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = mark.sub(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", text)
    return text


def runs_table(runs: Sequence[Record]) -> str:
    """One row a run."""
    rows = [
        [
            run["name"],
            str(run["seed"]),
            f"r {run['lora_rank']}" if run["finetuning_type"] == "lora" else "all weights",
            f"{run['learning_rate']:g}",
            f"{run['steps']:,} of {run['steps_planned']:,} x {run['batch']}",
            f"{run['samples']:,}",
            run["elapsed"],
            f"{list(run['loss'].values())[-1]:.3f}",
            "" if run["eval_loss"] is None else f"{run['eval_loss']:.4f}",
        ]
        for run in runs
    ]
    names = [
        "run",
        "seed",
        "trained",
        "peak lr",
        "steps x batch",
        "samples",
        "time",
        "loss",
        "val loss",
    ]
    return markdown([*names, "val loss"], rows)


def scores_table(results: Record) -> str:
    """The metrics over all samples, and two of them by group."""
    rows = []
    for metric in METRICS:
        for row in results["metrics"]:
            group = row["group"]
            if row["metric"] == metric and (
                not group or (metric in BY_GROUP and next(iter(group)) in GROUPS)
            ):
                label = metric + "".join(f", {key} {value}" for key, value in group.items())
                low, high = 100 * row["ci_low"], 100 * row["ci_high"]
                value = f"{100 * row['value']:.1f}"
                rows.append([label, str(row["n"]), value, f"{low:.1f} to {high:.1f}"])
    return markdown(["metric", "n", "%", "95 % interval"], rows)


def markdown(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; all columns but the first to the right."""
    lines = [list(header), ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
