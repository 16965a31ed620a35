"""The command line of rf-design: it designs a filter unless another command is named.

A command's module is imported when it is called, so that `rf-design --help` answers at once.
"""

import sys
from typing import Any

from rf_jsonl.commands import exit_code, load_command

COMMANDS = {
    "mcp": ("rf_design.cli.mcp:mcp", "Serve the tools to an assistant (MCP, stdio)."),
    "prepare": ("rf_design.cli.prepare:prepare", "Build the model's files before the first use."),
    "serve": ("rf_design.cli.serve:serve", "Serve the page: design filters in a browser."),
}
DESIGN = "rf_design.cli.design:design"


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exit codes: 0 answered, 1 failed (one line), 2 wrong usage, 130 interrupted."""
    sys.exit(run_command(sys.argv[1:] if arguments is None else arguments))


def run_command(arguments: list[str]) -> int:
    """Runs the command line and returns its exit code without ending the process."""
    from rf_design.errors import DesignError

    reconfigure: Any = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="surrogateescape")
    return exit_code("rf-design", lambda: _dispatch(arguments), DesignError)


def _dispatch(arguments: list[str]) -> int:
    named = arguments[0] if arguments else ""
    if named in COMMANDS:
        command = load_command(COMMANDS[named][0])
        name, rest = f"rf-design {named}", arguments[1:]
    else:
        command, name, rest = load_command(DESIGN), "rf-design", arguments
    return command.main(rest, prog_name=name, standalone_mode=False) or 0
