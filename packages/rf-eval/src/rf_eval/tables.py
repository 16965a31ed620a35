"""Plain-text tables of at most 100 characters width, for the output of commands."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from rf_jsonl import Record, printable

HEADLINES = (
    "call_valid", "reading", "reading_slots", "status", "declined", "wrong_design",
    "json_strict", "json_recovered", "exact_match", "filter_type", "filter_band", "keys_complete",
    "order", "order_within_one", "meets_spec", "meets_own_spec", "minimal_order",
    "derivation_steps", "asked", "asked_exactly", "asked_order", "language_match",
    "resolve_own.reading", "resolve_reference.reading", "resolve_own.order",
    "resolve_reference.order",
)  # fmt: skip
"""Metrics in the short table, as far as they were measured; results.json has the others."""

FEW = 8
"""Up to this many metrics are all shown."""


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)
) -> str:
    """Columns as wide as their widest cell; those in `left` are left-aligned."""
    everything = [[printable(cell) for cell in row] for row in (header, *rows)]
    widths = [max(_width(row[i]) for row in everything) for i in range(len(header))]
    lines = [_line(row, widths, left) for row in everything]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def results_table(results: Record) -> str:
    """Headline metrics of one results.json with n, value and interval; the order by band."""
    rows = [
        [_label(row), str(row["n"]), _percent(row["value"]), _interval(row)]
        for row in _headline_rows(results["metrics"])
    ]
    return table(["metric", "n", results["model"], "95 % interval"], rows)


def comparison_table(comparison: Record, further: Sequence[Record] = ()) -> str:
    """Headline metrics of a baseline_comparison.json, side by side, with p-values.

    Each of `further`, comparisons with the same baseline, adds a column for its candidate.
    """
    others = [
        {_label(row): _percent(row["candidate"]) for row in _headline_rows(one["paired"])}
        for one in further
    ]
    rows = [
        [
            _label(row),
            str(row["n"]),
            _percent(row["baseline"]),
            _percent(row["candidate"]),
            *(other.get(_label(row), "") for other in others),
            f"{100 * row['difference']:+.1f}",
            f"[{100 * row['ci_low']:+.1f}, {100 * row['ci_high']:+.1f}]",
            f"{row['only_candidate']}/{row['only_baseline']}" if row["both"] is not None else "",
            "" if row["p_value"] is None else _p(row["p_value"]),
        ]
        for row in _headline_rows(comparison["paired"])
    ]
    names = [comparison[side][:14] for side in ("baseline", "candidate")]
    more = [one["candidate"][:14] for one in further]
    header = ["metric (%)", "n", *names, *more, "diff", "95 % interval", "gained/lost", "exact p"]
    note = f"\ndiff to p: {' → '.join(names)}" if more else ""
    return table(header, rows) + note


def _headline_rows(rows: Sequence[Record]) -> list[Record]:
    """The rows of the headline metrics over all samples, and `order` and `meets_spec` by band.

    If there are only a few metrics, all of them are included.
    """
    chosen = []
    for name in HEADLINES:
        chosen += [row for row in rows if row["metric"] == name and not row["group"]]
        if name in ("order", "meets_spec"):
            chosen += [row for row in rows if row["metric"] == name and "band" in row["group"]]
    known = set(HEADLINES)
    few = len({row["metric"] for row in rows}) <= FEW
    extra = [row for row in rows if few or "/" in row["metric"] or "[" in row["metric"]]
    chosen += [row for row in extra if row["metric"] not in known and not row["group"]]
    return chosen


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _label(row: Mapping[str, Any]) -> str:
    name = str(row["metric"])
    return f"{name} {next(iter(row['group'].values()))}" if row["group"] else name


def _interval(row: Mapping[str, Any]) -> str:
    return f"[{_percent(row['ci_low'])}, {_percent(row['ci_high'])}]"


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else f"{value:.1e}"


def _line(cells: Sequence[str], widths: Sequence[int], left: Sequence[int]) -> str:
    parts = []
    for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - _width(cell))
        parts.append(cell + space if i in left else space + cell)
    return "  ".join(parts).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
