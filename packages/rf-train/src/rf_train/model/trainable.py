"""Whether a recipe's model can be trained here; checked by plans and runs before loading."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rf_jsonl import did_you_mean

from rf_train.errors import TrainError
from rf_train.model.structure import Linear, Structure
from rf_train.recipe.training import TRAINING, Recipe


def check_trainable(recipe: Recipe, structure: Structure) -> None:
    """Raises TrainError, which names the key, where the recipe cannot train the model."""
    obstacle = structure.obstacle
    lora = recipe.finetuning_type == "lora"
    if obstacle is None and lora and structure.transposed:
        obstacle = "its decoder blocks hold Conv1D, not linear layers; use finetuning_type: full"
    elif obstacle is None and not structure.linears:
        obstacle = "its decoder blocks hold no linear layers"
    if obstacle is not None:
        raise TrainError(f"model_name_or_path: {structure.kind} cannot be trained: {obstacle}")
    if structure.window is not None and recipe.cutoff_len > structure.window:
        raise TrainError(
            f"cutoff_len: {structure.kind} attends to {structure.window:,} tokens at most, and "
            f"longer samples are not supported; expected at most {structure.window}"
        )
    if recipe.quantization_bit is not None and structure.experts:
        raise TrainError(
            f"quantization_bit: the experts of {structure.kind} ({structure.experts:,} of "
            f"{structure.parameters:,} parameters) are held in three dimensions, which "
            "bitsandbytes does not quantise"
        )
    if not lora and structure.other_linears:
        raise TrainError(
            f"finetuning_type: {structure.kind} has parts outside its decoder (vision, audio), "
            "which full would train too; expected lora"
        )
    if lora:
        targets(recipe, structure.linears)


def targets(recipe: Recipe, linears: Iterable[Linear]) -> list[Linear]:
    """The linear layers of the decoder blocks that get an adapter.

    Raises TrainError where a name in `lora_target` matches none of them.
    """
    linears = list(linears)
    if "all" in recipe.lora_target:
        return linears
    for name in recipe.lora_target:
        if not any(_matches_target(linear, name) for linear in linears):
            known = sorted({linear.suffix for linear in linears})
            raise TrainError(
                f"lora_target: no linear layer of the decoder blocks is called {name!r}"
                f"{did_you_mean(name, known)}"
            )
    return [
        one for one in linears if any(_matches_target(one, name) for name in recipe.lora_target)
    ]


def _matches_target(linear: Linear, name: str) -> bool:
    """Whether a name in `lora_target` matches this layer, by peft's rule."""
    return linear.name == name or linear.name.endswith(f".{name}")


def target_modules(
    recipe: Recipe, linears: tuple[Linear, ...], others: tuple[Linear, ...]
) -> list[str] | str:
    """peft's `target_modules`: suffixes of layers, or a pattern where those match other layers too.

    `others` are the layers outside the decoder blocks; a vision tower may have its own `q_proj`.
    """
    found = targets(recipe, linears)
    suffixes = sorted({linear.suffix for linear in found})
    names = {linear.name for linear in found}
    if all(linear.name in names for linear in linears + others if linear.suffix in suffixes):
        return suffixes
    return "|".join(re.escape(linear.name) for linear in found)


def structure_remarks(recipe: Recipe, structure: Structure) -> list[str]:
    """Remarks on parts of the model that are not trained although one might expect it."""
    if recipe.finetuning_type == "full" or not structure.experts:
        return []
    return [
        f"lora_target: the experts ({structure.experts:,} parameters in three dimensions) get no "
        "adapter"
    ]


def adapt_to_stored_weights(recipe: Recipe, config: Any) -> tuple[Recipe, list[str]]:
    """The recipe adapted to a base with 4-bit weights of bitsandbytes, and remarks about it.

    Raises TrainError for weights that are quantised otherwise.
    """
    stored = getattr(config, "quantization_config", None)
    if not stored:
        return recipe, []
    stored = stored if isinstance(stored, dict) else stored.to_dict()
    method = str(stored.get("quant_method", "unknown"))
    if not stored.get("load_in_4bit"):
        bits = f", {stored['bits']} bits" if "bits" in stored else ""
        raise TrainError(
            f"model_name_or_path: its weights are stored quantised ({method}{bits}), expected the "
            "published ones or 4-bit ones of bitsandbytes"
        )
    changed = replace(
        recipe,
        quantization_bit=4,
        quantization_type=stored.get("bnb_4bit_quant_type", "fp4"),
        double_quantization=bool(stored.get("bnb_4bit_use_double_quant")),
    )
    TRAINING.check(changed)
    double = ", block scales too" if changed.double_quantization else ""
    return changed, [
        f"quantization_bit: the weights are stored in 4 bits ({changed.quantization_type}{double}) "
        "and stay so"
    ]
