"""The parts of a run, made from its recipe: data, model, arguments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from rf_train.budget.strategy import Choices
from rf_train.data.samples import Samples, read_samples
from rf_train.data.sources import Source
from rf_train.data.templates import TEMPLATES
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.loading import compute_dtype, load_model, use_resident_weights
from rf_train.model.lora import attach_adapter, fold_adapters
from rf_train.model.sharding import shard
from rf_train.recipe.training import Recipe
from rf_train.training.distributed import divided, world
from rf_train.training.record import truth
from rf_train.training.trained_weights import load_weights


@dataclass(frozen=True)
class Data:
    """Training and validation samples, and the files they came from."""

    train: Samples
    validation: Samples | None
    sources: dict[str, Source]

    def parts(self) -> dict[str, tuple[Path, Samples]]:
        """File and samples by part, `train` and perhaps `eval`."""
        source = self.sources
        parts = {"train": (source["train"].path, self.train)}
        if self.validation is not None:
            parts["eval"] = (source.get("eval", source["train"]).path, self.validation)
        return parts


def read_data(recipe: Recipe, sources: dict[str, Source], tokenizer: Any) -> Data:
    """Reads and tokenises a recipe's samples; splits validation off where it says so."""
    read = {
        name: read_samples(
            source,
            tokenizer,
            TEMPLATES[recipe.template],
            cutoff_len=recipe.cutoff_len,
            mask_history=recipe.mask_history,
            refuse_overlong=recipe.overlong == "refuse",
            max_records=recipe.max_samples if name == "train" else None,
            progress=None,
        )
        for name, source in sources.items()
    }
    train, validation = read["train"], read.get("eval")
    if validation is None and recipe.val_size:
        train, validation = train.split(recipe.val_size, recipe.seed)
    return Data(train, validation, sources)


def build_model(
    recipe: Recipe, path: str, device: torch.device
) -> tuple[AnswerLossModel, dict[str, Any]]:
    """Base model with adapter on the device, and what is true about it."""
    # A model that is to be divided need not fit on one device: its layers go there one by one.
    base = load_model(recipe, path, torch.device("cpu") if divided(recipe) else device)
    adapted = attach_adapter(base, recipe) if recipe.finetuning_type == "lora" else base
    master_weights = recipe.finetuning_type == "full" and recipe.bf16
    model = AnswerLossModel(
        adapted,
        answer_logits_only=recipe.answer_logits_only,
        autocast=torch.bfloat16 if master_weights else None,
    )
    if recipe.adapter_name_or_path is not None:
        load_weights(model, Path(recipe.adapter_name_or_path))
    return model, truth(model, recipe)


def speed_up(
    model: AnswerLossModel, recipe: Recipe, choices: Choices, device: torch.device
) -> None:
    """Applies the choices to a model: weights, adapters, recomputing, compiling, sharding."""
    if choices.resident:
        use_resident_weights(model, compute_dtype(recipe))
    if choices.folded:
        fold_adapters(model)
    if choices.checkpointing:
        model.causal_lm.gradient_checkpointing_enable({"use_reentrant": False})
    if choices.compiled:
        compile_layers(model.causal_lm.model)
        model.compiled_loss = True
    if divided(recipe):
        shard(model, device, world()[1])


def compile_layers(decoder: Any) -> None:
    """Compiles every decoder layer; they share their code, so it happens once.

    Only the number of tokens is left open: with every size symbolic the kernels get worse.
    """

    def open_length(module: Any, inputs: Any, outputs: Any) -> None:
        for tensor in outputs if isinstance(outputs, tuple) else (outputs,):
            torch._dynamo.maybe_mark_dynamic(tensor, 1)

    decoder.embed_tokens.register_forward_hook(open_length)
    decoder.rotary_emb.register_forward_hook(open_length)
    for layer in decoder.layers:
        layer.compile()


def arguments(recipe: Recipe, folder: Path, total_steps: int) -> Any:
    """transformers' arguments for what is left to it: optimiser, schedule, devices, reporters."""
    from transformers import TrainingArguments

    on_cpu = not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=1,
        max_steps=total_steps,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.lr_scheduler_type,
        warmup_steps=recipe.warmup(total_steps),
        optim=recipe.optim,
        weight_decay=recipe.weight_decay,
        adam_beta1=recipe.adam_beta1,
        adam_beta2=recipe.adam_beta2,
        adam_epsilon=recipe.adam_epsilon,
        max_grad_norm=recipe.max_grad_norm,
        seed=recipe.seed,
        report_to=[] if "none" in recipe.report_to else list(recipe.report_to),
        logging_strategy="no",
        save_strategy="no",
        eval_strategy="no",
        logging_nan_inf_filter=False,
        ignore_data_skip=True,
        remove_unused_columns=False,
        disable_tqdm=True,
        log_level="error",
        use_cpu=on_cpu,
        ddp_backend="gloo" if on_cpu and world()[1] > 1 else None,
        ddp_find_unused_parameters=False,
    )
