"""Paired comparison of two sets of scores over the same samples.

For proportions: the paired difference with the Bonett–Price interval, the four counts and
McNemar's exact p-value. For other values: the mean paired difference with its bootstrap interval,
over the samples with a value in both. Holm's adjustment is over the rows of all samples.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rf_jsonl import Record

from rf_eval.errors import EvalError
from rf_eval.joins import refuse_other_metrics, refuse_other_scores
from rf_eval.scored import read_results, read_scores

if TYPE_CHECKING:
    from rf_eval.stats import Interval

Group = tuple[tuple[str, str], ...]


def compare_folders(baseline: Path, candidate: Path) -> Record:
    """The content of `baseline_comparison.json` for two results folders.

    Raises EvalError unless they are over the same samples of the same data.
    """
    results = {folder: read_results(folder) for folder in (baseline, candidate)}
    _same_data(baseline, candidate, results)
    refuse_other_metrics(list(results), list(results.values()))
    a, b = read_scores(baseline), read_scores(candidate)
    refuse_other_scores(baseline, results[baseline], a)
    refuse_other_scores(candidate, results[candidate], b)
    _same_samples(baseline, candidate, set(a), set(b))
    names = [str(results[folder].get("model")) for folder in (baseline, candidate)]
    if names[0] == names[1]:
        names = [baseline.name, candidate.name]
    remarks = [f"{folder.name}: {text}" for folder in results for text in _remarks(results[folder])]
    return {
        "format": 1,
        **({"remarks": remarks} if remarks else {}),
        "baseline": names[0],
        "candidate": names[1],
        "data": results[baseline].get("data"),
        "samples": len(a),
        "results": {
            name: results[folder]["metrics"]
            for name, folder in zip(names, (baseline, candidate), strict=True)
        },
        "paired": paired_rows(a, b, _definitions(results[baseline])),
    }


def _remarks(results: Record) -> list[str]:
    return list(results.get("remarks") or ())


def paired_rows(
    a: Mapping[str, Record], b: Mapping[str, Record], binary: Mapping[str, bool]
) -> list[Record]:
    """One row per metric and group; `a` and `b` are scores by id, with the same ids.

    `binary` says which metrics are proportions, in the order of the rows. Metrics in only one of
    the two sets are omitted.
    """
    collected: dict[str, dict[Group, list[tuple[float, float]]]] = {}
    for name, group, pair in _pairs(a, b):
        collected.setdefault(name, {}).setdefault(group, []).append(pair)
    names = [name for name in binary if name in collected]
    names += [name for name in collected if name not in binary]
    rows = [
        _row(name, dict(group), pairs, binary.get(name, False))
        for name in names
        for group, pairs in sorted(
            collected[name].items(), key=lambda item: (len(item[0]), item[0])
        )
    ]
    _adjust(rows)
    return rows


def _pairs(
    a: Mapping[str, Record], b: Mapping[str, Record]
) -> Iterable[tuple[str, Group, tuple[float, float]]]:
    for identity, record in a.items():
        other = b[identity]["metrics"]
        groups: list[Group] = [(), *(((k, v),) for k, v in record["group"].items())]
        for name, score in record["metrics"].items():
            values = score["value"], other.get(name, {}).get("value")
            if values[0] is not None and values[1] is not None:
                for group in groups:
                    yield name, group, (float(values[0]), float(values[1]))


def _row(
    name: str, group: dict[str, str], pairs: Sequence[tuple[float, float]], binary: bool
) -> Record:
    n = len(pairs)
    row: Record = {
        "metric": name,
        "group": group,
        "n": n,
        "baseline": sum(x for x, _ in pairs) / n,
        "candidate": sum(y for _, y in pairs) / n,
    }
    if binary and all(value in (0.0, 1.0) for pair in pairs for value in pair):
        return row | _binary(pairs)
    return row | _continuous(pairs)


def _estimate(interval: "Interval", se: float | None) -> Record:
    return {
        "difference": interval.value,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "method": interval.method,
        "se": se,
    }


def _binary(pairs: Sequence[tuple[float, float]]) -> Record:
    from rf_eval.stats import mcnemar_exact, paired_proportions, paired_se_counts

    both = pairs.count((1.0, 1.0))
    only_a, only_b = pairs.count((1.0, 0.0)), pairs.count((0.0, 1.0))
    neither = len(pairs) - both - only_a - only_b
    interval = paired_proportions(both, only_a, only_b, neither)
    se = paired_se_counts(both, only_a, only_b, neither) if len(pairs) > 1 else None
    return _estimate(interval, se) | {
        "both": both,
        "only_baseline": only_a,
        "only_candidate": only_b,
        "neither": neither,
        "p_value": mcnemar_exact(only_a, only_b),
        "p_value_mid": mcnemar_exact(only_a, only_b, mid_p=True),
    }


def _continuous(pairs: Sequence[tuple[float, float]]) -> Record:
    from rf_eval.stats import bootstrap, paired_se

    differences = [y - x for x, y in pairs]
    se = paired_se(differences) if len(pairs) > 1 else None
    counts = ("both", "only_baseline", "only_candidate", "neither", "p_value", "p_value_mid")
    return _estimate(bootstrap(differences), se) | dict.fromkeys(counts)


def _adjust(rows: Sequence[Record]) -> None:
    from rf_eval.stats import holm

    family = [row for row in rows if not row["group"] and row["p_value"] is not None]
    for row, adjusted in zip(family, holm([row["p_value"] for row in family]), strict=True):
        row["p_value_holm"] = adjusted


def _definitions(results: Mapping[str, Any]) -> dict[str, bool]:
    return {
        entry["name"]: entry["aggregation"] == "proportion"
        for entry in results.get("metric_definitions", [])
    }


def _same_data(a: Path, b: Path, results: Mapping[Path, Mapping[str, Any]]) -> None:
    hashes = [(results[folder].get("data") or {}).get("sha256") for folder in (a, b)]
    if hashes[0] != hashes[1]:
        raise EvalError(f"{a} and {b} were scored on different data, so they cannot be compared")


def _same_samples(a: Path, b: Path, ids_a: set[str], ids_b: set[str]) -> None:
    if ids_a == ids_b:
        return
    missing, where = (ids_a - ids_b, b) if ids_a - ids_b else (ids_b - ids_a, a)
    raise EvalError(
        f"{a} and {b} have different samples: {len(ids_a ^ ids_b)} are in only one of them, "
        f"such as {min(missing)!r}, which {where} lacks"
    )
