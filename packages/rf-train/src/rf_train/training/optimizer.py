"""Optimiser and learning-rate schedule, with transformers' defaults."""

import re
from typing import Any

import torch

from rf_train.errors import TrainError
from rf_train.model.sharding import gather_full, shard_like
from rf_train.recipe.training import Recipe

# Biases and norms are not decayed, as in transformers' Trainer.
_NOT_DECAYED = re.compile(r"bias|layernorm|rmsnorm|(?:^|[._])norm(?:$|\.)")


def make_optimizer(model: torch.nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW over the trained parameters, in two groups: with weight decay, and without."""
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    decayed = [p for name, p in trained.items() if not _NOT_DECAYED.search(name.lower())]
    others = [p for name, p in trained.items() if _NOT_DECAYED.search(name.lower())]
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": recipe.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
        betas=(recipe.adam_beta1, recipe.adam_beta2),
        eps=recipe.adam_epsilon,
        fused=True if recipe.optim == "adamw_torch_fused" else None,
    )


def make_scheduler(optimizer: torch.optim.Optimizer, recipe: Recipe, total_steps: int) -> Any:
    """The recipe's learning-rate schedule over a run of `total_steps`."""
    from transformers import get_scheduler

    return get_scheduler(
        recipe.lr_scheduler_type,
        optimizer,
        num_warmup_steps=recipe.warmup(total_steps),
        num_training_steps=total_steps,
    )


def pack_optimizer(
    optimizer: Any, *, keep: bool = True
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An optimiser's tensors under flat names, and its groups as JSON values.

    Sharded tensors are gathered: all processes must call this, and those that do not `keep` the
    result get empty tensors.
    """
    state = optimizer.state_dict()
    tensors = {
        f"{index}.{name}": gather_full(value, keep=keep)
        for index, entry in state["state"].items()
        for name, value in entry.items()
    }
    groups = [{k: v for k, v in g.items() if k != "params"} for g in state["param_groups"]]
    return tensors, groups


def unpack_optimizer(optimizer: Any, tensors: dict[str, Any], groups: list[dict[str, Any]]) -> None:
    """Restores the state that `pack_optimizer` returned, or this process's part of it.

    Learning rate, decay and the like stay those of the recipe, which may have changed since.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for flat, value in tensors.items():
        index, _, name = flat.partition(".")
        if int(index) >= len(parameters):
            raise TrainError(f"the checkpoint's optimiser does not fit: it has entry {index}")
        state.setdefault(int(index), {})[name] = shard_like(value, parameters[int(index)])
    current = optimizer.state_dict()["param_groups"]
    if len(groups) != len(current):
        raise TrainError(f"the checkpoint's optimiser does not fit: it has {len(groups)} groups")
    try:
        optimizer.load_state_dict({"state": state, "param_groups": current})
    except ValueError as error:
        raise TrainError(f"the checkpoint's optimiser does not fit: {error}") from None


def restore_scheduler(scheduler: Any, state: dict[str, Any]) -> None:
    """Moves a schedule to a saved step; the learning rates stay those of the recipe."""
    kept = {key: scheduler.state_dict()[key] for key in ("lr_lambdas", "base_lrs")}
    scheduler.load_state_dict({**state, **kept})
    pairs = zip(scheduler.base_lrs, scheduler.lr_lambdas, strict=True)
    rates = [base * factor(scheduler.last_epoch) for base, factor in pairs]
    for group, rate in zip(scheduler.optimizer.param_groups, rates, strict=True):
        group["lr"] = rate
    scheduler._last_lr = rates
