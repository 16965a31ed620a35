"""`rf-synth solve`."""

import sys
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import cast

import click
from rf_jsonl.options import PATH

_STREAM = Path("-")


@click.command()
@click.argument("file", type=PATH, default=Path("-"))
@click.option("--calls", is_flag=True, help="FILE holds calls of design_filter.")
@click.option("--strict", is_flag=True, help="With --calls: ask for the impedance too.")
@click.option("--workers", type=click.IntRange(min=1), default=None, help="Processes [all cores].")
@click.option("--out", type=PATH, default=None, help="Write to a file instead.")
@click.option("--force", is_flag=True, help="Overwrite OUT if it holds something else.")
def solve(
    *, file: Path, calls: bool, strict: bool, workers: int | None, out: Path | None, force: bool
) -> None:
    """Compute the minimum order of each specification in FILE, JSONL (- is stdin).

    If any specification is impossible, nothing is written: each of these is reported with its line
    and the reason, and the exit code is 1.

    With --calls each line holds the arguments of a call of design_filter, bare or as {"id": ...,
    "arguments": {...}}, and is answered at once by a result: designed, incomplete or outside.
    Unreadable lines get a result as well, so the exit code is 0. Long streams are answered by
    several processes, in order.
    """
    if (strict or workers) and not calls:
        raise click.UsageError(f"{'--strict' if strict else '--workers'} requires --calls")
    if calls:
        _solve_calls(file, strict, workers, out, force)
    else:
        _solve_specifications(file, out, force)


def _solve_calls(
    file: Path, strict: bool, workers: int | None, out: Path | None, force: bool
) -> None:
    import rf_jsonl

    from rf_synth.calls.tool import answer_stream
    from rf_synth.sharing import usual_workers

    workers = workers or usual_workers()
    opened = sys.stdin.buffer if file == _STREAM else rf_jsonl.open_regular(file)
    with cast(BufferedReader, opened) as source:
        if out is None or out == _STREAM:
            answer_stream(source, sys.stdout.buffer, strict=strict, workers=workers)
            return
        results = BytesIO()
        answer_stream(source, results, strict=strict, workers=workers)
    _write(out, results.getvalue(), force)


def _solve_specifications(file: Path, out: Path | None, force: bool) -> None:
    import rf_jsonl

    from rf_synth.solve import read_specs, solve_lines

    name = "<stdin>" if file == _STREAM else file
    answers, refused = [], 0
    for result in solve_lines(read_specs(file, sys.stdin.buffer), name):
        if isinstance(result, rf_jsonl.FileError):
            refused += 1
            click.echo(f"rf-synth: {result}", err=True)
        else:
            answers.append(result)
    if refused:
        sys.exit(1)
    if out is not None and out != _STREAM:
        _write(out, b"".join(rf_jsonl.dumps(answer) + b"\n" for answer in answers), force)
        return
    for answer in answers:
        click.echo(rf_jsonl.dumps(answer).decode())


def _write(out: Path, content: bytes, force: bool) -> None:
    """Writes the lines; a file with other content is overwritten only with `force`."""
    import rf_jsonl

    new = rf_jsonl.write_whole(out, content, force=force)
    count = content.count(b"\n")
    # With --out /dev/stdout the results must not be mixed with this line.
    say = f"{count:,} answers -> {rf_jsonl.shown(out)}{'' if new else ' (unchanged)'}"
    click.echo(say, err=not rf_jsonl.is_file_to_be(out))
