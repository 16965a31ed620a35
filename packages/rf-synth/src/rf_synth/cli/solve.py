"""`rf-synth solve`."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("file", default="-")
@click.option("--calls", is_flag=True, help="FILE holds calls of design_filter.")
@click.option("--strict", is_flag=True, help="With --calls: ask for the impedance too.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write here instead.")
@click.option("--force", is_flag=True, help="Overwrite OUT where it holds something else.")
def solve(file: str, calls: bool, strict: bool, out: Path | None, force: bool) -> None:
    """The minimum order of each specification in FILE, a JSON object a line (- is stdin).

    Where a specification is impossible nothing is written: each is refused with its line and
    reason, and the exit code is 1.

    With --calls each line holds the arguments of a call of design_filter, bare or as {"id": ...,
    "arguments": {...}}, and is answered at once by a result: designed, incomplete or outside. What
    cannot be read is a result too, so the exit code is 0.
    """
    if strict and not calls:
        raise click.UsageError("--strict goes with --calls")
    if calls:
        _solve_calls(file, strict, out, force)
    else:
        _solve_specifications(file, out, force)


def _solve_calls(file: str, strict: bool, out: Path | None, force: bool) -> None:
    import rf_jsonl

    from rf_synth.calls.tool import answer_lines, result_line

    source = sys.stdin.buffer if file == "-" else rf_jsonl.open_regular(Path(file))
    with source:
        results = answer_lines(source, strict=strict)
        if out:
            _write(out, b"".join(map(result_line, results)), force)
            return
        write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush
        for result in results:
            write(result_line(result))
            flush()


def _solve_specifications(file: str, out: Path | None, force: bool) -> None:
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
        _write(out, b"".join(rf_jsonl.dumps(answer) + b"\n" for answer in answers), force)
        return
    for answer in answers:
        click.echo(rf_jsonl.dumps(answer).decode())


def _write(out: Path, content: bytes, force: bool) -> None:
    """Writes the lines; a file that holds something else is overwritten only with `force`."""
    import rf_jsonl

    count = content.count(b"\n")
    if out.is_file() and not force:
        if out.read_bytes() != content:
            raise rf_jsonl.FileError(str(out), "holds something else; --force overwrites it")
        click.echo(f"{count:,} answers -> {out} (unchanged)")
        return
    with rf_jsonl.atomic_writer(out) as stream:
        stream.write(content)
    click.echo(f"{count:,} answers -> {out}")
