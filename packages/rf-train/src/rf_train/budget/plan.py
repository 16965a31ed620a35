"""What a recipe would do, determined without the weights and without training."""

import json
import time
from dataclasses import asdict, dataclass, replace
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError

from rf_train.budget.memory import even_micro_batch_tokens, trained_parameters
from rf_train.budget.strategy import (
    FP8_TIME,
    MEMORY_SHARE,
    StepLoad,
    Strategy,
    compiles,
    fastest_strategy,
)
from rf_train.data.rendering import Message
from rf_train.data.run_data import read_data
from rf_train.data.samples import held_out
from rf_train.data.schedule import Schedule
from rf_train.data.sources import Source, find_each
from rf_train.data.templates import TEMPLATES, apply_template
from rf_train.errors import TrainError
from rf_train.files.names import EMBEDDED_FOLDER, EMBEDDED_PREFIX
from rf_train.model.architectures import architecture
from rf_train.model.compile_cache import cache_folder, last_start
from rf_train.model.device import free_memory, hide_gpus
from rf_train.model.loading import load_tokenizer
from rf_train.model.structure import Structure, structure_of
from rf_train.model.trainable import adapt_to_stored_weights, check_trainable, structure_remarks
from rf_train.recipe.training import Recipe

# Common cards, in bytes (with GB as 1e9, as their makers count).
CARDS = {"12 GB": 12e9, "16 GB": 16e9, "24 GB": 24e9, "48 GB": 48e9, "80 GB": 80e9, "141 GB": 141e9}
# Share of a device's matrix-product rate that training achieves (measured on one H200).
EFFICIENCY = 0.69
# Characters per token where no tokenizer is available, measured on data of rf-synth. SmolLM2's
# vocabulary is smaller and splits most Chinese characters.
CHARACTERS_PER_TOKEN = {"qwen3": 2.45, "llama": 1.9}


@dataclass(frozen=True)
class DataFacts:
    """Size of the training data; `measured` says how the tokens were determined."""

    records: int
    samples: int
    mean_tokens: float
    longest: int
    measured: str


def plan(
    recipe: Recipe, *, samples: int | None = None, tokens: float | None = None, devices: int = 1
) -> dict[str, Any]:
    """Counts, steps, memory per device and time of a recipe, as JSON values.

    Parameters
    ----------
    recipe : what is to be trained
    samples, tokens : their number and mean length, in place of data that is not available
    devices : how many devices share the work

    Returns
    -------
    The record that `rf-train plan --json` prints; a model that cannot be trained is only counted,
    with the reason under `refused`

    Raises
    ------
    FileError, TrainError : a file is missing or wrong, or the recipe contradicts itself
    """
    if recipe.use_cpu:
        hide_gpus()
    config = architecture(recipe.model_name_or_path, trust_remote_code=recipe.trust_remote_code)
    model = structure_of(config)
    try:
        recipe, remarks = adapt_to_stored_weights(recipe, config)
        check_trainable(recipe, model)
    except TrainError as error:
        counts = {"model": recipe.model_name_or_path, "parameters": model.parameters}
        return {**counts, "remarks": [], "refused": str(error)}
    data = _data(recipe, samples, tokens, CHARACTERS_PER_TOKEN.get(config.model_type, 2.2))
    schedule = _schedule(recipe, data.samples, devices)
    step_tokens = recipe.samples_per_step() * data.mean_tokens
    load = StepLoad(step_tokens, data.longest, schedule.total_steps, devices)
    return {
        "model": recipe.model_name_or_path,
        "parameters": model.parameters,
        "quantised_linears": len(model.all_linears) if recipe.quantization_bit else 0,
        "trainable_parameters": trained_parameters(model, recipe),
        "data": asdict(data),
        "steps": schedule.total_steps,
        "steps_per_epoch": schedule.steps_per_epoch,
        "samples_per_step": schedule.batch,
        "tokens_per_step": round(load.step_tokens * devices),
        "devices": devices,
        "remarks": [
            *remarks,
            *structure_remarks(recipe, model),
            *_turn_remarks(recipe, data, schedule, devices),
            *_sharding_remarks(recipe, devices),
        ],
        "memory": {name: _fit(recipe, model, load, size) for name, size in CARDS.items()},
        "here": _this_device(recipe, model, load),
        "start": {"cache": str(cache_folder()), **last_start(recipe)},
    }


