"""What a recipe may say: LLaMA-Factory's keys, each with its type, its default and its meaning.

The published study's YAML runs as it is. Defaults are LLaMA-Factory's (which mostly are those of
`transformers.TrainingArguments`); the few keys that are ours are marked so in `KEYS`.
"""

import math
from dataclasses import dataclass

from rf_train.errors import TrainError
from rf_train.recipe.keys import RecipeKind, key
from rf_train.recipe.llamafactory import NEUTRAL, REFUSED, UNLESS, WITHOUT_EFFECT

QUANTIZATION_METHODS = {"bnb": "bnb", "bitsandbytes": "bnb"}
SHARDINGS = {"full_shard auto_wrap": "full_shard", "auto_wrap full_shard": "full_shard"}
TEMPLATES = ("qwen3", "qwen3_nothink", "chatml")
SCHEDULERS = ("linear", "cosine", "constant", "constant_with_warmup", "polynomial")
_POLYNOMIAL_END = 1e-7  # where transformers lets that schedule end
REPORTERS = ("none", "tensorboard")


@dataclass(frozen=True)
class Recipe:
    """A resolved recipe: every key has its value. Units are in each key's text."""

    model_name_or_path: str = key("", "model folder, hub id, embedded:NAME or random:NAME")
    tokenizer_path: str | None = key(None, "ours: tokenizer's folder; none: the model's")
    trust_remote_code: bool = key(False, "run code that comes with the model")
    stage: str = key("sft", "kind of training", choices=("sft",))
    do_train: bool = key(True, "train (a recipe with false has nothing to do here)")
    finetuning_type: str = key("lora", "what is trained", choices=("lora", "full"))

    lora_rank: int = key(8, "rank r of the adapter", low=1)
    lora_alpha: int | None = key(None, "adapter scale is alpha/r; none: 2 r", low=1)
    lora_dropout: float = key(0.0, "dropout before the adapter, a fraction", low=0.0, high=0.9)
    lora_target: tuple[str, ...] = key(("all",), "names of the linear layers, or all")
    adapter_name_or_path: str | None = key(None, "adapter to start from; none: a fresh one")
    use_rslora: bool = key(False, "adapter scale is alpha/sqrt(r)")
    quantization_bit: int | None = key(None, "bits of the frozen weights", choices=(4,))
    quantization_method: str = key("bnb", "who quantises", choices=("bnb",))
    quantization_type: str = key("nf4", "4-bit code", choices=("nf4", "fp4"))
    double_quantization: bool = key(True, "quantise the block scales too")

    dataset: str | None = key(None, "name in dataset_info.json, or JSONL file; a,b: both")
    dataset_dir: str = key("data", "folder of dataset_info.json")
    eval_dataset: str | None = key(None, "name or file of validation samples")
    val_size: float = key(0.0, "dialogues split off for validation: fraction or count", low=0.0)
    template: str = key("chatml", "how a dialogue becomes text", choices=TEMPLATES)
    cutoff_len: int = key(2048, "longest sample, tokens", low=8)
    mask_history: bool = key(False, "loss on the last answer of a dialogue only")
    overlong: str = key("drop", "ours: samples over cutoff_len", choices=("drop", "refuse"))
    max_samples: int | None = key(None, "use so many records of each data set", low=1)

    per_device_train_batch_size: int = key(8, "samples per device and micro-step", low=1)
    gradient_accumulation_steps: int = key(1, "micro-steps per optimiser step", low=1)
    learning_rate: float = key(5e-5, "peak learning rate", above=0.0)
    num_train_epochs: float = key(3.0, "passes over the samples", above=0.0)
    max_steps: int = key(-1, "optimiser steps; -1: by epochs", low=-1)
    lr_scheduler_type: str = key("linear", "learning-rate schedule", choices=SCHEDULERS)
    warmup_ratio: float = key(0.0, "share of the steps that warms up", low=0.0, high=1.0)
    warmup_steps: int = key(0, "warm-up steps (wins over the ratio)", low=0)
    optim: str = key("adamw_torch", "optimiser", choices=("adamw_torch", "adamw_torch_fused"))
    weight_decay: float = key(0.0, "decoupled weight decay", low=0.0)
    adam_beta1: float = key(0.9, "AdamW's first decay", low=0.0, high=1.0)
    adam_beta2: float = key(0.999, "AdamW's second decay", low=0.0, high=1.0)
    adam_epsilon: float = key(1e-8, "AdamW's epsilon", above=0.0)
    max_grad_norm: float = key(1.0, "gradient norm is clipped here; 0: never", low=0.0)
    bf16: bool = key(False, "compute in bfloat16 (float32 otherwise)")
    compute_dtype: str | None = key(None, "ours: fp8 for frozen layers' products", choices=("fp8",))
    gradient_checkpointing: bool | None = key(None, "recompute activations; none: if needed")
    packing: bool | None = key(None, "samples end to end, isolated; none: where it pays")
    flash_attn: str = key("auto", "attention kernels", choices=("auto", "sdpa"))
    use_cpu: bool = key(False, "train on the CPU although there is a GPU")
    seed: int = key(42, "of data order, adapter and dropout", low=0)

    cut: str = key("auto", "ours: auto, or micro-batches as written", choices=("auto", "plain"))
    memory_gb: float | None = key(None, "ours: memory to use, 1e9 bytes; none: all", above=0.0)
    micro_batch_tokens: int | None = key(None, "ours: tokens at once; none: by memory", low=8)
    answer_logits_only: bool = key(True, "ours: logits only where there is loss")
    resident_weights: bool | None = key(None, "ours: keep 4-bit weights dequantised")
    fold_adapters: bool | None = key(None, "ours: add adapters to the weights; none: if faster")
    torch_compile: bool | None = key(None, "compile the layers; none: where it pays")
    share_prefix: bool | None = key(None, "ours: compute shared prompts once; none: if possible")
    fsdp: str | None = key(None, "weights divided over the devices", choices=("full_shard",))

    output_dir: str = key("runs/train", "run folder")
    logging_steps: int = key(5, "steps per line of trainer_log.jsonl", low=1)
    save_steps: int = key(500, "steps per checkpoint", low=1)
    save_total_limit: int | None = key(None, "checkpoints kept", low=1)
    eval_steps: int | None = key(None, "steps per evaluation; none: at each checkpoint", low=1)
    early_stopping_steps: int | None = key(None, "evaluations without gain to stop at", low=1)
    load_best_model_at_end: bool = key(False, "end with the checkpoint of least val loss")
    report_to: tuple[str, ...] = key(("none",), "reporters", choices=REPORTERS)

    @property
    def alpha(self) -> int:
        """The adapter's alpha, with its default applied."""
        return 2 * self.lora_rank if self.lora_alpha is None else self.lora_alpha

    @property
    def drops(self) -> bool:
        """Whether anything is dropped out at random."""
        return self.finetuning_type == "lora" and self.lora_dropout > 0

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
