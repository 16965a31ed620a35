"""Loads the model of an inference recipe, to answer prompts rendered as in training."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError, read_json

from rf_train.data.rendering import Message, prompt_ids
from rf_train.data.templates import END, Template, apply_template
from rf_train.errors import TrainError, mismatch_line
from rf_train.files.adapter_base import base_mismatch
from rf_train.files.names import ADAPTER_CONFIG_NAME, ADAPTER_NAME, RUN_NAME
from rf_train.files.peft_adapter import peft_config
from rf_train.files.safetensors_ranges import read_model
from rf_train.inference.generate import TokenGenerator
from rf_train.inference.recipe import InferenceRecipe
from rf_train.inference.trained_rendering import (
    TrainedRendering,
    resolve_template,
    system_prompt_for,
    tokenizer_folder,
)
from rf_train.model.architectures import local_folder
from rf_train.model.device import free_memory, pick_device
from rf_train.model.loading import load_model, load_tokenizer, model_path, use_resident_weights
from rf_train.model.structure import structure_of

_MEMORY_SHARE = 0.8  # of the free memory, that dequantised weights may take


@dataclass(frozen=True)
class ChatModel:
    """A model with the tokenizer and the rendering it was trained with.

    `system_prompts` are the recipe's or the run's; `details` describe what was loaded.
    """

    tokenizer: Any
    template: Template
    generator: TokenGenerator
    system_prompts: tuple[str, ...]
    max_new_tokens: int
    details: dict[str, str]

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The token ids before the answer to `messages`, as in training."""
        return prompt_ids(messages, self.tokenizer, self.template)

    def system_prompt(self, question: str) -> str:
        """The system prompt of a dialogue that starts with `question`."""
        return system_prompt_for(self.system_prompts, question)


def load_chat_model(recipe: InferenceRecipe) -> ChatModel:
    """Loads model, adapter and tokenizer of a recipe. Raises FileError, TrainError."""
    run, device = recipe.run(), pick_device()
    dtype = _dtype(recipe, device)
    loading = recipe.loading(bf16=dtype == torch.bfloat16)
    path = model_path(recipe.model_name_or_path)
    template = resolve_template(recipe.template, run)
    remark = _base_remark(recipe, path)
    tokenizer = _prepared_tokenizer(recipe, path, template, run)
    model = load_model(loading, path, device)
    model.set_attn_implementation("sdpa")  # the trainer's attention supports no cache
    quantised = recipe.quantization_bit is not None and not _dequantised(model, dtype, device)
    model, adapter = _with_adapter(model, recipe, exact=not quantised and dtype == torch.float32)
    stop = stop_ids(tokenizer, run.stop if run is not None else (END,))
    return ChatModel(
        tokenizer=tokenizer,
        template=template,
        generator=TokenGenerator(model.eval(), stop, recipe.decoding),
        system_prompts=_system_prompts(recipe, run),
        max_new_tokens=recipe.max_new_tokens,
        details={
            "model": f"{path}, {_weights(recipe, quantised, dtype)} on {_device_name(device)}",
            "adapter": adapter,
            **({"base": remark} if remark else {}),
            "template": template.name + (f", as in the training of {run.folder}" if run else ""),
            "decoding": f"{recipe.decoding}, at most {recipe.max_new_tokens:,} tokens per answer",
        },
    )


def _base_remark(recipe: InferenceRecipe, path: str) -> str:
    """A remark on a base, loaded from `path`, whose name differs from the one trained on, or "".

    Raises TrainError where the weights are known to differ, unless the recipe allows that.
    """
    location = recipe.adapter_name_or_path
    config = Path(location or "") / ADAPTER_CONFIG_NAME
    if location is None or not config.is_file():
        return ""
    run, folder = recipe.run(), local_folder(path)
    stored = folder is not None and any(folder.glob("*.safetensors"))
    difference, certain = base_mismatch(
        recipe.model_name_or_path,
        read_model(folder) if folder is not None and stored else None,
        base_name=str(read_json(config).get("base_model_name_or_path") or ""),
        record=read_json(run.folder / RUN_NAME) if run is not None else None,
    )
    if not certain or recipe.allow_other_base or not difference:
        return difference
    raise TrainError(f"model_name_or_path: {difference}; allow_other_base: true answers anyway")


