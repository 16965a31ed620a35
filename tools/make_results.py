"""Collects runs and comparisons into docs/results; writes the tables of the results.

    uv run tools/make_results.py [FOLDER | NAME.json …]

A FOLDER is a run's, or holds `NAME.jsonl` (the training log) and `NAME.run.json` of several;
NAME.json is a comparison that `rf-eval compare` wrote. They replace those of the same names in
experiments.json and comparisons.json. Without arguments only the tables are written, from these
two and the files beside them: results.json of rf-eval as NAME.results.json, and what
derivation_errors.py and count_doubts.py counted. What stands between the marks of a table is the
script's; the rest of a page is written by hand:

    <!-- NAME -->                         one evaluation, with intervals and groups
    <!-- side_by_side NAME NAME … -->     several, without
    <!-- compared NAME … -->              comparisons, with the exact p of McNemar's test
    <!-- steps NAME NAME … -->            which steps of the derivations are wrong
    <!-- doubts NAME NAME … -->           which answers `rf-train chat` warns of
    <!-- runs -->                         the training runs
    <!-- glance -->                       one row per evaluation: both models at a glance
    <!-- front en -->                     the front page's four rows, or `zh` for the Chinese page's
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rf_jsonl import Record, read_json, read_jsonl, write_json, write_text

DOCS = Path(__file__).resolve().parent.parent / "docs"
ROOT = DOCS.parent
PAGES = (
    DOCS / "results.md",
    ROOT / "models" / "smollm2-135m-rf" / "README.md",
    ROOT / "models" / "smollm2-135m-rf-tool" / "README.md",
    ROOT / "README.md",
    ROOT / "README.zh.md",
)
RESULTS = DOCS / "results"
EXPERIMENTS = RESULTS / "experiments.json"
COMPARISONS = RESULTS / "comparisons.json"
METRICS = (
    "json_strict", "exact_match", "call_valid", "reading", "reading_slots", "status", "declined",
    "wrong_design", "order", "meets_spec", "minimal_order", "asked_exactly",
    "resolve_own.order", "resolve_reference.order", "derivation_steps",
)  # fmt: skip
READING = "models/smollm2-135m-rf-tool"
DERIVING = "models/smollm2-135m-rf"
FRONT = (
    ("reads_test", READING, "known authors, new numbers", "见过的作者，数值不同"),
    ("reads_ood", READING, "authors never read in training", "训练时没见过的作者"),
    ("derives_test", DERIVING, "synthetic, known phrasings", "合成需求，句式见过"),
    ("derives_handwritten", DERIVING, "written by hand, in a hurry", "人工手写的仓促需求"),
)
"""A results.json, the model it is of, and what was asked, in both languages."""
GLANCE = (
    ("requests by known authors, other numbers", "reads", "reads_test"),
    ("requests by authors never read in training", "reads", "reads_ood"),
    ("the preset `paper`", "reads", "reads_paper"),
    ("the preset `paper`", "derives", "derives_test"),
    ("the preset `paper`", "derives, before", "shipped_test"),
    ("the preset `paper`", "`json`", "json_test"),
    ("the preset `paper`", "untuned", "untuned_test"),
    ("requests of people the published keys can say", "derives", "derives_real"),
    ("written by hand", "reads", "reads_handwritten"),
    ("written by hand", "derives", "derives_handwritten"),
    ("written by hand", "derives, before", "shipped_handwritten"),
)
"""What was asked, which model answered, and the results.json; one row each."""
GLANCE_METRICS = ("reading", "order", "meets_spec", "asked_exactly", "declined", "wrong_design")
FRONT_WORDS = {
    "en": ({READING: "reads, exact code designs", DERIVING: "derives the order itself"},
           ("model", "requests", "right order", "asks for exactly what is missing"),
           "{value:.1f} % of {n:,} ({low:.1f} to {high:.1f})"),
    "zh": ({READING: "只读需求，由精确程序设计", DERIVING: "自己推导阶数"},
           ("模型", "需求", "阶数正确", "缺什么问什么"),
           "{n:,} 条中 {value:.1f} %（{low:.1f}～{high:.1f}）"),
}  # fmt: skip
BY_GROUP = ("order", "meets_spec")
GROUPS = ("band", "lang", "margin")


def main() -> None:
    """Reads what is named, then writes the tables."""
    known = read_json(EXPERIMENTS)["runs"] if EXPERIMENTS.exists() else []
    named = [Path(name) for name in sys.argv[1:]]
    found = [run for path in named if path.is_dir() for run in runs_in(path)]
    if found:
        names = {run["name"] for run in found}
        kept = [run for run in known if run["name"] not in names]
        write_json(EXPERIMENTS, {"runs": sorted(kept + found, key=lambda run: run["started"])})
    compared = {path.stem: read_json(path) for path in named if path.is_file()}
    if compared:
        known = read_json(COMPARISONS) if COMPARISONS.exists() else {}
        write_json(COMPARISONS, known | {name: pairs(c) for name, c in compared.items()})
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


def pairs(comparison: Record) -> Record:
    """What the tables need of a comparison: the metrics over all samples."""
    rows = [row for row in comparison["paired"] if row["metric"] in METRICS and not row["group"]]
    return {key: comparison[key] for key in ("baseline", "candidate", "data", "samples")} | {
        "paired": rows
    }


def page(text: str) -> str:
    """The page with its tables as the files say."""

    def read(names: Sequence[str], kind: str) -> dict[str, Record]:
        return {name: read_json(RESULTS / f"{name}.{kind}.json") for name in names}

    def filled(mark: re.Match[str]) -> str:
        kind, *names = mark[1].split()
        if kind == "front":
            table = front_table(names[0])
        elif kind == "glance":
            table = glance_table()
        elif kind == "runs":
            table = runs_table(read_json(EXPERIMENTS)["runs"])
        elif kind == "side_by_side":
            table = side_by_side(read(names, "results"))
        elif kind == "compared":
            known = read_json(COMPARISONS)
            table = comparisons_table({name: known[name] for name in names})
        elif kind == "steps":
            table = steps_table(read(names, "steps"))
        elif kind == "doubts":
            table = doubts_table(read(names, "doubts"))
        else:
            table = scores_table(read([kind], "results")[kind])
        return f"<!-- {mark[1]} -->\n\n{table}\n\n<!-- end -->"

    return re.sub(r"<!-- ([^>]*?) -->\n.*?<!-- end -->", filled, text, flags=re.DOTALL)


def front_table(lang: str) -> str:
    """What the front page shows: two models, two sets of requests each, with 95 % intervals."""
    models, head, cell = FRONT_WORDS[lang]
    rows = []
    for path, model, *asked in FRONT:
        found = _over_all(path)
        shares = [
            cell.format(
                value=100 * row["value"],
                n=row["n"],
                low=100 * row["ci_low"],
                high=100 * row["ci_high"],
            )
            for row in (found["order"], found["asked_exactly"])
        ]
        name = f"[{models[model]}]({model}/README.md)"
        rows.append([name, asked[lang == "zh"], *shares])
    return markdown(head, rows)


def glance_table() -> str:
    """One row per evaluation, in per cent with n."""
    rows = []
    for asked, model, name in GLANCE:
        found = _over_all(name)
        rows.append([asked, model, *(_share(found.get(metric)) for metric in GLANCE_METRICS)])
    return markdown(["asked", "model", *GLANCE_METRICS], rows)


def _over_all(name: str) -> dict[str, Record]:
    """The metrics of an evaluation over all its samples, by name."""
    rows = read_json(RESULTS / f"{name}.results.json")["metrics"]
    return {row["metric"]: row for row in rows if not row["group"]}


def _share(row: Record | None) -> str:
    return "" if row is None else f"{100 * row['value']:.1f} of {row['n']:,}"


def runs_table(runs: Sequence[Record]) -> str:
    """One row per run."""
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
    names = ["run", "seed", "trained", "peak lr", "steps x batch", "samples", "time"]
    return markdown([*names, "loss", "val loss"], rows)


def wanted_rows(results: Record) -> Iterator[tuple[str, Record]]:
    """Label and row: the metrics over all samples, and two of them by group."""
    for metric in METRICS:
        for row in results["metrics"]:
            group = row["group"]
            if row["metric"] == metric and (
                not group or (metric in BY_GROUP and next(iter(group)) in GROUPS)
            ):
                yield metric + "".join(f", {key} {value}" for key, value in group.items()), row


def scores_table(results: Record) -> str:
    """One evaluation, with intervals."""
    rows = []
    for label, row in wanted_rows(results):
        low, high = 100 * row["ci_low"], 100 * row["ci_high"]
        value = f"{100 * row['value']:.1f}"
        rows.append([label, str(row["n"]), value, f"{low:.1f} to {high:.1f}"])
    return markdown(["metric", "n", "%", "95 % interval"], rows)


def side_by_side(results: dict[str, Record]) -> str:
    """Several evaluations of the same samples, in per cent; n is that of the first."""
    found = {name: dict(wanted_rows(one)) for name, one in results.items()}
    first = next(iter(found.values()))
    rows = [
        [label, str(row["n"]), *(_percent(one.get(label)) for one in found.values())]
        for label, row in first.items()
    ]
    return markdown(["metric, %", "n", *found], rows)


def _percent(row: Record | None) -> str:
    return "" if row is None else f"{100 * row['value']:.1f}"


def comparisons_table(comparisons: dict[str, Record]) -> str:
    """One row a comparison and metric of right and wrong answers."""
    rows = [
        [
            f"{one['baseline']} → {one['candidate']}",
            row["metric"],
            str(row["n"]),
            f"{100 * row['difference']:+.1f}",
            f"{100 * row['ci_low']:+.1f} to {100 * row['ci_high']:+.1f}",
            f"{row['only_candidate']}/{row['only_baseline']}",
            f"{row['p_value']:.2g}" if row["p_value"] else "< 1e-300",
        ]
        for one in comparisons.values()
        for row in one["paired"]
        if row.get("p_value") is not None
    ]
    names = ["compared", "metric", "n", "difference", "95 % interval", "gained/lost", "exact p"]
    return markdown(names, rows)


def steps_table(counted: dict[str, Record]) -> str:
    """Look-ups, and sums by the longest run of columns that add up to 9: wrong of all."""
    rows: dict[str, list[str]] = {}
    for one in counted.values():
        looked_up = one["looked_up"]
        for key in list(looked_up)[1:]:
            rows.setdefault(f"looked up, {key}", []).append(_of(looked_up[key], looked_up["steps"]))
        nines = {int(count): of for count, of in one["sums_by_nines"].items()}
        sums = {
            "distances of two frequencies": [one["distances"]],
            "sums, 0 or 1 nines": [of for count, of in nines.items() if count < 2],
            "sums, 2 nines": [of for count, of in nines.items() if count == 2],
            "sums, 3 or more nines": [of for count, of in nines.items() if count > 2],
            "sums from the right": [one["sums_from_the_right"]],
        }
        for label, found in sums.items():
            wrong, total = sum(c["wrong"] for c in found), sum(c["sums"] for c in found)
            rows.setdefault(label, []).append(_of(wrong, total))
    return markdown(["steps wrong", *counted], [[label, *cells] for label, cells in rows.items()])


def doubts_table(counted: dict[str, Record]) -> str:
    """Answers that hold a specification: doubted of all, by whether it is the one asked for."""
    labels = {
        "right": "the specification asked for",
        "misread": "another one",
        "made_up": "asked with a gap, and filled it",
    }
    rows = [
        [label, *(_of(one[kind]["doubted"], one[kind]["answers"]) for one in counted.values())]
        for kind, label in labels.items()
    ]
    return markdown(["doubted answers", *counted], rows)


def _of(some: int, total: int) -> str:
    return f"{some:,} of {total:,} ({100 * some / total:.1f} %)" if total else ""


def markdown(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; all columns but the first to the right."""
    lines = [list(header), ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
