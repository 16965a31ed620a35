"""Out of memory: what ran out where, and which cut would fit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from rf_jsonl import FileError

from rf_train.budget.memory import Shape, estimate
from rf_train.budget.strategy import StepLoad, Strategy, fastest_strategy
from rf_train.errors import TrainError
from rf_train.model.architectures import architecture
from rf_train.recipe.training import Recipe

# A cut that is advised is estimated to need at most so much of what was not there.
_LESS = 0.75
# What PyTorch says where it has no exception of its own for it: CUDA's runtime, Linux, Windows.
_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


@contextmanager
def explain_out_of_memory(advice: Callable[[], str]) -> Iterator[None]:
    """Inside, running out of memory becomes a TrainError that says what `advice` returns."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise TrainError(f"out of memory {advice()}") from None


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error means that a device's memory, or the host's, did not suffice."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error) for words in _WORDS)


def loading_advice(recipe: Recipe, path: str, free: float) -> str:
    """What to say where not even the weights went in; `free` bytes were there."""
    text = f"while the model was loaded: {free / 1e9:.1f} GB were free"
    try:
        shape = Shape.of(architecture(path))
    except (FileError, TrainError):
        return text
    needs = estimate(shape, recipe, resident=False, checkpointing=True)
    text += f", its weights and what is trained take about {(needs.fixed - needs.head) / 1e9:.1f}"
    four_bit = recipe.quantization_bit or recipe.finetuning_type == "full" or recipe.fsdp
    less = "" if four_bit else "quantization_bit: 4 or "
    return f"{text} ({less}a smaller model would take less)"


def training_advice(
    recipe: Recipe, shape: Shape, load: StepLoad, strategy: Strategy, tokens: int | None
) -> str:
    """What to say where a step with `tokens` at once failed (None: before the first step)."""
    computed = tokens or min(strategy.cut.tokens or load.longest, round(load.step_tokens))
    where = "before the first step" if tokens is None else f"with {tokens:,} tokens at once"
    way = _smaller_strategy(recipe, shape, load, strategy, computed)
    if way is None:
        return f"{where}, and no smaller cut is left (a lower cutoff_len would leave one)"
    changes = " ".join(
        f"--set {change}" for change in _key_changes(recipe, strategy, way, computed)
    )
    return f"{where}; what needs less: {changes}"


def _smaller_strategy(
    recipe: Recipe, shape: Shape, load: StepLoad, strategy: Strategy, tokens: int
) -> Strategy | None:
    """The fastest cut that is estimated to need less, or the same in halves, or None."""
    assert strategy.estimate is not None
    free_hand = replace(
        recipe,
        cut="auto",
        micro_batch_tokens=None,
        gradient_checkpointing=None,
        resident_weights=None,
    )
    try:
        return fastest_strategy(free_hand, shape, load, _LESS * strategy.estimate.total(tokens))
    except TrainError:
        half = max(load.longest, tokens // 2)
        cut = replace(strategy.cut, tokens=half, samples=None)
        return replace(strategy, cut=cut) if half < tokens else None


def _key_changes(recipe: Recipe, now: Strategy, way: Strategy, tokens: int) -> Iterator[str]:
    """The keys by which a recipe gets from the strategy it has `now` to another `way`."""
    if recipe.cut == "plain":
        yield "cut=auto"
    if way.cut.tokens is not None and (way.cut.tokens < tokens or recipe.micro_batch_tokens):
        yield f"micro_batch_tokens={min(way.cut.tokens, tokens)}"
    if way.checkpointing != now.checkpointing:
        yield f"gradient_checkpointing={str(way.checkpointing).lower()}"
    if way.resident != now.resident:
        yield f"resident_weights={str(way.resident).lower()}"
