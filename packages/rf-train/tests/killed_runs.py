"""Training runs that are killed at random moments and resumed until they are done.

Python imports torch and transformers once and every run is forked from it, so that most of the
time is training and the moments of the kills fall into it. Arguments: a JSON list of recipes, a
number of kills a recipe, a seed. The first recipe is carried out without a kill, which also
tells how long a run takes; each of the others is killed at least once. Prints a line of JSON: for
each recipe the steps of the newest checkpoint at its kills (0: none yet), and the exit code at its
end.
"""

import json
import os
import random
import shutil
import sys
import time
from pathlib import Path

from rf_train.files.checkpoint_folders import list_checkpoints

LIMIT_SECONDS = 600.0


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
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return None if code == -9 else code  # it may have ended before the kill


def carry_out(recipe: str, folder: Path, kills: int, seconds: float, rng: random.Random) -> dict:
    """Kills a run after at most so many seconds and resumes it, so many times; then lets it end."""
    steps: list[int] = []
    while len(steps) < kills:
        code = wait(start(recipe), rng.uniform(0.1, 1.0) * seconds)
        if code is None:
            steps.append(max((step for step, _ in list_checkpoints(folder)), default=0))
        elif code or steps:
            return {"killed_at": steps, "code": code}
        else:  # too fast for the first kill: once more from the start, with an earlier one
            shutil.rmtree(folder)
            seconds /= 2
    return {"killed_at": steps, "code": wait(start(recipe), LIMIT_SECONDS)}


def main() -> None:
    recipes, kills = json.loads(sys.argv[1]), int(sys.argv[2])
    import peft.tuners.lora  # noqa: F401
    import rf_train.training.run  # noqa: F401
    from rf_train.recipe.file import load_recipe

    folders = [Path(load_recipe(Path(recipe))[0].output_dir) for recipe in recipes]
    started, rng = time.monotonic(), random.Random(int(sys.argv[3]))
    results = [carry_out(recipes[0], folders[0], 0, LIMIT_SECONDS, rng)]
    whole = time.monotonic() - started
    for recipe, folder in zip(recipes[1:], folders[1:], strict=True):
        results.append(carry_out(recipe, folder, kills, whole, rng))
    print(json.dumps({"seconds": whole, "runs": results}))


if __name__ == "__main__":
    main()
