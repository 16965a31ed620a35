"""The command line of rf-eval: its commands, and how errors become exit codes.

A command's module is imported when it is called or its own --help is asked for, so that
`rf-eval --help` answers at once.
"""

import sys

import click
from rf_jsonl.commands import LazyGroup, exit_code, load_command

from rf_eval.errors import EvalError

COMMANDS = {
    "run": ("rf_eval.cli.run:run", "Generate, score, compare and report a recipe (the default)."),
    "generate": ("rf_eval.cli.generate:generate", "Let a model answer a data set."),
    "score": ("rf_eval.cli.score:score", "Score predictions against a data set."),
    "compare": ("rf_eval.cli.compare:compare", "Compare two scored folders, pair by pair."),
    "report": ("rf_eval.cli.report:report", "Write one self-contained report.html."),
    "check": ("rf_eval.cli.check:check", "Simulate answers: do they meet their own spec?"),
    "import": ("rf_eval.cli.import_:import_", "Import and rescore a published result file."),
    "metrics": ("rf_eval.cli.metrics:metrics", "List the metrics, including those of plug-ins."),
}


@click.group(cls=LazyGroup, places=COMMANDS, invoke_without_command=True)
@click.version_option(package_name="rf-eval")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Evaluate models that answer in JSON.

    Without a command: runs the quickstart, which compares the base model with the tuned one.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(load_command(COMMANDS["run"][0]))


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 failed (one line), 2 wrong usage, 130 interrupted."""
    sys.exit(run_command(arguments))


def run_command(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code without ending the process."""
    return exit_code(
        "rf-eval",
        lambda: cli.main(arguments, prog_name="rf-eval", standalone_mode=False),
        EvalError,
    )
