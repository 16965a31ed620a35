"""`rf-eval generate`: let one model answer a data set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rf_jsonl import shown
from rf_jsonl.options import FOLDER, PATH

from rf_eval.backends import Backend, make_backend
from rf_eval.errors import OptionError
from rf_eval.offered import offered_functions
from rf_eval.runs import generate as generate_into
from rf_eval.samples import read_dataset
from rf_eval.subset import subset
from rf_eval.tools import TIMEOUT, Tool


@click.command()
@click.option("--data", required=True, type=PATH, help="A test.jsonl.")
@click.option(
    "--backend", required=True, help="hf, cpu, openai, replay, reference, oracle, or a plug-in's."
)
@click.option("--model", help="Folder; hub id (hf); GGUF or 'embedded' (cpu); name (openai).")
@click.option("--adapter", help="A PEFT adapter's folder (hf, cpu).")
@click.option("--run", "run_folder", help="An rf-train run folder (hf, cpu).")
@click.option("--nf4", is_flag=True, default=None, help="Load the linear layers in 4 bit (hf).")
@click.option("--dtype", help="bfloat16, float16, float32 or auto (hf).")
@click.option("--batch-size", type=click.IntRange(1), help="Prompts at a time (hf, cpu).")
@click.option("--devices", type=click.IntRange(1), help="Processes, one per GPU (hf).")
@click.option("--precision", help="int8, int4 or float32 (cpu).")
@click.option("--threads", type=click.IntRange(1), help="Threads of one pass (cpu).")
@click.option("--call-schema", help="Constrain answers to a call with this JSON Schema (cpu).")
@click.option("--max-new-tokens", type=click.IntRange(1), help="Longest answer, in tokens.")
@click.option(
    "--base-url", multiple=True, help="A server's /v1 address; repeat for several (openai)."
)
@click.option(
    "--concurrency", type=click.IntRange(1), help="Concurrent requests per server (openai)."
)
@click.option("--file", "replay_file", help="A predictions.jsonl (replay).")
@click.option("--command", "oracle_command", help="Command that answers specifications (oracle).")
@click.option("--tool", help="A command that answers calls, such as 'rf-synth solve --calls -'.")
@click.option("--tool-schema", type=PATH, help="Functions that the model may call (openai).")
@click.option(
    "--tool-timeout",
    type=click.FloatRange(0, min_open=True),
    default=TIMEOUT,
    show_default=True,
    help="Seconds to wait for an answer of the tool.",
)
@click.option("--name", default="", help="Name of the model in results.")
@click.option("--n", type=click.IntRange(0), default=0, help="Samples, stratified; 0 = all.")
@click.option("--seed", type=int, default=0, help="Seed of the subset.")
@click.option("--out", required=True, type=FOLDER, help="Folder for predictions.jsonl.")
@click.option("--resume", is_flag=True, help="Continue an interrupted run.")
@click.option("--force", is_flag=True, help="Start over and replace different predictions.")
def generate(
    *,
    data: Path,
    backend: str,
    run_folder: str | None,
    replay_file: str | None,
    oracle_command: str | None,
    base_url: tuple[str, ...],
    tool: str | None,
    tool_schema: Path | None,
    tool_timeout: float,
    name: str,
    n: int,
    seed: int,
    out: Path,
    resume: bool,
    force: bool,
    **options: Any,
) -> None:
    """Write predictions.jsonl, one line as each answer finishes."""
    options |= {"run": run_folder, "file": replay_file, "command": oracle_command}
    options["base_url"] = list(base_url) or None
    given = {key: value for key, value in options.items() if value is not None}
    source = read_dataset(data)
    if tool and backend == "openai":
        given["tools"] = offered_functions(source.metadata, tool_schema)
    elif tool_schema:
        raise click.UsageError("--tool-schema goes with --tool and --backend openai")
    made = _make_backend(backend, given)
    drawn = len(subset(source.records, n, seed))
    through = f", calls by {tool!r}" if tool else ""
    click.echo(
        f"Answering {drawn} of {len(source)} samples of {shown(data)} by {backend}{through} → "
        f"{shown(out)}/"
    )
    done = generate_into(
        source, backend, made, out, name=name or shown(out.name), n=n, seed=seed,
        resume=resume, force=force, tool=Tool(tool, tool_timeout) if tool else None,
    )  # fmt: skip
    if done.changed:
        click.echo(
            f"{len(done.predictions)} answers in {done.seconds:.1f} s: "
            f"{shown(out)}/predictions.jsonl"
        )
    else:
        click.echo(f"Unchanged: {shown(out)}/predictions.jsonl")


def _make_backend(name: str, options: Mapping[str, Any]) -> Backend:
    """The backend with its options; an unknown backend or option is a usage error."""
    try:
        return make_backend(name, options)
    except OptionError as error:
        raise click.UsageError(str(error)) from None
