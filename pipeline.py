"""Runs the stages of a recipe folder in order: `uv run pipeline.py recipes/quickstart`.

A recipe folder holds `pipeline.yaml`, and perhaps others like it, which are named in its place
(`recipes/qwen3-8b-rf/pipeline-tool.yaml`). Each is a list of stages, each with a `name`, the
command it `run`s (one of the four, as a list of words) and the files and folders it `reads` and
`writes`; `{recipe}` in any of them is the folder itself. A stage is skipped when its command, the
code behind it, what it reads and what it wrote are all unchanged since it last succeeded. This
script knows nothing of filters, models or figures: it starts processes and compares bytes.
"""

import hashlib
import importlib.util
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rf_jsonl import (
    FileError,
    expanded,
    locked_folder,
    printable,
    read_json,
    read_yaml,
    sha256_file,
    utf8_streams,
    write_json,
)
from rf_jsonl.options import FOLDER

COMMANDS = {name: name.replace("-", "_") for name in ("rf-synth", "rf-train", "rf-eval", "rf-figs")}
LISTS = ("run", "reads", "writes")
KEYS = {"name", *LISTS, "always"}
STATE = Path(".pipeline")
LAST_LINES = 15


@click.command()
@click.argument("recipe", type=FOLDER)
@click.option("--from", "first", metavar="STAGE", help="Start at this stage.")
@click.option("--to", "last", metavar="STAGE", help="Stop after this stage.")
@click.option("--force", is_flag=True, help="Run stages even where nothing changed.")
def main(recipe: Path, first: str | None, last: str | None, force: bool) -> None:
    """Run the stages of RECIPE in order, skipping those that are up to date.

    RECIPE is a folder with a pipeline.yaml, or another file of stages in such a folder.
    """
    utf8_streams()
    try:
        stages = select(load_stages(recipe), first, last)
        with locked_folder(STATE):
            run_stages(recipe, stages, force)
    except FileError as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on from here", err=True)
        sys.exit(130)


def load_stages(recipe: Path) -> list[dict[str, Any]]:
    """Reads and checks a pipeline; `{recipe}`, its folder, is filled in. Raises FileError."""
    path = recipe if recipe.suffix == ".yaml" else recipe / "pipeline.yaml"
    content, lines = read_yaml(path)
    for key in content:
        if key != "stages":
            raise FileError(path, f"unknown key {key!r}, expected 'stages'", lines.get(str(key)))
    stages = content.get("stages")
    if not isinstance(stages, list) or not stages:
        raise FileError(path, "expected a list under the key 'stages'", lines.get("stages"))
    names: set[str] = set()
    for number, stage in enumerate(stages, start=1):
        problem = problem_of(stage)
        if problem is None and stage["name"] in names:
            problem = f"a second stage named {stage['name']!r}"
        if problem:
            raise FileError(
                path, f"stage {number}: {problem}", lines.get(f"stages.{number - 1}.name")
            )
        for key in LISTS:
            stage[key] = [
                expanded(word.replace("{recipe}", path.parent.as_posix())) for word in stage[key]
            ]
        names.add(stage["name"])
    return stages


