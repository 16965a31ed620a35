"""The processes of a run, as torchrun starts them."""

import os

from rf_train.recipe.training import Recipe


def world() -> tuple[int, int]:
    """(this process's rank, number of processes), as torchrun says."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def least(value: float) -> float:
    """The least of a number over all processes: what follows from it is decided alike."""
    if world()[1] == 1:
        return value
    from accelerate.utils import gather_object

    return float(min(gather_object([value])))


def divided(recipe: Recipe) -> bool:
    """Whether a recipe's weights are divided over the processes; one alone holds all of them."""
    return recipe.fsdp is not None and world()[1] > 1
