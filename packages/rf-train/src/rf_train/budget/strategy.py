"""How a recipe is computed on a device: what makes it faster without changing its result."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from rf_train.budget.memory import Estimate, estimate
from rf_train.data.batches import MULTIPLE
from rf_train.data.schedule import Cut
from rf_train.errors import TrainError
from rf_train.model.attention import kernels_support_prefixes
from rf_train.model.device import free_memory
from rf_train.model.structure import Structure, structure_of
from rf_train.recipe.training import Recipe

MEMORY_SHARE = 0.9  # of the free memory that a run may use; the rest is left to the allocator
_FLOPS, _BYTES = 4.0e14, 2.0e12  # rates of a device per second; only their ratio matters
FP8_TIME = 0.66
"""Time of a step with 8-bit products over that in bfloat16: 0.217 s over 0.330 s, Qwen3-8B with
adapters on q and v on one H100 (benchmarks/train_cards_cuts_after.json, train_cards_cuts.json)."""
_BLOCK_SECONDS = 3e-3
"""Time the host takes to start the kernels of a decoder block, forward and backward; no micro-batch
takes less. Ten of 637 tokens took 1.154 s with 36 blocks on an H100, their products 0.3 s
(benchmarks/train_cards_cuts.json)."""
_COMPILE_SECONDS = 60.0
_ENOUGH_TOKENS = 8192
"""More at once is no faster, and takes the room that the allocator loses between micro-batches of
different lengths. (18,290 tokens/s with 8,400 at once, 18,139 with 7,800; Qwen3-8B on one H100.)"""


@dataclass(frozen=True)
class StepLoad:
    """The mean size of an optimiser step on one device.

    Attributes
    ----------
    step_tokens : tokens per step, shared prefixes counted once
    longest : tokens of the longest sample, shared prefixes included
    steps : optimiser steps of the run
    devices : how many devices share the work
    shared : tokens of the prefixes that many samples have in common
    """

    step_tokens: float
    longest: int
    steps: int
    devices: int = 1
    shared: int = 0

    def micro_batch_tokens(self, cut: Cut) -> int:
        """Tokens of the largest micro-batch that a cut allows."""
        return cut.tokens or self.longest * (cut.samples or 1)


@dataclass(frozen=True)
class Strategy:
    """Layout and size of micro-batches, and what is recomputed or kept."""

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
    """The recipe's own choices where it makes them, otherwise the fastest that fit `device`.

    `free` is its free memory in bytes, measured if None. Raises TrainError where nothing fits, with
    the memory that is missing.
    """
    on_gpu = device.type == "cuda"
    free = free_memory(device) if free is None else free
    budget = MEMORY_SHARE * free if recipe.memory_gb is None else recipe.memory_gb * 1e9
    model = structure_of(config)
    compiled = compiles(recipe, model, load, gpu=on_gpu)
    return replace(
        fastest_strategy(recipe, model, load, budget, compiled=compiled),
        multiple=MULTIPLE if on_gpu else 1,
        folded=should_fold_adapters(recipe, config, device),
    )


def compiles(recipe: Recipe, model: Structure, load: StepLoad, *, gpu: bool) -> bool:
    """Whether the layers are compiled: as the recipe says, else on a GPU if the run is long enough
    to win back the time it takes."""
    if recipe.torch_compile is not None:
        return recipe.torch_compile
    operations = 6 * model.matrix_parameters * load.step_tokens * load.steps
    return gpu and operations > _COMPILE_SECONDS * _FLOPS


def should_fold_adapters(recipe: Recipe, config: Any, device: torch.device) -> bool:
    """Whether adapters are added to the weights before the product (see `FoldedForward`).

    For a layer with i inputs and o outputs that costs 2·i·o more operations per token, and saves
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


def should_share_prefixes(recipe: Recipe, config: Any, device: torch.device) -> bool:
    """Whether prefixes that many samples have in common are computed once per micro-batch.

    Not with dropout: it is drawn per sample, and a prefix computed once would give all samples the
    same. Raises TrainError where the device cannot do what the recipe asks for.
    """
    if recipe.share_prefix is False or not _uses_packing(recipe) or recipe.drops:
        return False
    able = kernels_support_prefixes(device, config)
    if recipe.share_prefix and not able:
        raise TrainError("share_prefix: the attention kernels of this device do not support it")
    return able


