"""The tables of `train_cards.json`."""

import re
from typing import Any

Runs = dict[str, dict[str, Any]]


def tables(report: dict[str, Any]) -> str:
    """All tables that the report has rows for, as Markdown."""
    runs: Runs = report["runs"]
    texts = [
        _ways(runs, report["peers"]),
        _profiles(runs),
        _starts(runs),
        _gradients(runs),
        _kernels(runs),
        _scaling(runs),
        _generation(runs),
        _ends(runs),
    ]
    left = [f"- {name}: {why}" for name, why in report["left_out"].items()]
    failed = [
        f"- {name}: exit {run['exit']}: {' / '.join(run['failed'][-3:])}"
        for name, run in runs.items()
        if "failed" in run and not name.startswith("killed")
    ]
    if left:
        texts.append("Left out:\n" + "\n".join(left))
    if failed:
        texts.append("Failed:\n" + "\n".join(failed))
    return "\n\n".join(text for text in texts if text)


def _timed(runs: Runs) -> Runs:
    return {name: run for name, run in runs.items() if "seconds_per_step" in run}


def _ways(runs: Runs, peers: dict[str, Any]) -> str:
    rows = [
        f"| {name} | {run['seconds_per_step']:.3f} | {run['tokens_per_second']:,.0f} | "
        f"{run['peak_gib']:.1f} | {run.get('planned_gib', 0):.1f} |"
        for name, run in _timed(runs).items()
        if not re.match(r"DDP|FSDP|curve|killed|resumed", name)
    ]
    if not rows:
        return ""
    for name, (seconds, gib) in peers.items():
        rows.append(f"| {name} (measured before) | {seconds:.3f} | | {gib or ''} | |")
    head = "| 16 samples per step, one card | s/step | tokens/s | GiB | planned |\n"
    return head + "|---|---:|---:|---:|---:|\n" + "\n".join(rows)


def _profiles(runs: Runs) -> str:
    profiled = {n: r["profile"] for n, r in _timed(runs).items() if r.get("profile")}
    if not profiled:
        return ""
    kinds = list(dict.fromkeys(k for p in profiled.values() for k in p["milliseconds_per_step"]))
    lines = [f"| ms a step | {' | '.join(kinds)} | wall |", "|---|" + "---:|" * (len(kinds) + 1)]
    for name, found in profiled.items():
        parts = [f"{found['milliseconds_per_step'].get(kind, 0.0):.1f}" for kind in kinds]
        lines.append(
            f"| {name} | {' | '.join(parts)} | {found['wall_milliseconds_per_step']:.1f} |"
        )
    return "\n".join(lines)


def _starts(runs: Runs) -> str:
    lines = [f"- {name}: {run['start']}" for name, run in runs.items() if run.get("start")]
    return "Starts:\n" + "\n".join(lines) if lines else ""


def _gradients(runs: Runs) -> str:
    found = runs.get("gradients", {}).get("result")
    if not found:
        return ""
    lines = [
        f"| gradients, {found['model']} | adapters | loss | from bf16 | from NF4 |",
        "|---|---|---:|---:|---:|",
    ]
    for target in ("q_proj,v_proj", "all"):
        for way, row in found[target].items():
            beside = row.get("distance_from_nf4")
            lines.append(
                f"| {way} | {target} | {row['loss']:.4f} | {row['distance_from_bf16']:.4f} | "
                f"{'' if beside is None else f'{beside:.4f}'} |"
            )
    return "\n".join(lines)


def _kernels(runs: Runs) -> str:
    """Microseconds of single kernels, and how far their results are from the reference."""
    rows = runs.get("kernels", {}).get("result", {}).get("rows", {})
    lines = ["| kernels, one layer | forward, µs | backward, µs | error |", "|---|---:|---:|---:|"]
    for name, row in rows.items():
        if "failed" in row:
            lines.append(f"| {name}: {row['failed']} | | | |")
        else:
            times = " | ".join(f"{row[key]:.0f}" for key in ("forward", "backward"))
            lines.append(f"| {name} | {times} | {row['error']:.4f} |")
    return "\n".join(lines) if rows else ""


def _scaling(runs: Runs) -> str:
    """Tokens a second of several cards over those of one, times their number."""
    several = {n: r for n, r in _timed(runs).items() if n.startswith(("DDP", "FSDP"))}
    if not several:
        return ""
    lines = [
        "| over cards | s/step | tokens/s | efficiency | GiB a card | planned |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, run in several.items():
        single = re.sub(r"\d cards?$", "1 card", name.replace(" gathered once", ""))
        cards, alone = len(run["cards"]), several.get(single)
        if alone is None and ", 16 samples" in name:
            alone = runs.get("q,v: bf16")
        share = ""
        if alone and "tokens_per_second" in alone and cards > 1:
            share = f"{run['tokens_per_second'] / alone['tokens_per_second'] / cards:.1%}"
        lines.append(
            f"| {name} | {run['seconds_per_step']:.3f} | {run['tokens_per_second']:,.0f} | "
            f"{share} | {run['peak_gib']:.1f} | {run.get('planned_gib', 0):.1f} |"
        )
    return "\n".join(lines)


def _generation(runs: Runs) -> str:
    """Answers a second by rf-eval, and whether the file is the one that a single card wrote."""
    found = {
        n: r["result"] for n, r in runs.items() if n.startswith("generation") and "result" in r
    }
    if not found:
        return ""
    lines = ["| | answers | s, loading included | answers/s | file of one card | sha256 |"]
    lines.append("|---|---:|---:|---:|---|---|")
    for name, row in found.items():
        if "answers" not in row:
            lines.append(f"| {name} | failed: {row.get('said')} | | | | |")
            continue
        resumed = "killed" in row
        rate = "" if resumed else f"{row['answers'] / row['seconds']:.1f}"
        same = {True: "yes", False: "no"}.get(row.get("as_one_card"), "")
        lines.append(
            f"| {name} | {row['answers']} | {row['seconds']:.1f} | {rate} | {same} | "
            f"{row['sha256'][:12]} |"
        )
        if resumed:
            lines.append(f"| {name}: {row['killed']} | | | | | |")
    return "\n".join(lines)


def _ends(runs: Runs) -> str:
    """How far the loss curves are from each other, and what became of the killed run."""
    lines = []
    alone = runs.get("curve on 1", {}).get("losses")
    for name in runs:
        losses = runs[name].get("losses")
        if alone and losses and re.match(r"curve on [2-9]|resumed", name):
            gap = max(abs(a - b) for a, b in zip(alone[-len(losses) :], losses, strict=True))
            lines.append(
                f"- {name}: last {len(losses)} of {len(alone)} losses within {gap:.1e} of those on "
                f"one card ({alone[0]:.4f} at the start, {alone[-1]:.4f} at the end)"
            )
    for name, killed in runs.items():
        if name.startswith("killed on"):
            keys = ("ended_after_seconds", "left", "said", "killed")
            what = {key: killed[key] for key in keys if key in killed}
            lines.append(f"- {name}: exit {killed['exit']}, {what}")
    return "\n".join(lines)
