"""What a recipe may say: LLaMA-Factory's keys, each with its type, its default and its meaning.

The published study's YAML runs as it is. Defaults are LLaMA-Factory's (which mostly are those of
`transformers.TrainingArguments`); the few keys that are ours are marked so in `KEYS`.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from msgspec import Meta

from rf_train.errors import TrainError
from rf_train.recipe.keys import (
    Amount,
    Count,
    Fraction,
    Names,
    Positive,
    PositiveAmount,
    RecipeKind,
    Text,
    key,
)
from rf_train.recipe.llamafactory import NEUTRAL, REFUSED, UNLESS, WITHOUT_EFFECT

QUANTIZATION_METHODS = {"bnb": "bnb", "bitsandbytes": "bnb"}
Sharding = Literal["full_shard", "shard_grad_op"]
SHARDINGS = {
    words: name
    for name in get_args(Sharding)
    for words in (f"{name} auto_wrap", f"auto_wrap {name}")
}
Template = Literal["qwen3", "qwen3_nothink", "chatml"]
TEMPLATES = get_args(Template)
Scheduler = Literal["linear", "cosine", "constant", "constant_with_warmup", "polynomial"]
SCHEDULERS = get_args(Scheduler)
_POLYNOMIAL_END = 1e-7  # where transformers lets that schedule end
Reporter = Literal["none", "tensorboard"]
Tokens = Annotated[int, Meta(ge=8)]


@dataclass(frozen=True)
class Recipe:
    """A resolved recipe: every key has its value. Units are in each key's text."""

    model_name_or_path: Text = key("", "model folder, hub id, embedded:NAME or random:NAME")
    tokenizer_path: Text | None = key(None, "ours: tokenizer's folder; none: the model's")
    trust_remote_code: bool = key(False, "run code that comes with the model")
    stage: Literal["sft"] = key("sft", "kind of training")
    do_train: bool = key(True, "train (a recipe with false has nothing to do here)")
    finetuning_type: Literal["lora", "full"] = key("lora", "what is trained")

    lora_rank: Positive = key(8, "rank r of the adapter")
    lora_alpha: Positive | None = key(None, "adapter scale is alpha/r; none: 2 r")
    lora_dropout: Annotated[float, Meta(ge=0, le=0.9)] = key(
        0.0, "dropout before the adapter, a fraction"
    )
    lora_target: Names = key(("all",), "names of the linear layers, or all")
    adapter_name_or_path: Text | None = key(None, "adapter to start from; none: a fresh one")
    use_rslora: bool = key(False, "adapter scale is alpha/sqrt(r)")
    quantization_bit: Literal[4] | None = key(None, "bits of the frozen weights")
    quantization_method: Literal["bnb"] = key("bnb", "who quantises")
    quantization_type: Literal["nf4", "fp4"] = key("nf4", "4-bit code")
    double_quantization: bool = key(True, "quantise the block scales too")

    dataset: Text | None = key(
        None, "file, folder, name in dataset_info.json, or org/name@revision; a,b: both"
    )
    dataset_dir: Text = key("data", "folder of dataset_info.json")
    eval_dataset: Text | None = key(None, "the same of validation samples")
    val_size: Amount = key(0.0, "dialogues split off for validation: fraction or count")
    template: Template = key("chatml", "how a dialogue becomes text")
    cutoff_len: Tokens = key(2048, "longest sample, tokens")
    mask_history: bool = key(False, "loss on the last answer of a dialogue only")
    overlong: Literal["drop", "refuse"] = key("drop", "ours: samples over cutoff_len")
    max_samples: Positive | None = key(None, "use so many records of each data set")

    per_device_train_batch_size: Positive = key(8, "samples per device and micro-step")
    gradient_accumulation_steps: Positive = key(1, "micro-steps per optimiser step")
    learning_rate: PositiveAmount = key(5e-5, "peak learning rate")
    num_train_epochs: PositiveAmount = key(3.0, "passes over the samples")
    max_steps: Annotated[int, Meta(ge=-1)] = key(-1, "optimiser steps; -1: by epochs")
    lr_scheduler_type: Scheduler = key("linear", "learning-rate schedule")
    warmup_ratio: Fraction = key(0.0, "share of the steps that warms up")
    warmup_steps: Count = key(0, "warm-up steps (wins over the ratio)")
    optim: Literal["adamw_torch", "adamw_torch_fused"] = key("adamw_torch", "optimiser")
    weight_decay: Amount = key(0.0, "decoupled weight decay")
    adam_beta1: Fraction = key(0.9, "AdamW's first decay")
    adam_beta2: Fraction = key(0.999, "AdamW's second decay")
    adam_epsilon: PositiveAmount = key(1e-8, "AdamW's epsilon")
    max_grad_norm: Amount = key(1.0, "gradient norm is clipped here; 0: never")
    neftune_noise_alpha: Amount | None = key(None, "noise on embeddings while training; none: 0")
    bf16: bool = key(False, "compute in bfloat16 (float32 otherwise)")
    compute_dtype: Literal["fp8"] | None = key(None, "ours: fp8 for frozen layers' products")
    gradient_checkpointing: bool | None = key(None, "recompute activations; none: if needed")
    packing: bool | None = key(None, "samples end to end, isolated; none: where it pays")
    flash_attn: Literal["auto", "sdpa"] = key("auto", "attention kernels")
    use_cpu: bool = key(False, "train on the CPU although there is a GPU")
    seed: Count = key(42, "of adapter, dropout, validation split and order of samples")
    data_seed: Count | None = key(None, "of the order of samples alone; none: seed")

    cut: Literal["auto", "plain"] = key("auto", "ours: auto, or micro-batches as written")
    memory_gb: PositiveAmount | None = key(None, "ours: memory to use, 1e9 bytes; none: all")
    micro_batch_tokens: Tokens | None = key(None, "ours: tokens at once; none: by memory")
    answer_logits_only: bool = key(True, "ours: logits only where there is loss")
    resident_weights: bool | None = key(None, "ours: keep 4-bit weights dequantised")
    fold_adapters: bool | None = key(None, "ours: add adapters to the weights; none: if faster")
    torch_compile: bool | None = key(None, "compile the layers; none: where it pays")
    share_prefix: bool | None = key(None, "ours: compute shared prompts once; none: if possible")
    fsdp: Sharding | None = key(
        None, "weights divided over the devices, gathered twice per micro-batch or once"
    )

    output_dir: Text = key("runs/train", "run folder")
    logging_steps: Positive = key(5, "steps per line of trainer_log.jsonl")
    save_steps: Positive = key(500, "steps per checkpoint")
    save_total_limit: Positive | None = key(None, "checkpoints kept")
    eval_steps: Positive | None = key(None, "steps per evaluation; none: at each checkpoint")
    early_stopping_steps: Positive | None = key(None, "evaluations without gain to stop at")
    load_best_model_at_end: bool = key(False, "end with the checkpoint of least val loss")
    report_to: Annotated[tuple[Reporter, ...], Meta(min_length=1)] = key(("none",), "reporters")

    @property
    def alpha(self) -> int:
        """The adapter's alpha, with its default applied."""
        return 2 * self.lora_rank if self.lora_alpha is None else self.lora_alpha

    @property
    def drops(self) -> bool:
        """Whether anything is dropped out at random."""
        return self.finetuning_type == "lora" and self.lora_dropout > 0

    @property
    def order_seed(self) -> int:
        """The seed of the order of samples, with its default applied."""
        return self.seed if self.data_seed is None else self.data_seed

    @property
    def eval_every(self) -> int:
        """Steps between evaluations."""
        return self.eval_steps or self.save_steps

    def warmup(self, total_steps: int) -> int:
        """Warm-up steps of a run of `total_steps`."""
        return self.warmup_steps or math.ceil(self.warmup_ratio * total_steps)

    def samples_per_step(self, devices: int = 1) -> int:
        """Samples of one optimiser step over `devices` devices: the global batch."""
        return self.per_device_train_batch_size * self.gradient_accumulation_steps * devices


