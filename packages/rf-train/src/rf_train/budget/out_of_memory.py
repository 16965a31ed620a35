"""Out of memory: which step ran out, and which cut would fit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from rf_jsonl import FileError

from rf_train.budget.memory import estimate
from rf_train.budget.strategy import StepLoad, Strategy, fastest_strategy, smaller_model_hint
from rf_train.errors import TrainError
from rf_train.model.architectures import architecture
from rf_train.model.structure import Structure, structure_of
from rf_train.recipe.training import Recipe

# Advice is estimated to need at most this share of the memory that did not suffice.
_LESS = 0.75
# Messages where PyTorch has no exception of its own: CUDA's runtime, Linux, Windows.
_MESSAGES = ("out of memory", "can't allocate memory", "not enough memory")


@contextmanager
def explain_out_of_memory(advice: Callable[[], str]) -> Iterator[None]:
    """Turns running out of memory into a TrainError with the text of `advice`."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise TrainError(f"out of memory {advice()}") from None


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error means that the memory of a device, or of the host, did not suffice."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(message in str(error) for message in _MESSAGES)


def loading_advice(recipe: Recipe, path: str, free: float) -> str:
    """The message when the weights alone did not fit into `free` bytes."""
    text = f"while the model was loaded: {free / 1e9:.1f} GB were free"
    try:
        model = structure_of(architecture(path))
    except (FileError, TrainError):
        return text
    needs = estimate(model, recipe, resident=False, checkpointing=True)
    text += f", its weights and what is trained take about {(needs.fixed - needs.head) / 1e9:.1f}"
    return f"{text} ({smaller_model_hint(recipe).removeprefix('or ')} needs less)"


def training_advice(
    recipe: Recipe, model: Structure, load: StepLoad, strategy: Strategy, tokens: int | None
) -> str:
    """The message when a micro-batch of `tokens` did not fit (None: before the first step)."""
    limit = min(strategy.cut.tokens or load.longest, round(load.step_tokens))
    computed = tokens or limit
    where = "before the first step" if tokens is None else f"with {tokens:,} tokens at once"
    smaller = _smaller_strategy(recipe, model, load, strategy, computed)
    if smaller is None:
        return f"{where}, and no smaller cut is left (a lower cutoff_len would leave one)"
    keys = _key_changes(recipe, strategy, smaller, computed)
    return f"{where}; what needs less: {' '.join(f'--set {change}' for change in keys)}"


def _smaller_strategy(
    recipe: Recipe, model: Structure, load: StepLoad, strategy: Strategy, tokens: int
) -> Strategy | None:
    """The fastest strategy estimated to need less, or half the micro-batch, or None."""
    assert strategy.estimate is not None
    unrestricted = replace(
        recipe,
        cut="auto",
        micro_batch_tokens=None,
        gradient_checkpointing=None,
        resident_weights=None,
    )
    try:
        budget = _LESS * strategy.estimate.total(tokens)
        return fastest_strategy(unrestricted, model, load, budget, compiled=strategy.compiled)
    except TrainError:
        half = max(load.longest, tokens // 2)
        cut = replace(strategy.cut, tokens=half, samples=None)
        return replace(strategy, cut=cut) if half < tokens else None


def _key_changes(recipe: Recipe, old: Strategy, new: Strategy, tokens: int) -> Iterator[str]:
    """The `key=value` changes that take a recipe from its `old` strategy to the `new` one."""
    if recipe.cut == "plain":
        yield "cut=auto"
    if new.cut.tokens is not None and (new.cut.tokens < tokens or recipe.micro_batch_tokens):
        yield f"micro_batch_tokens={min(new.cut.tokens, tokens)}"
    if new.checkpointing != old.checkpointing:
        yield f"gradient_checkpointing={str(new.checkpointing).lower()}"
    if new.resident != old.resident:
        yield f"resident_weights={str(new.resident).lower()}"
