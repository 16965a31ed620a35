"""Training runs that are killed at random moments and resumed until they are done.

Python imports torch and transformers once and every run is forked from it, so that most of the
time is training and the moments of the kills fall into it. Arguments: a JSON list of recipes, a
number of kills a recipe, a seed. The first recipe is carried out without a kill, which also
tells how long a run takes. Prints a line of JSON: for each recipe the steps of the newest
checkpoint at its kills (0: none yet), and the exit code at its end.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

from rf_train.files.checkpoint_folders import list_checkpoints

LIMIT_SECONDS = 120.0


def start(recipe: str) -> int:
    """Forks a process that carries out a recipe, quietly; returns its id."""
    child = os.fork()
    if child == 0:
        from rf_train.cli import run

        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os._exit(run(["train", recipe, "--resume"]))
    return child


def wait(child: int, seconds: float) -> int | None:
    """The exit code of a process, or None where it was killed after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return None


def carry_out(recipe: str, folder: Path, kills: int, draw) -> dict:
    """Kills and resumes a run so many times and then lets it end."""

    steps = []
    for _ in range(kills):
        code = wait(start(recipe), draw())
        if code is not None:
            return {"killed_at": steps, "code": code}
        steps.append(max((step for step, _ in list_checkpoints(folder)), default=0))
    return {"killed_at": steps, "code": wait(start(recipe), LIMIT_SECONDS)}


def main() -> None:
    recipes, kills = json.loads(sys.argv[1]), int(sys.argv[2])
    import peft.tuners.lora  # noqa: F401
    import rf_train.training.run  # noqa: F401
    from rf_train.recipe.file import load_recipe

    folders = [Path(load_recipe(Path(recipe))[0].output_dir) for recipe in recipes]
    started = time.monotonic()
    results = [carry_out(recipes[0], folders[0], 0, None)]
    whole, rng = time.monotonic() - started, random.Random(int(sys.argv[3]))
    for recipe, folder in zip(recipes[1:], folders[1:], strict=True):
        results.append(carry_out(recipe, folder, kills, lambda: rng.uniform(0.1, 1.0) * whole))
    print(json.dumps({"seconds": whole, "runs": results}))


if __name__ == "__main__":
    main()