def _check_together(recipe: Recipe) -> None:
    """Checks that concern several keys."""
    if not recipe.model_name_or_path:
        raise TrainError("model_name_or_path: is missing")
    if not recipe.do_train:
        raise TrainError("do_train: false leaves nothing to do")
    if recipe.max_steps == 0:
        raise TrainError("max_steps: 0 steps train nothing")
    if recipe.finetuning_type == "full" and recipe.quantization_bit is not None:
        raise TrainError("quantization_bit: quantised weights cannot be trained fully; use lora")
    if recipe.finetuning_type == "full" and recipe.adapter_name_or_path is not None:
        raise TrainError("adapter_name_or_path: full fine-tuning has no adapter; merge it first")
    if recipe.fsdp and recipe.quantization_bit is not None:
        raise TrainError(
            "fsdp: 4-bit weights are not divided (those of 8B parameters are 6 GB); without this "
            "key every device holds them and gradients are averaged"
        )
    if "none" in recipe.report_to and len(recipe.report_to) > 1:
        raise TrainError("report_to: none excludes the others")
    if recipe.cut == "plain" and recipe.packing:
        raise TrainError("packing: a plain cut lays nothing end to end")
    if recipe.lr_scheduler_type == "polynomial" and recipe.learning_rate <= _POLYNOMIAL_END:
        raise TrainError(f"learning_rate: polynomial ends at {_POLYNOMIAL_END} and starts above it")
    _check_folding(recipe)
    _check_fp8(recipe)
    _check_validation(recipe)
    _check_sharing(recipe)


