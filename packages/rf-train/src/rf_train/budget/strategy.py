"""How a recipe is carried out on the device at hand: what speeds it up without changing it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from rf_train.budget.memory import Estimate, Shape, estimate
from rf_train.data.batches import MULTIPLE
from rf_train.data.schedule import Cut
from rf_train.errors import TrainError
from rf_train.model.attention import varlen_supports_prefixes, varlen_works
from rf_train.model.device import free_memory
from rf_train.recipe.training import Recipe

_SHARE = 0.9  # of the free memory; the rest is the allocator's
_FLOPS, _BYTES = 4.0e14, 2.0e12  # a device's rates; only their ratio decides anything
FP8_TIME = 0.69
"""A step with 8-bit products takes so much of one in bfloat16: 0.229 s for 0.332 s, Qwen3-8B with
adapters on q and v on one H100 (benchmarks/train_cards.json)."""
_COMPILE_SECONDS = 60.0


@dataclass(frozen=True)
class StepLoad:
    """What an optimiser step brings to one of `devices` devices, on average; tokens.

    `shared` tokens are those of prefixes that many samples have; they are counted once.
    """

    step_tokens: float
    longest: int
    steps: int
    devices: int = 1
    shared: int = 0


@dataclass(frozen=True)
class Strategy:
    """Layout and size of micro-batches, and what is computed again or kept."""

    cut: Cut
    checkpointing: bool
    resident: bool
    compiled: bool
    multiple: int
    folded: bool = False
    estimate: Estimate | None = None


def pick_strategy(
    recipe: Recipe, config: Any, load: StepLoad, device: torch.device, free: float | None = None
) -> Strategy:
    """The recipe's own choices where it makes them, else what fits and is fastest on `device`.

    `free` is its free memory in bytes, measured where not given. Raises TrainError where nothing
    fits, saying what is missing.
    """
    on_gpu = device.type == "cuda"
    free = free_memory(device) if free is None else free
    budget = _SHARE * free if recipe.memory_gb is None else recipe.memory_gb * 1e9
    shape = Shape.of(config)
    best = fastest_strategy(recipe, shape, load, budget)
    pays = on_gpu and 6 * shape.matrix_parameters * load.step_tokens * load.steps > (
        _COMPILE_SECONDS * _FLOPS
    )
    return replace(
        best,
        compiled=pays if recipe.torch_compile is None else recipe.torch_compile,
        multiple=MULTIPLE if on_gpu else 1,
        folded=should_fold_adapters(recipe, config, device),
    )


def should_fold_adapters(recipe: Recipe, config: Any, device: torch.device) -> bool:
    """Whether adapters are added to the weights before the product (see `FoldedForward`).

    For a layer of i inputs and o outputs that costs 2·i·o more operations per token, and saves
    reading and writing about 4·(i + o) activations.
    """
    if recipe.fold_adapters is not None:
        return recipe.fold_adapters
    if recipe.finetuning_type == "full" or recipe.quantization_bit or recipe.drops or recipe.fsdp:
        return False
    if recipe.compute_dtype is not None:
        return False
    i, o = config.hidden_size, config.intermediate_size
    return device.type == "cuda" and 2 * i * o / _FLOPS < 2 * 4 * (i + o) / _BYTES


def should_share_prefixes(recipe: Recipe, device: torch.device) -> bool:
    """Whether what many samples begin with is computed once per micro-batch.

    Not with dropout: its noise is drawn for every sample anew, and in a prefix computed once all
    samples would have the same. Raises TrainError where the device cannot do what the recipe asks
    for.
    """
    if recipe.share_prefix is False or not _uses_packing(recipe) or recipe.drops:
        return False
    able = not varlen_works(device) or varlen_supports_prefixes()
    if recipe.share_prefix and not able:
        raise TrainError("share_prefix: the attention kernels of this device are not up to it")
    return able


def fastest_strategy(recipe: Recipe, shape: Shape, load: StepLoad, budget: float) -> Strategy:
    """Of the ways that fit `budget` bytes, the one with the shortest estimated time per step."""
    ways = list(_candidates(recipe, load.shared))
    timed = [
        (_seconds(way, recipe, shape, load), way)
        for way in (_sized(way, recipe, shape, load, budget) for way in ways)
        if way is not None
    ]
    if timed:
        return min(timed, key=lambda pair: pair[0])[1]
    least = min(
        (_estimate(way, recipe, shape, load) for way in ways), key=lambda e: e.total(load.longest)
    )
    four_bit = recipe.quantization_bit or recipe.finetuning_type == "full" or recipe.fsdp
    less = "" if four_bit else ", quantization_bit: 4"
    raise TrainError(
        f"does not fit: the longest sample ({load.longest:,} tokens) alone needs about "
        f"{least.total(load.longest) / 1e9:.1f} GB, there are {budget / 1e9:.1f} GB "
        f"(a lower cutoff_len{less} or a smaller model would)"
    )


def _candidates(recipe: Recipe, shared: int) -> Iterator[Strategy]:
    """Every combination the recipe leaves open; sizes still to be set."""
    plain = recipe.cut == "plain"
    layout: Any = "packed" if _uses_packing(recipe) else "padded"
    samples = recipe.per_device_train_batch_size if plain else None
    quantised = recipe.quantization_bit is not None
    open_resident = (True, False) if recipe.resident_weights is None else (recipe.resident_weights,)
    open_again = (
        (False, True) if recipe.gradient_checkpointing is None else (recipe.gradient_checkpointing,)
    )
    for resident in open_resident if quantised else (False,):
        for again in open_again:
            yield Strategy(Cut(layout, None, samples, shared), again, resident, False, 1)


def _uses_packing(recipe: Recipe) -> bool:
    return recipe.cut != "plain" and recipe.packing is not False


def _estimate(way: Strategy, recipe: Recipe, shape: Shape, load: StepLoad) -> Estimate:
    return estimate(
        shape,
        recipe,
        resident=way.resident,
        checkpointing=way.checkpointing,
        devices=load.devices,
    )


def _sized(
    way: Strategy, recipe: Recipe, shape: Shape, load: StepLoad, budget: float
) -> Strategy | None:
    """The way with its micro-batch size, or None where it does not fit."""
    needs = _estimate(way, recipe, shape, load)
    if way.cut.samples is not None:
        fits = needs.total(load.longest * way.cut.samples) <= budget
        return replace(way, estimate=needs) if fits else None
    if recipe.micro_batch_tokens is not None:
        return replace(way, cut=replace(way.cut, tokens=recipe.micro_batch_tokens), estimate=needs)
    limit = needs.tokens_within(budget)
    if limit < load.longest or needs.total(min(limit, int(load.step_tokens))) > budget:
        return None
    return replace(way, cut=replace(way.cut, tokens=limit), estimate=needs)


def _seconds(way: Strategy, recipe: Recipe, shape: Shape, load: StepLoad) -> float:
    """Rough seconds per step: products, and unpacking 4-bit weights for every micro-batch."""
    passes = 3 if recipe.finetuning_type == "full" else 2
    passes += 1 if way.checkpointing else 0
    compute = 2 * passes * shape.matrix_parameters * load.step_tokens / _FLOPS
    fp8 = recipe.compute_dtype is not None
    compute *= FP8_TIME if fp8 else 1.0
    if way.resident or recipe.quantization_bit is None:
        return compute
    size = way.cut.tokens or load.longest * (way.cut.samples or 1)
    reads = max(1.0, load.step_tokens / size) * (3 if way.checkpointing else 2)
    # Read 4 bits, write 16; for FP8 read those again and write 8.
    return compute + reads * (5.5 if fp8 else 2.5) * shape.linear_parameters / _BYTES
