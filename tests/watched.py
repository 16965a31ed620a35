"""Commands run without a network: what they tried to reach, and what they must not let out."""

import os
import subprocess
import sys
from pathlib import Path

HOOK = Path(__file__).resolve().parent / "no_network"
CANARY = "canary-5c1f0e"
SECRETS = {
    name: f"{CANARY}-{name.lower()}"
    for name in (
        "RF_EVAL_API_KEY", "OPENAI_API_KEY", "HF_TOKEN", "WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY",
    )
}  # fmt: skip


def watched_environment(log: Path) -> dict[str, str]:
    """The environment of a process whose attempts to reach the network are denied and logged.

    No switch of a library's own is left on that would keep it from trying.
    """
    offline = {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"}
    plain = {name: value for name, value in os.environ.items() if name not in offline}
    return plain | {"PYTHONPATH": str(HOOK), "RF_NETWORK_LOG": str(log)}


def watched(folder: Path, log: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs `rf-x …` in `folder` without a network, with secrets in the environment."""
    log.mkdir(exist_ok=True)
    module, *arguments = (str(word) for word in words)
    return subprocess.run(
        [sys.executable, "-m", module.replace("-", "_"), *arguments],
        cwd=folder, env=watched_environment(log) | SECRETS, check=False,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


def attempts(log: Path) -> list[str]:
    """What the processes tried to reach; the log holds a file for each of them."""
    lines = [file.read_text(encoding="utf-8").splitlines() for file in sorted(log.glob("*.txt"))]
    assert lines, "no process was watched"
    return [attempt for found in lines for attempt in found[1:]]
