"""Builds the model of a run from its recipe."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from rf_train.budget.strategy import Strategy
from rf_train.data.micro_batches import MicroBatches
from rf_train.data.run_data import Data
from rf_train.data.samples import Samples
from rf_train.data.schedule import Cut, Schedule
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.compile_cache import use_compile_cache
from rf_train.model.device import pick_device
from rf_train.model.fp8 import fp8_names, use_fp8_weights
from rf_train.model.fp8_mlp import join_gated_mlps
from rf_train.model.loading import compute_dtype, load_model, use_resident_weights
from rf_train.model.lora import attach_adapter, fold_adapters
from rf_train.model.sharding import is_sharded, shard
from rf_train.recipe.training import Recipe
from rf_train.training.distributed import (
    exclude_from_ddp_sync,
    make_accelerator,
    shards_weights,
    world,
)
from rf_train.training.loop import Job
from rf_train.training.optimizer import make_optimizer, make_scheduler
from rf_train.training.record import model_facts
from rf_train.training.trained_weights import load_weights


def build_model(
    recipe: Recipe, path: str, device: torch.device
) -> tuple[AnswerLossModel, dict[str, Any]]:
    """Base model with adapter on the device, and its `model_facts`."""
    # A model that will be sharded need not fit on one device: its layers move there one by one.
    base = load_model(recipe, path, torch.device("cpu") if shards_weights(recipe) else device)
    adapted = attach_adapter(base, recipe) if recipe.finetuning_type == "lora" else base
    master_weights = recipe.finetuning_type == "full" and recipe.bf16
    model = AnswerLossModel(
        adapted,
        answer_logits_only=recipe.answer_logits_only,
        autocast=torch.bfloat16 if master_weights else None,
        noise_alpha=recipe.neftune_noise_alpha or 0.0,
    )
    if recipe.adapter_name_or_path is not None:
        load_weights(model, Path(recipe.adapter_name_or_path))
    return model, model_facts(model, recipe)


def apply_strategy(
    model: AnswerLossModel, recipe: Recipe, strategy: Strategy, device: torch.device
) -> None:
    """Applies the strategy to a model: weights, adapters, recomputation, compilation, sharding."""
    if recipe.compute_dtype == "fp8":
        use_fp8_weights(model.causal_lm.model, keep_four_bit=not strategy.resident)
        join_gated_mlps(model.causal_lm.model)
    elif strategy.resident:
        use_resident_weights(model, compute_dtype(recipe))
    if strategy.folded:
        fold_adapters(model)
    if strategy.checkpointing:
        model.causal_lm.gradient_checkpointing_enable({"use_reentrant": False})
    if strategy.compiled:
        use_compile_cache()
        compile_layers(model, fp8=recipe.compute_dtype == "fp8")
        model.compiled_loss = True
    if shards_weights(recipe):
        shard(model, device, world()[1], gather_again=recipe.fsdp == "full_shard")


def compile_layers(model: AnswerLossModel, *, fp8: bool = False) -> None:
    """Compiles every decoder layer; their common code is compiled once.

    `fp8` products are left to the library: the compiler would benchmark dozens of kernels during
    the first step.
    """
    mark_length_dynamic(model)
    for layer in model.blocks:
        layer.compile(**({"options": {"max_autotune_gemm_backends": "ATEN"}} if fp8 else {}))


def mark_length_dynamic(model: AnswerLossModel) -> None:
    """Marks the number of tokens as dynamic in all inputs of the decoder layers.

    No other size is dynamic, since that makes the kernels slower.
    """

    def mark_length(module: Any, inputs: Any, outputs: Any) -> None:
        for tensor in outputs if isinstance(outputs, tuple) else (outputs,):
            torch._dynamo.maybe_mark_dynamic(tensor, 1)

    model.causal_lm.get_input_embeddings().register_forward_hook(mark_length)
    if hasattr(model.decoder, "rotary_emb"):
        model.decoder.rotary_emb.register_forward_hook(mark_length)


def make_job(
    recipe: Recipe,
    folder: Path,
    model: AnswerLossModel,
    strategy: Strategy,
    *,
    data: Data,
    schedule: Schedule,
    pad_id: int,
    identity: dict[str, Any],
) -> Job:
    """The parts of the training loop; an unsharded model is wrapped for several devices."""
    accelerator = make_accelerator()
    exclude_from_ddp_sync(model, fp8_names(model))
    optimizer = make_optimizer(model, recipe)
    cutter = partial(
        MicroBatches,
        pad_id=pad_id,
        multiple=strategy.multiple,
        rank=accelerator.process_index,
        devices=accelerator.num_processes,
    )
    longest = max(data.train.sizes.longest, strategy.multiple)
    validation = data.validation
    return Job(
        recipe=recipe,
        folder=folder,
        identity=identity,
        device=pick_device(),
        accelerator=accelerator,
        model=model,
        parallel=model if is_sharded(model) else accelerator.prepare_model(model),
        optimizer=optimizer,
        scheduler=make_scheduler(optimizer, recipe, schedule.total_steps),
        schedule=schedule,
        batches=cutter(data.train, strategy.cut, longest=longest),
        validation=None
        if validation is None
        else cutter(validation, validation_cut(strategy.cut, validation)),
    )


def validation_cut(cut: Cut, validation: Samples) -> Cut:
    """How validation samples are cut: by tokens even where training is cut by samples."""
    tokens = cut.tokens or 16 * validation.sizes.longest
    shared = sum(validation.shared.distinct) if cut.shared else 0
    return replace(cut, tokens=tokens, samples=None, shared=shared)