def _schedule(recipe: Recipe, samples: int, devices: int) -> Schedule:
    return Schedule.plan(
        samples,
        recipe.samples_per_step(devices),
        epochs=recipe.num_train_epochs,
        max_steps=recipe.max_steps,
        seed=recipe.order_seed,
    )


def _data(
    recipe: Recipe, samples: int | None, tokens: float | None, characters_per_token: float
) -> DataFacts:
    """Counted where the tokenizer is available, otherwise guessed from characters."""
    if samples is not None:
        samples -= _held_out(recipe, samples)
        mean = tokens or recipe.cutoff_len / 2
        longest = min(recipe.cutoff_len, round(2 * mean))
        return DataFacts(samples, samples, mean, longest, "given")
    if recipe.dataset is None:
        raise TrainError("dataset: is missing (or give --samples and --tokens)")
    sources = _sources(recipe)
    tokenizer = _tokenizer(recipe)
    if tokenizer is not None:
        apply_template(tokenizer, TEMPLATES[recipe.template])
        drop = replace(recipe, overlong="drop")
        read = read_data(drop, {"train": sources}, tokenizer, progress=False).train
        mean, longest = read.sizes.tokens / len(read), read.sizes.longest
        return DataFacts(read.summary.records, len(read), mean, longest, "tokenised")
    return _guessed(sources, recipe, characters_per_token)


def _sources(recipe: Recipe) -> list[Source]:
    """The data of a recipe; where files are missing, the error says how to plan without them."""
    assert recipe.dataset is not None
    try:
        return find_each(recipe.dataset, recipe.dataset_dir)
    except FileError as error:
        if Path(error.path).exists():
            raise
        reason = f"{error.reason} (--samples N and --tokens N plan without the data)"
        raise FileError(Path(error.path), reason, error.line) from None


def _held_out(recipe: Recipe, dialogues: int) -> int:
    """How many dialogues the recipe takes from the training data for validation."""
    if not recipe.val_size or recipe.eval_dataset is not None:
        return 0
    return held_out(recipe.val_size, dialogues)


def _guessed(sources: list[Source], recipe: Recipe, characters_per_token: float) -> DataFacts:
    """Sizes from the characters of the dialogues, with 40 more per message for roles and tags."""
    every_turn = TEMPLATES[recipe.template].turns_differ and not recipe.mask_history
    samples = characters = longest = records = 0
    by_data_set = groupby(sources, key=lambda source: source.data_set)
    files = (chain.from_iterable(one.dialogues() for one in found) for _, found in by_data_set)
    dialogues = (islice(found, recipe.max_samples) for found in files)
    for _, messages, tools in chain.from_iterable(dialogues):
        records += 1
        tool_characters = len(json.dumps(tools, ensure_ascii=False)) if tools else 0
        turns = [i for i, m in enumerate(messages) if m["role"] == "assistant"]
        for last in turns if every_turn else turns[-1:]:
            size = tool_characters + _characters(messages[: last + 1])
            samples, characters, longest = samples + 1, characters + size, max(longest, size)
    if not samples:
        raise FileError(sources[0].path, "no assistant turn in any record")
    left = records - _held_out(recipe, records)
    return DataFacts(
        left,
        round(samples * left / records),
        characters / samples / characters_per_token,
        min(recipe.cutoff_len, round(longest / characters_per_token)),
        "guessed from characters",
    )


def _characters(messages: list[Message]) -> int:
    calls = [call["function"] for m in messages for call in m.get("tool_calls", ())]
    return sum(len(m["content"]) + 40 for m in messages) + sum(
        len(call["name"]) + len(call["arguments"]) + 40 for call in calls
    )


def _tokenizer(recipe: Recipe) -> Any:
    """The recipe's tokenizer if it is on this disk, otherwise None."""
    path = recipe.tokenizer_path or recipe.model_name_or_path
    if path.startswith(EMBEDDED_PREFIX):
        path = str(EMBEDDED_FOLDER)
    if not (Path(path) / "tokenizer.json").is_file():
        return None
    return load_tokenizer(path)


def _sharding_remarks(recipe: Recipe, devices: int) -> list[str]:
    if recipe.fsdp is None:
        return []
    if devices == 1:
        return ["fsdp: one device holds all weights; --devices N shows what each of N needs"]
    return [f"fsdp: weights and optimiser state are divided over {devices} devices"]