def problem_of(stage: Any) -> str | None:
    """What is wrong with one entry of `stages`, or None."""
    name = stage.get("name") if isinstance(stage, dict) else None
    if not isinstance(name, str) or not name or not name.isprintable():
        return "expected a mapping with a 'name'"
    if unknown := sorted(set(stage) - KEYS):
        return f"unknown key {unknown[0]!r}, expected one of {', '.join(sorted(KEYS))}"
    for key in LISTS:
        words = stage.setdefault(key, [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            return f"'{key}' must be a list of strings"
    if not stage["run"] or stage["run"][0] not in COMMANDS:
        return f"'run' must start with one of {', '.join(COMMANDS)}"
    return None


def select(
    stages: list[dict[str, Any]], first: str | None, last: str | None
) -> list[dict[str, Any]]:
    """The stages from `first` to `last`, both included. Raises click.UsageError."""
    names = [stage["name"] for stage in stages]
    for name in (first, last):
        if name is not None and name not in names:
            raise click.UsageError(f"no stage {name!r}, expected one of {', '.join(names)}")
    start = names.index(first) if first else 0
    stop = names.index(last) if last else len(names) - 1
    if start > stop:
        raise click.UsageError(f"stage {last!r} comes before {first!r}")
    return stages[start : stop + 1]


def run_stages(recipe: Path, stages: list[dict[str, Any]], force: bool) -> None:
    """Runs what is out of date; leaves the process with a failing stage's exit code."""
    place = recipe.resolve()
    name = f"{place.parent.name}.{place.stem}" if place.suffix == ".yaml" else place.name
    memory_file = STATE / f"{name}.json"
    memory = read_json(memory_file) if memory_file.exists() else {}
    outcome = []
    for number, stage in enumerate(stages, start=1):
        name, started = stage["name"], time.monotonic()
        head = f"[{number}/{len(stages)}] {name}"
        if not force and not stage.get("always") and memory.get(name) == fingerprint(stage):
            click.echo(f"{head}: unchanged, skipped")
            outcome.append((name, "skipped", 0.0))
            continue
        click.echo(printable(f"{head}: {' '.join(stage['run'])}"))
        memory.pop(name, None)
        write_json(memory_file, memory)
        with interrupts_noted() as interrupts:
            code, lines = run(stage["run"])
        seconds = time.monotonic() - started
        if code:
            report_failure(name, code, seconds, lines)
            sys.exit(code if code > 0 else 128 - code)
        memory[name] = fingerprint(stage)
        write_json(memory_file, memory)
        outcome.append((name, "done", seconds))
        if interrupts:
            raise KeyboardInterrupt
    click.echo("\n" + "\n".join(f"{name:12} {what:8} {s:6.0f} s" for name, what, s in outcome))
    click.echo(f"{'total':12} {'':8} {sum(s for *_, s in outcome):6.0f} s")


def run(words: Sequence[str]) -> tuple[int, list[str]]:
    """Starts one command as a process, without a shell; returns its exit code and last lines.

    In a terminal it inherits the terminal, for the sake of its progress bars, and what it said
    last stands there already; otherwise its output passes through here.
    """
    command = [sys.executable, "-m", COMMANDS[words[0]], *words[1:]]
    sys.stdout.flush()
    lines: deque[str] = deque(maxlen=LAST_LINES)
    here = None if sys.stderr.isatty() else subprocess.PIPE
    both = None if here is None else subprocess.STDOUT
    with subprocess.Popen(
        command, stdout=here, stderr=both, encoding="utf-8", errors="replace"
    ) as process:
        for line in process.stdout or ():
            click.echo(line, nl=False)
            lines.append(line.rstrip("\n"))
    return process.returncode, list(lines)


@contextmanager
def interrupts_noted() -> Iterator[list[int]]:
    """Leaves Ctrl-C to the stage, which saves what it has and ends; here it is only noted.

    A terminal sends it to both. Python would else kill a stage that takes a quarter of a second.
    """
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


def report_failure(name: str, code: int, seconds: float, lines: list[str]) -> None:
    """Says on stderr which stage failed, how, and what it said last."""
    click.echo(f"\nstage {name} failed with exit code {code} after {seconds:.0f} s", err=True)
    if lines:
        click.echo("its last lines:", err=True)
        for line in lines:
            click.echo(f"  {line}", err=True)


def fingerprint(stage: dict[str, Any]) -> str:
    """One hash over a stage's command, the code it runs, what it reads and what it wrote."""
    parts = [*stage["run"], hash_tree(code_of(stage["run"][0]), ".py")]
    for key in ("reads", "writes"):
        parts += [f"{key} {place} {hash_tree(Path(place))}" for place in stage[key]]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def code_of(command: str) -> Path:
    """The folder of the package behind a command."""
    spec = importlib.util.find_spec(COMMANDS[command])
    if spec is None or spec.origin is None:
        raise click.ClickException(f"{command} is not installed: run `uv sync`")
    return Path(spec.origin).parent


def hash_tree(place: Path, suffix: str = "") -> str:
    """A hash over the names and bytes of a file or of all files below a folder but hidden ones."""
    if place.is_file():
        return sha256_file(place)
    files = sorted(file for file in place.rglob(f"*{suffix}") if file.is_file())
    names = [file.relative_to(place) for file in files]
    visible = [name for name in names if not any(part.startswith(".") for part in name.parts)]
    lines = [f"{name.as_posix()} {sha256_file(place / name)}" for name in visible]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else "nothing there"


if __name__ == "__main__":
    main()
