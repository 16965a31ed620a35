"""`rf-synth solve`."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("file", default="-")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write here instead.")
def solve(file: str, out: Path | None) -> None:
    """The minimum order of each specification in FILE, a JSON object a line (- is stdin).

    Where a specification is impossible nothing is written: each is refused with its line and
    reason, and the exit code is 1.
    """
    import rf_jsonl

    from rf_synth.solve import STDIN, read_specs, solve_lines

    name = "<stdin>" if file == STDIN else file
    answers, refused = [], 0
    for result in solve_lines(read_specs(file, sys.stdin.buffer), name):
        if isinstance(result, rf_jsonl.FileError):
            refused += 1
            click.echo(f"rf-synth: {result}", err=True)
        else:
            answers.append(result)
    if refused:
        sys.exit(1)
    if out:
        rf_jsonl.write_jsonl(out, answers)
        click.echo(f"{len(answers):,} answers -> {out}")
        return
    for answer in answers:
        click.echo(rf_jsonl.dumps(answer).decode())
