"""`rf-design`: a request, a call or a specification in, a filter out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rf_jsonl.options import PATH

from rf_design.cli import COMMANDS
from rf_design.cli.shared import in_language, language, model_option, say

if TYPE_CHECKING:
    from rf_design.core import Design
    from rf_design.options import Options


class DesignCommand(click.Command):
    """The command, whose help also lists the other commands."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the other commands without importing any."""
        with formatter.section("Other commands"):
            formatter.write_dl(
                [(f"rf-design {name}", text) for name, (_, text) in COMMANDS.items()]
            )


@click.command(cls=DesignCommand)
@click.argument("text", required=False)
@click.option("--spec", type=PATH, help="A specification (JSON file, or -) instead of TEXT.")
@click.option("--call", type=PATH, help="Arguments of a call (JSON file, or -) instead of TEXT.")
@click.option("--batch", type=PATH, help="Many requests, calls or specs, one JSON object per line.")
@click.option("--out", type=PATH, help="Folder for the files; with --batch the file of results.")
@click.option("--json", "as_json", is_flag=True, help="Print design.json instead of the report.")
@click.option("--order", type=int, help="This order instead of the minimum.")
@click.option("--topology", type=click.Choice(["pi", "tee"]), help="Shunt or series part first.")
@click.option(
    "--e-series", type=click.Choice(["12", "24", "96"]), help="Round to E12, E24 or E96 values."
)
@click.option("--q-l", type=float, help="Unloaded Q of the inductors.")
@click.option("--q-c", type=float, help="Unloaded Q of the capacitors.")
@click.option("--tolerance", type=float, help="Yield with parts of this tolerance, in per cent.")
@click.option(
    "--samples", type=int, default=1000, show_default=True, help="Number of filters for the yield."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed of the yield.")
@click.option(
    "--loss", type=float, default=1.0, help="Mid-band loss in dB for which Qu is computed."
)
@click.option("--force", is_flag=True, help="Replace other files or results in --out.")
@click.option("--no-plots", is_flag=True, help="Write no plots, which take the longest.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of the report.")
@model_option
@click.version_option(package_name="rf-design")
def design(text: str | None, **chosen: Any) -> None:
    """Design the filter that TEXT requests (- reads it from stdin).

    Prints what was read, the order with its proof, the parts and their checks. If something is
    missing it asks for it and continues with the answer.
    """
    given = [name for name in ("spec", "call", "batch") if chosen[name] is not None]
    if len(given) + (text is not None) > 1:
        raise click.UsageError("give one of TEXT, --spec, --call and --batch")
    if chosen["batch"] is not None:
        _run_batch(chosen)
        return
    if text is None and not given:
        raise click.UsageError("nothing to design: give TEXT, --spec, --call or --batch")
    if chosen["out"] == Path("-"):
        raise click.UsageError("--out needs a folder; --json prints to standard output")
    if text == "-":
        text = sys.stdin.read()
    with in_language(language(chosen["lang"], text)):
        options = _options(chosen)
        if text is not None:
            found = _from_text(text, options, chosen)
        else:
            found = _from_object(given[0], chosen, options)
        _print(found, chosen)


def _options(chosen: dict[str, Any]) -> "Options":
    from rf_design.options import Options

    series, tolerance = chosen["e_series"], chosen["tolerance"]
    return Options(
        order=chosen["order"],
        topology=chosen["topology"],
        e_series=None if series is None else int(series),
        q_l=chosen["q_l"],
        q_c=chosen["q_c"],
        tolerance=None if tolerance is None else tolerance / 100,
        samples=chosen["samples"],
        seed=chosen["seed"],
        wanted_loss_db=chosen["loss"],
    )


def _from_object(kind: str, chosen: dict[str, Any], options: "Options") -> "Design":
    from rf_design.cli.objects import design_object

    return design_object(chosen[kind], kind, options, chosen["lang"])


def _from_text(text: str, options: "Options", chosen: dict[str, Any]) -> "Design":
    """Reads the request; at a terminal, asks until nothing is missing."""
    from rf_design.reading.model import load_in_thread
    from rf_design.reading.text import is_readable, normalised

    # Slow imports come after the model has started to load.
    loading = load_in_thread(chosen["model"], say) if is_readable(normalised(text)) else None
    from rf_design.core import design_from_result
    from rf_design.reading.conversation import start, take_answers

    reading = start(text, chosen["lang"])
    turns = [text]
    while True:
        if reading.add_turn(turns[-1]) and loading is not None:
            take_answers([reading], loading.result())
        found = design_from_result(
            reading.result, options, call=reading.call, request=tuple(turns), lang=reading.lang
        )
        asking = found.status == "incomplete" and not chosen["as_json"]
        if not (asking and _at_a_terminal()):
            return found
        _print(found, {**chosen, "out": None})
        turns.append(click.prompt(">", prompt_suffix=" "))


def _can_plot(lang: str) -> bool:
    from importlib.util import find_spec

    found = find_spec("matplotlib") is not None
    if not found:
        say(
            "没有安装 matplotlib，不输出曲线图：请安装 rf-design[plots]" if lang == "zh"
            else "no plots without matplotlib: install rf-design[plots]"
        )  # fmt: skip
    return found


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _print(found: "Design", chosen: dict[str, Any]) -> None:
    written: list[str] = []
    if chosen["out"] is not None:
        from rf_design.files import write_folder

        plots = not chosen["no_plots"] and _can_plot(found.lang)
        written = write_folder(found, chosen["out"], plots=plots, force=chosen["force"])
    if chosen["as_json"]:
        from rf_design.report import design_file

        click.echo(design_file(found), nl=False)
        return
    from rf_design.terminal.render import render

    click.echo(render(found, written))


def _run_batch(chosen: dict[str, Any]) -> None:
    if chosen["out"] is None:
        raise click.UsageError("--batch needs --out FILE for the results")
    from rf_jsonl import is_file_to_be, shown

    from rf_design.batch import run_batch

    lang = language(chosen["lang"])
    with in_language(lang):
        count = run_batch(
            chosen["batch"], chosen["out"], _options(chosen),
            lang=chosen["lang"], model=chosen["model"], say=say, force=chosen["force"],
        )  # fmt: skip
    results = f"{count:,} 个结果" if lang == "zh" else f"{count:,} results"
    to_stderr = not is_file_to_be(chosen["out"])  # the results may go to standard output
    click.echo(f"{results} -> {shown(chosen['out'])}", err=to_stderr)