def fastest_strategy(
    recipe: Recipe, model: Structure, load: StepLoad, budget: float, *, compiled: bool = False
) -> Strategy:
    """The strategy with the shortest estimated time per step among those that fit `budget` bytes.

    `compiled` layers keep less for the backward pass, so more tokens fit. Raises TrainError where
    no strategy fits.
    """
    candidates = [replace(one, compiled=compiled) for one in _candidates(recipe, load.shared)]
    fitting = [_sized(candidate, recipe, model, load, budget) for candidate in candidates]
    timed = [
        (_seconds(strategy, recipe, model, load), strategy)
        for strategy in fitting
        if strategy is not None
    ]
    if timed:
        return min(timed, key=lambda pair: pair[0])[1]
    least = min(
        _estimate(candidate, recipe, model, load).total(load.longest) for candidate in candidates
    )
    raise TrainError(
        f"does not fit: the longest sample ({load.longest:,} tokens) alone needs about "
        f"{least / 1e9:.1f} GB, there are {budget / 1e9:.1f} GB "
        f"(a lower cutoff_len, {smaller_model_hint(recipe)} needs less)"
    )


def smaller_model_hint(recipe: Recipe) -> str:
    """What would make the weights of a run smaller."""
    quantisable = not (recipe.quantization_bit or recipe.finetuning_type == "full" or recipe.fsdp)
    return ("quantization_bit: 4 " if quantisable else "") + "or a smaller model"


def _candidates(recipe: Recipe, shared: int) -> Iterator[Strategy]:
    """Every combination that the recipe leaves open, micro-batch sizes still to be set."""
    layout: Any = "packed" if _uses_packing(recipe) else "padded"
    samples = recipe.per_device_train_batch_size if recipe.cut == "plain" else None
    residents = (True, False) if recipe.resident_weights is None else (recipe.resident_weights,)
    if recipe.quantization_bit is None:
        residents = (False,)
    recompute = recipe.gradient_checkpointing
    for resident in residents:
        for checkpointing in (False, True) if recompute is None else (recompute,):
            yield Strategy(Cut(layout, None, samples, shared), checkpointing, resident, False, 1)


def _uses_packing(recipe: Recipe) -> bool:
    return recipe.cut != "plain" and recipe.packing is not False


def _estimate(strategy: Strategy, recipe: Recipe, model: Structure, load: StepLoad) -> Estimate:
    return estimate(
        model,
        recipe,
        resident=strategy.resident,
        checkpointing=strategy.checkpointing,
        devices=load.devices,
        compiled=strategy.compiled,
    )


def _sized(
    candidate: Strategy, recipe: Recipe, model: Structure, load: StepLoad, budget: float
) -> Strategy | None:
    """The candidate with its micro-batch size, or None where it does not fit."""
    needs, cut = _estimate(candidate, recipe, model, load), candidate.cut
    if cut.samples is not None:
        fits = needs.total(load.longest * cut.samples) <= budget
        return replace(candidate, estimate=needs) if fits else None
    tokens = recipe.micro_batch_tokens
    if tokens is None:
        tokens = needs.tokens_within(budget)
        if candidate.compiled:
            plain = _estimate(replace(candidate, compiled=False), recipe, model, load)
            tokens = min(tokens, max(plain.tokens_within(budget), _ENOUGH_TOKENS))
        if tokens < load.longest or needs.total(min(tokens, int(load.step_tokens))) > budget:
            return None
    return replace(candidate, cut=replace(cut, tokens=tokens), estimate=needs)


def _seconds(strategy: Strategy, recipe: Recipe, model: Structure, load: StepLoad) -> float:
    """Rough seconds per step: products, dequantising 4-bit weights for every micro-batch, and at
    least what starting the kernels of small micro-batches takes."""
    passes = 3 if recipe.finetuning_type == "full" else 2
    passes += int(strategy.checkpointing)
    compute = 2 * passes * model.matrix_parameters * load.step_tokens / _FLOPS
    fp8 = recipe.compute_dtype is not None
    compute *= FP8_TIME if fp8 else 1.0
    micro_batches = max(1.0, load.step_tokens / load.micro_batch_tokens(strategy.cut))
    if recipe.quantization_bit is not None and not strategy.resident:
        reads = micro_batches * (3 if strategy.checkpointing else 2)
        # Read 4 bits and write 16; for FP8 read those again and write 8.
        compute += reads * (5.5 if fp8 else 2.5) * model.linear_parameters / _BYTES
    return max(compute, micro_batches * model.blocks * _BLOCK_SECONDS)
