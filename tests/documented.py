"""The blocks of the documents, and the command lines in them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tiny_chain import ROOT

PAGES = [
    ROOT / "README.md", ROOT / "README.zh.md", ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("packages/*/README*.md")),
    *sorted(ROOT.glob("examples/*/README.md")),
]  # fmt: skip
TOOLS = {
    "uv", "uvx", "pip", "python", "git", "bash", "cd", "curl", "echo", "export", "srun", "torchrun",
    "vllm", "ollama", "rf-synth", "rf-train", "rf-eval", "rf-figs", "rf-design", "ray",
}  # fmt: skip
FEW = "--count train=60 --count val=20 --count test=20 --count test_ood=20"
"""Options that make a data set small."""


@dataclass(frozen=True)
class Block:
    """An indented or fenced block: its page, its first line's number, its language if it says."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Its command lines, continued lines joined, comments and prompts taken off."""
        return [] if self.language in ("python", "json", "yaml") else list(_commands(self.text))

    @property
    def output(self) -> str:
        """What stands below the last command."""
        return self.text.split(_last_line(self.text), 1)[1].strip("\n")


def blocks() -> list[Block]:
    """Every block of every page."""
    return [block for page in PAGES for block in _blocks(page)]


def inline_commands() -> Iterator[tuple[str, str]]:
    """(page, command) of the commands of uv and pip within sentences and tables."""
    for page in PAGES:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text):
            words = " ".join(span.split())
            if words.startswith(("uv run ", "uvx ", "pip install ")):
                yield page.relative_to(ROOT).as_posix(), words


def _blocks(page: Path) -> Iterator[Block]:
    lines = page.read_text(encoding="utf-8").splitlines()
    name, i = page.relative_to(ROOT).as_posix(), 0
    while i < len(lines):
        start = i
        if lines[i].startswith("```"):
            i = lines.index("```", i + 1)
            body = "\n".join(lines[start + 1 : i])
            yield Block(name, start + 2, lines[start].removeprefix("```"), body)
        elif lines[i].startswith("    ") and not (i and lines[i - 1].strip()):
            while i + 1 < len(lines) and (lines[i + 1][:4].strip() == ""):
                i += 1
            body = "\n".join(line[4:] for line in lines[start : i + 1]).rstrip()
            yield Block(name, start + 1, "", body)
        i += 1


def _commands(text: str) -> Iterator[str]:
    pending = ""
    for line in text.splitlines():
        pending += line if not pending else "\n" + line
        if pending.removeprefix("$ ").split(" ")[0] not in TOOLS:
            pending = ""
        elif not pending.endswith("\\") and pending.count("'") % 2 == 0:
            joined = re.sub(r"\s*\\\n\s*", " ", pending.removeprefix("$ "))
            yield re.sub(r"\s+# .*", "", joined)
            pending = ""


def _last_line(text: str) -> str:
    tail = list(_commands(text))[-1].splitlines()[-1].split(" ")[-1]
    return next(line for line in reversed(text.splitlines()) if tail in line)


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command line as a shell does; `uv run` is the environment that runs this test."""
    scripts = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", command.removeprefix("uv run ")],
        cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def the_block(page: str, beginning: str) -> Block:
    """The only block of a page whose text begins like this."""
    [found] = [b for b in blocks() if b.page == page and b.text.startswith(beginning)]
    return found
