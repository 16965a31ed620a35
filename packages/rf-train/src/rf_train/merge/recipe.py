"""The keys of a merge recipe: LLaMA-Factory's export keys, and a few of ours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rf_train.errors import TrainError
from rf_train.recipe.keys import PositiveAmount, RecipeKind, Text, key
from rf_train.recipe.llamafactory import NEUTRAL, REFUSED, WITHOUT_EFFECT
from rf_train.recipe.training import KEYS, Template


@dataclass(frozen=True)
class MergeRecipe:
    """A resolved merge recipe. Defaults are LLaMA-Factory's; each key's text gives its unit."""

    model_name_or_path: Text = key("", "base model: folder, hub id or embedded:NAME")
    adapter_name_or_path: Text = key("", "run folder, checkpoint or PEFT adapter, one")
    template: Template | None = key(None, "a dialogue as text; none: the run's")
    finetuning_type: Literal["lora"] = key("lora", "what was trained")
    trust_remote_code: bool = key(False, "run code that comes with the model (verification only)")

    export_dir: Text = key("", "folder of the merged model")
    export_size: PositiveAmount = key(5.0, "largest weight file, 1e9 bytes")
    export_device: Literal["cpu", "auto"] = key("cpu", "device; auto: a GPU if there is one")
    export_legacy_format: bool = key(False, "pickles instead of safetensors (refused)")

    merge_base: Literal["original", "dequantized"] = key(
        "original", "ours: merge into weights as stored, or as a 4-bit or FP8 training held them"
    )
    quantization_type: Literal["nf4", "fp4"] | None = key(
        None, "ours: 4-bit code of the training; none: the run's"
    )
    double_quantization: bool | None = key(None, "ours: block scales too; none: as the run")
    allow_other_base: bool = key(False, "ours: merge into another base than the one trained on")
    metrics: Text | None = key(None, "ours: results.json of rf-eval for the model card")
    license: Text | None = key(None, "ours: licence named in the model card")


def _check_together(recipe: MergeRecipe) -> None:
    """Checks that concern several keys."""
    for name in ("model_name_or_path", "adapter_name_or_path", "export_dir"):
        if not getattr(recipe, name):
            raise TrainError(f"{name}: is missing")
    location = recipe.adapter_name_or_path
    if "," in location and not Path(location).exists():
        raise TrainError("adapter_name_or_path: one adapter is merged at a time")
    if recipe.export_legacy_format:
        raise TrainError("export_legacy_format: pickles are not written, only safetensors")
    if recipe.merge_base == "original":
        for name in ("quantization_type", "double_quantization"):
            if getattr(recipe, name) is not None:
                raise TrainError(f"{name}: concerns merge_base: dequantized")


_OF_OTHER_RECIPES = "belongs to a training recipe; merging takes it from the adapter"

_KEYS = frozenset(MergeRecipe.__dataclass_fields__)

MERGING = RecipeKind(
    MergeRecipe,
    without_effect={
        "stage": "this recipe only merges",
        "do_train": "this recipe only merges",
        "infer_dtype": "tensors keep the precision they are stored in",
        "infer_backend": "verification uses transformers",
        "flash_attn": "attention uses sdpa",
        "low_cpu_mem_usage": "weights are always streamed",
    },
    refused={
        **dict.fromkeys({*KEYS, *WITHOUT_EFFECT} - _KEYS - {"stage"}, _OF_OTHER_RECIPES),
        **{name: reason for name, reason in REFUSED.items() if name not in _KEYS},
        "quantization_bit": (
            "LLaMA-Factory refuses it here too; to merge into the weights of a 4-bit training "
            "use merge_base: dequantized"
        ),
    },
    neutral=NEUTRAL,
    check=_check_together,
)