def _check_sharing(recipe: Recipe) -> None:
    """Prompts are computed once only in a packed row, and only where nothing random is in them."""
    if not recipe.share_prefix:
        return
    if recipe.cut == "plain":
        raise TrainError("share_prefix: a plain cut computes every sample whole")
    if recipe.packing is False:
        raise TrainError("share_prefix: without packing every sample has a row of its own")
    if recipe.drops:
        raise TrainError(
            "share_prefix: all samples would share the noise of lora_dropout (0: none)"
        )


def _check_folding(recipe: Recipe) -> None:
    """Adapters are added to weights that are there in full, and whose input is the layer's."""
    if not recipe.fold_adapters:
        return
    if recipe.finetuning_type == "full":
        raise TrainError("fold_adapters: full fine-tuning has no adapters")
    if recipe.quantization_bit is not None:
        raise TrainError("fold_adapters: 4-bit weights cannot take adapters in")
    if recipe.drops:
        raise TrainError("fold_adapters: lora_dropout is for the adapters' input alone (0: none)")
    if recipe.fsdp:
        raise TrainError("fold_adapters: with fsdp no device holds the weights in full")


def _check_fp8(recipe: Recipe) -> None:
    """8-bit products are for weights that are frozen and held whole."""
    if recipe.compute_dtype is None:
        return
    if recipe.finetuning_type == "full":
        raise TrainError("compute_dtype: fp8 is for frozen weights; full fine-tuning has none")
    if not recipe.bf16:
        raise TrainError("compute_dtype: fp8 products give bfloat16, so bf16 must be true")
    if recipe.fold_adapters:
        raise TrainError("compute_dtype: fp8 weights cannot take adapters in (fold_adapters)")
    if recipe.fsdp:
        raise TrainError("compute_dtype: fp8 weights are not divided (fsdp divides 16-bit ones)")


def _check_validation(recipe: Recipe) -> None:
    """Validation samples come from one place, and are there where something waits for them."""
    if recipe.val_size and recipe.eval_dataset:
        raise TrainError("val_size: eval_dataset names the validation samples already")
    watches = recipe.early_stopping_steps is not None or recipe.load_best_model_at_end
    if watches and not (recipe.eval_dataset or recipe.val_size):
        name = "early_stopping_steps" if recipe.early_stopping_steps else "load_best_model_at_end"
        raise TrainError(f"{name}: needs validation samples (eval_dataset or val_size)")


TRAINING = RecipeKind(
    Recipe,
    without_effect=WITHOUT_EFFECT,
    refused=REFUSED,
    neutral=NEUTRAL,
    unless=UNLESS,
    aliases={
        "quantization_method": QUANTIZATION_METHODS,
        "fsdp": SHARDINGS,
        "lora_target": {"all-linear": "all"},  # peft's word
    },
    check=_check_together,
)
KEYS = TRAINING.keys
