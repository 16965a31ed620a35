"""The keys of an inference recipe: LLaMA-Factory's, as far as they concern answering."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from rf_train.errors import TrainError
from rf_train.files.checkpoint_folders import latest_checkpoint
from rf_train.files.names import ADAPTER_NAME
from rf_train.inference.generate import Decoding
from rf_train.inference.trained_rendering import (
    TrainedRendering,
    resolve_template,
    trained_rendering,
)
from rf_train.recipe.keys import Count, Positive, PositiveAmount, RecipeKind, Text, key
from rf_train.recipe.llamafactory import NEUTRAL, REFUSED, UNLESS, WITHOUT_EFFECT
from rf_train.recipe.training import KEYS, QUANTIZATION_METHODS, Recipe, Template


@dataclass(frozen=True)
class InferenceRecipe:
    """A resolved inference recipe. Defaults are LLaMA-Factory's, but answers are greedy."""

    model_name_or_path: Text = key("", "model folder, hub id, embedded:NAME or random:NAME")
    adapter_name_or_path: Text | None = key(None, "run folder, checkpoint or PEFT adapter")
    allow_other_base: bool = key(False, "ours: answer with another base than the one trained on")
    tokenizer_path: Text | None = key(None, "ours: tokenizer's folder; none: the run's, or model's")
    trust_remote_code: bool = key(False, "run code that comes with the model")
    template: Template | None = key(None, "a dialogue as text; none: the run's")
    default_system: Text | None = key(None, "system prompt; none: as the run was trained")

    quantization_bit: Literal[4] | None = key(None, "bits of the base weights")
    quantization_method: Literal["bnb"] = key("bnb", "library that quantises")
    quantization_type: Literal["nf4", "fp4"] = key("nf4", "4-bit code")
    double_quantization: bool = key(True, "quantise the block scales too")
    infer_dtype: Literal["auto", "bfloat16", "float32"] = key(
        "auto", "precision; auto: bfloat16 on a GPU, float32 on the CPU"
    )

    tool: Text | None = key(None, "ours: command that executes the model's calls")
    max_new_tokens: Positive = key(1024, "longest answer, tokens")
    do_sample: bool = key(False, "sample tokens (greedy otherwise)")
    temperature: PositiveAmount = key(0.95, "of sampling")
    top_p: Annotated[float, Meta(gt=0, le=1)] = key(
        0.7, "sample from the likeliest tokens with this total probability"
    )
    top_k: Count = key(50, "sample from this many likeliest tokens; 0: all")
    repetition_penalty: PositiveAmount = key(1.0, "divides the logits of tokens seen before")
    seed: Count = key(42, "of sampling")

    @property
    def decoding(self) -> Decoding:
        """How tokens are chosen."""
        return Decoding(
            do_sample=self.do_sample,
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            repetition_penalty=self.repetition_penalty,
            seed=self.seed,
        )

    def run(self) -> TrainedRendering | None:
        """The rendering of the run that trained the adapter or model, if any. Raises FileError."""
        return trained_rendering(self.adapter_name_or_path or self.model_name_or_path)

    def loading(self, *, bf16: bool) -> Recipe:
        """The keys about the base model as a training recipe, for `load_model`."""
        return Recipe(
            model_name_or_path=self.model_name_or_path,
            trust_remote_code=self.trust_remote_code,
            quantization_bit=self.quantization_bit,
            quantization_type=self.quantization_type,
            double_quantization=self.double_quantization,
            bf16=bf16,
        )


def _check_together(recipe: InferenceRecipe) -> None:
    """Checks that concern several keys, or the `run.json` of the adapter."""
    if not recipe.model_name_or_path:
        raise TrainError("model_name_or_path: is missing")
    if not recipe.do_sample:
        for name in ("temperature", "top_p", "top_k"):
            if getattr(recipe, name) != getattr(InferenceRecipe, name):
                raise TrainError(f"{name}: concerns sampling, which needs do_sample: true")
    if recipe.adapter_name_or_path is not None:
        _check_adapter(recipe.adapter_name_or_path)
    resolve_template(recipe.template, recipe.run())


def _check_adapter(location: str) -> None:
    """Raises TrainError for a local adapter without safetensors; other names may be hub ids."""
    folder = Path(location)
    if not folder.is_dir():
        if len(folder.parts) != 2 or folder.parent.is_dir():
            raise TrainError(f"adapter_name_or_path: {location}: no such folder")
        return
    if (folder / ADAPTER_NAME).is_file():
        return
    if (folder / "adapter_model.bin").is_file():
        raise TrainError(f"adapter_name_or_path: {location} holds a pickle, not {ADAPTER_NAME}")
    newest = latest_checkpoint(folder)
    hint = f" (an unfinished run: {newest} has one)" if newest is not None else ""
    raise TrainError(f"adapter_name_or_path: {location} holds no {ADAPTER_NAME}{hint}")


_KEYS = frozenset(InferenceRecipe.__dataclass_fields__)

INFERENCE = RecipeKind(
    InferenceRecipe,
    without_effect={
        "infer_backend": "transformers answers",
        "finetuning_type": "the adapter's own config decides",
        "stage": "this recipe only answers",
        "enable_thinking": "template decides",
        "skip_special_tokens": "special tokens are never shown",
        "flash_attn": "attention uses sdpa",
    },
    refused={
        **dict.fromkeys({*KEYS, *WITHOUT_EFFECT} - _KEYS, "belongs to a training recipe"),
        **{name: reason for name, reason in REFUSED.items() if name not in _KEYS},
        "num_beams": "beam search is not offered",
        "length_penalty": "beam search is not offered",
        "max_length": "max_new_tokens limits the answer",
        "vllm_config": "see docs/serving.md for other servers",
    },
    neutral=NEUTRAL,
    unless={"enable_thinking": UNLESS["enable_thinking"]},
    aliases={"quantization_method": QUANTIZATION_METHODS},
    check=_check_together,
)