def _prepared_tokenizer(
    recipe: InferenceRecipe, path: str, template: Template, run: TrainedRendering | None
) -> Any:
    """The tokenizer with its template, checked against the run's if there is one."""
    tokenizer = load_tokenizer(
        recipe.tokenizer_path or tokenizer_folder(run, path),
        trust_remote_code=recipe.trust_remote_code,
    )
    if run is None:
        apply_template(tokenizer, template)
    else:
        run.apply(tokenizer, template)
    return tokenizer


def _system_prompts(recipe: InferenceRecipe, run: TrainedRendering | None) -> tuple[str, ...]:
    """Those of the recipe, otherwise of the run."""
    if recipe.default_system:
        return (recipe.default_system,)
    return run.system_prompts if run is not None else ()


def stop_ids(tokenizer: Any, stop: Sequence[str]) -> list[int]:
    """The ids of the tokens that end an answer, including the tokenizer's own end token."""
    ids = [tokenizer.convert_tokens_to_ids(token) for token in stop]
    for token, found in zip(stop, ids, strict=True):
        if found is None or found == tokenizer.unk_token_id:
            raise TrainError(f"the tokenizer has no token {token}, which ended answers in training")
    if tokenizer.eos_token_id is not None and tokenizer.eos_token_id not in ids:
        ids.append(tokenizer.eos_token_id)
    return ids


def _dtype(recipe: InferenceRecipe, device: torch.device) -> torch.dtype:
    if recipe.infer_dtype == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return torch.bfloat16 if recipe.infer_dtype == "bfloat16" else torch.float32


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "the CPU"


def _weights(recipe: InferenceRecipe, quantised: bool, dtype: torch.dtype) -> str:
    """Describes how the base model's weights are held."""
    name = str(dtype).removeprefix("torch.")
    if recipe.quantization_bit is None:
        return name
    return f"{recipe.quantization_type} weights, " + (
        f"products in {name}" if quantised else f"kept dequantised in {name}"
    )


def _dequantised(model: Any, dtype: torch.dtype, device: torch.device) -> bool:
    """Replaces 4-bit weights by dequantised ones on a CPU with enough memory; whether it did.

    bitsandbytes is fast with 4-bit weights on a GPU only.
    """
    needed = structure_of(model.config).linear_parameters * dtype.itemsize
    if device.type != "cpu" or needed > _MEMORY_SHARE * free_memory(device):
        return False
    use_resident_weights(model, dtype)
    return True


def _with_adapter(model: Any, recipe: InferenceRecipe, *, exact: bool) -> tuple[Any, str]:
    """The model with its adapter, and a description of how the adapter is applied.

    It is merged into the weights, which is faster, where that is `exact` (in float32). In bfloat16
    that would round it, so it stays separate, as in training.
    """
    location = recipe.adapter_name_or_path
    if location is None:
        return model, "none"
    from peft import PeftModel

    try:
        folder = _adapter_folder(location)
        config = peft_config(Path(folder))
        adapted = PeftModel.from_pretrained(model, folder, config=config)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise FileError(
            Path(location), f"cannot load the adapter: {mismatch_line(error)}"
        ) from None
    if exact:
        return adapted.merge_and_unload(), f"{location}, added to the weights"
    return adapted, f"{location}, separate from the weights"


def _adapter_folder(location: str) -> str:
    """The folder of an adapter; of a hub id, only safetensors are downloaded.

    Raises FileError, OSError.
    """
    if Path(location).is_dir():
        return location
    from huggingface_hub import snapshot_download

    folder = Path(snapshot_download(location, allow_patterns=[ADAPTER_NAME, ADAPTER_CONFIG_NAME]))
    if not (folder / ADAPTER_NAME).is_file():
        raise FileError(location, f"holds no {ADAPTER_NAME}, only safetensors are read")
    return str(folder)