def _turn_remarks(recipe: Recipe, data: DataFacts, schedule: Schedule, devices: int) -> list[str]:
    if not TEMPLATES[recipe.template].turns_differ or recipe.mask_history:
        return []
    remark = "with this template every assistant turn is a separate example"
    if data.measured == "given" or data.samples == data.records:
        return [remark]
    fewer = _schedule(recipe, data.records, devices).total_steps
    return [
        f"{remark}: {data.samples:,} examples from {data.records:,} dialogues, "
        f"{schedule.total_steps:,} steps instead of {fewer:,}"
    ]


def _fit(recipe: Recipe, model: Structure, load: StepLoad, size: float) -> dict[str, Any]:
    """How a step would be cut with `size` bytes, or why it does not fit."""
    try:
        compiled = compiles(recipe, model, load, gpu=True)
        strategy = fastest_strategy(recipe, model, load, MEMORY_SHARE * size, compiled=compiled)
    except TrainError as error:
        return {"fits": False, "why": str(error)}
    return {"fits": True, **_strategy_record(strategy, recipe, model, load)}


def _strategy_record(
    strategy: Strategy, recipe: Recipe, model: Structure, load: StepLoad
) -> dict[str, Any]:
    assert strategy.estimate is not None
    size = load.micro_batch_tokens(strategy.cut)
    tokens = even_micro_batch_tokens(load.step_tokens, size)
    return {
        "micro_batches": max(1, -(-round(load.step_tokens) // size)),
        "tokens_at_once": tokens,
        "activations_recomputed": strategy.checkpointing,
        "weights_kept_dequantised": strategy.resident and recipe.compute_dtype is None,
        "weights_kept_in_fp8": recipe.compute_dtype == "fp8"
        and (strategy.resident or recipe.quantization_bit is None),
        "gigabytes": round(strategy.estimate.total(tokens) / 1e9, 1),
    }


def _this_device(recipe: Recipe, model: Structure, load: StepLoad) -> dict[str, Any]:
    """This machine's device: its free memory, its matrix-product rate, the time of the run."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    rate = measure_product_rate(recipe, model, device)
    given = recipe.memory_gb
    size = free_memory(device) if given is None else given * 1e9 / MEMORY_SHARE
    fit = _fit(recipe, model, load, size)
    passes = 3 if recipe.finetuning_type == "full" else 2
    passes += int(fit.get("activations_recomputed", False))
    step = 2 * passes * model.matrix_parameters * load.step_tokens / (EFFICIENCY * rate)
    step *= FP8_TIME if recipe.compute_dtype == "fp8" else 1.0
    return {
        "device": name,
        "free_gigabytes": round(size / 1e9, 1),
        "product_tflops": round(rate / 1e12, 3),
        **fit,
        "seconds_per_step": round(step, 3),
        "hours": round(step * load.steps / 3600, 2),
    }


def measure_product_rate(
    recipe: Recipe, model: Structure, device: torch.device, seconds: float = 0.5
) -> float:
    """FLOP/s of matrix products of the model's sizes, measured for about `seconds`."""
    dtype = torch.bfloat16 if recipe.bf16 else torch.float32
    left = torch.randn(4096, model.hidden, device=device, dtype=dtype)
    right = torch.randn(model.hidden, model.inner, device=device, dtype=dtype)
    (left[:1] @ right).sum().item()  # the first product loads libraries
    left = left[: len(left) if device.type == "cuda" else _rows_within(seconds / 4, left, right)]
    rows = len(left)
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        for _ in range(4):
            product = left @ right
        product[0, 0].item()
        done += 4
    elapsed = time.perf_counter() - started
    return 2.0 * rows * model.hidden * model.inner * done / elapsed


def _rows_within(seconds: float, left: torch.Tensor, right: torch.Tensor) -> int:
    """Rows of `left`, at most 512, whose product takes about `seconds`.

    A CPU without bfloat16 instructions is a hundred times slower in it than in float32.
    """
    rows = 1
    while rows < 512:
        started = time.perf_counter()
        (left[:rows] @ right).sum().item()
        if time.perf_counter() - started > seconds:
            break
        rows *= 2
    return rows
