"""`rf-synth audit`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rf_jsonl.options import PATH

if TYPE_CHECKING:
    from rf_synth.verify.audit import Audit


@click.command()
@click.argument("file", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit(file: Path, as_json: bool) -> None:
    """Count the labels of FILE that meet their own specification, and those that are minimal.

    FILE is JSONL: records of rf-synth, records with `messages`, or answers.
    """
    import rf_jsonl

    from rf_synth.verify.audit import audit as judge

    result = judge(file)
    if as_json:
        rows = {band: tally.row() for band, tally in result.bands.items()}
        figures = {
            "lines": result.lines,
            "without_answer": result.without_answer,
            "all": result.total.row(),
            "bands": rows,
            "findings": result.findings,
        }
        click.echo(rf_jsonl.dumps(figures).decode())
        return
    _print(result)


def _print(result: "Audit") -> None:
    import rf_jsonl

    from rf_synth.verify.audit import OTHER

    for finding in result.findings:
        click.echo(rf_jsonl.printable(str(finding)))
    total = result.total
    click.echo(
        f"{result.lines:,} lines, {result.without_answer:,} without an answer"
        + (f"; {total.unjudged:,} answers cannot be judged" if total.unjudged else "")
    )
    click.echo(
        f"{'':<10}{'labels':>8}{'meet spec':>18}{'within 0.005 dB':>18}{'minimal':>18}{'exact':>18}"
    )
    for band, tally in {**result.bands, "all": total}.items():
        if band == OTHER and not tally.labels:
            continue
        cells = "".join(
            f"{n:>9,} {n / tally.labels:>7.1%}" if tally.labels else f"{n:>17,}"
            for n in (tally.meets, tally.meets_as_printed, tally.minimal, tally.exact)
        )
        click.echo(f"{band:<10}{tally.labels:>8,} {cells}")
