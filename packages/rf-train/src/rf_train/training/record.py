"""`run.json` and the result files: the recipe, what was actually computed, the versions."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import sha256_text, write_json

from rf_train.budget.strategy import Strategy
from rf_train.data.samples import Samples
from rf_train.data.templates import END, TEMPLATES, template_sha256
from rf_train.errors import TrainError
from rf_train.files.safetensors_ranges import fingerprint, read_model
from rf_train.model.answer_loss_model import AnswerLossModel
from rf_train.model.architectures import local_folder
from rf_train.model.attention import ATTENTION, packed_kernels
from rf_train.model.sharding import sharding_name
from rf_train.recipe.keys import as_record
from rf_train.recipe.training import Recipe
from rf_train.training.state import RunState
from rf_train.versions import versions

# A data set may have a different system prompt in every dialogue; chat needs the common ones.
_SYSTEM_PROMPTS = 8


def model_facts(model: AnswerLossModel, recipe: Recipe) -> dict[str, Any]:
    """Facts about the model, determined before layers are replaced for speed.

    Raises TrainError where weights are not quantised as the recipe says, or nothing is trained.
    """
    quantised = sum(type(m).__name__ == "Linear4bit" for m in _base_layers(model))
    dense = _not_quantised(model)
    trainable = [p for p in model.parameters() if p.requires_grad]
    if recipe.quantization_bit is not None and (dense or not quantised):
        rest = (
            f"{len(dense)} linear layers were not, e.g. {dense[0]}" if dense else "none was found"
        )
        raise TrainError(f"quantization_bit: {quantised} layers were quantised, {rest}")
    if not trainable:
        raise TrainError("nothing in the model can be trained")
    dtypes = Counter(str(p.dtype).removeprefix("torch.") for p in trainable)
    if recipe.finetuning_type == "lora" and set(dtypes) != {"float32"}:
        raise TrainError(f"the adapter is not float32 but {', '.join(dtypes)}")
    return {
        "quantised_linears": quantised,
        "trainable_parameters": sum(p.numel() for p in trainable),
        "parameters": count_parameters(model),
        "adapter_dtype": next(iter(dtypes)),
        "attention": model.config._attn_implementation,
    }


def _not_quantised(model: AnswerLossModel) -> list[str]:
    """Names of the decoder's linear layers in full precision, without adapters."""
    return [
        name
        for name, module in model.decoder.named_modules()
        if type(module) is torch.nn.Linear and "lora_" not in name
    ]


def _base_layers(model: AnswerLossModel) -> list[torch.nn.Module]:
    """The modules of the base model; of an adapted layer, only the wrapped one."""
    wrapped = {id(m.base_layer): m for m in model.modules() if hasattr(m, "base_layer")}
    outer = {id(m) for m in wrapped.values()}
    return [m for m in model.modules() if id(m) not in outer]


def count_parameters(model: AnswerLossModel) -> int:
    """Parameters of the base model, 4-bit weights by their unpacked size, tied ones once."""
    total = 0
    for name, parameter in model.named_parameters():
        if "lora_" not in name:
            state = getattr(parameter, "quant_state", None)
            total += parameter.numel() if state is None else torch.Size(state.shape).numel()
    return total


def run_record(
    recipe: Recipe,
    path: str,
    model: AnswerLossModel,
    *,
    tokenizer: Any,
    facts: dict[str, Any],
    strategy: Strategy,
    data: dict[str, tuple[list[Path], Samples]],
) -> dict[str, Any]:
    """The content of `run.json`, without times and identity."""
    template = TEMPLATES[recipe.template]
    return {
        "model": {
            "name_or_path": recipe.model_name_or_path,
            "path": path,
            "architecture": (model.config.architectures or [type(model.causal_lm).__name__])[0],
            "parameters": facts["parameters"],
            "fingerprint": _fingerprint(path),
        },
        "rendering": {
            "template": template.name,
            "chat_template_sha256": template_sha256(tokenizer),
            "chat_template_kwargs": template.offering(_tools(data["train"][1])).kwargs,
            "stop": [END],
            "system_prompts": _system_prompts(data["train"][1]),
        },
        "recipe": as_record(recipe),
        "data": _data_record(recipe, data),
        "truth": {
            **{k: v for k, v in facts.items() if k != "parameters"},
            "attention": _attention_name(facts["attention"], strategy, model),
            "layout": strategy.cut.layout,
            "micro_batch_tokens": strategy.cut.tokens,
            "shared_prefixes": list(data["train"][1].shared.distinct)
            if strategy.cut.shared
            else [],
            "gradient_checkpointing": strategy.checkpointing,
            "compiled_layers": strategy.compiled,
            "folded_adapters": strategy.folded,
            "frozen_weights": _weights_name(recipe, strategy),
            "sharding": sharding_name(model, recipe.fsdp),
        },
        "versions": versions(),
    }


def _fingerprint(path: str) -> str | None:
    """The fingerprint of the base's weights; None where they are not on this disk."""
    folder = local_folder(path)
    return None if folder is None else fingerprint(read_model(folder))


def _system_prompts(samples: Samples) -> list[dict[str, Any]]:
    """The most frequent system prompts of the training data, with their number of dialogues."""
    common = samples.summary.systems.most_common(_SYSTEM_PROMPTS)
    return [{"text": text, "records": count} for text, count in common]


def _tools(samples: Samples) -> list[dict[str, Any]]:
    """The functions that all training dialogues declare; none where they differ."""
    texts = list(samples.summary.tools)
    return json.loads(texts[0]) if len(texts) == 1 else []


def _data_record(recipe: Recipe, data: dict[str, tuple[list[Path], Samples]]) -> dict[str, Any]:
    files = {path.as_posix(): sha256_text(path) for paths, _ in data.values() for path in paths}
    record: dict[str, Any] = {"name": recipe.dataset, "files": files}
    for name, (_, samples) in data.items():
        record[name] = {
            "records": samples.summary.records,
            "samples": len(samples),
            "tokens": samples.sizes.tokens,
            "answer_tokens": samples.sizes.answers,
            "mean_tokens": round(samples.sizes.tokens / len(samples), 2),
            "longest": samples.sizes.longest,
            "left_out": {
                reason: {"count": count, "first": samples.summary.skipped.places[reason]}
                for reason, count in samples.summary.skipped.counts.items()
            },
        }
    record["samples"] = record["train"]["samples"]
    return record


def _attention_name(name: str, strategy: Strategy, model: AnswerLossModel) -> str:
    if name != ATTENTION:
        return name
    if strategy.cut.layout == "padded":
        return "causal sdpa, right-padded rows"
    kernels = packed_kernels(next(model.parameters()).device, model.config)
    return {
        "triton": "causal attention over packed samples (Triton kernels)",
        "flash": "variable-length flash attention (torch.nn.attention.varlen)",
        None: "causal sdpa, sample by sample",
    }[kernels]


def _weights_name(recipe: Recipe, strategy: Strategy) -> str:
    if recipe.compute_dtype == "fp8":
        if recipe.quantization_bit and not strategy.resident:
            return f"{recipe.quantization_type}, converted to float8_e4m3fn for every product"
        loaded = f"{recipe.quantization_type} quantised, " if recipe.quantization_bit else ""
        return f"{loaded}kept in float8_e4m3fn with a scale per row, twice"
    if recipe.quantization_bit is None:
        return "as loaded"
    if strategy.resident:
        precision = "bfloat16" if recipe.bf16 else "float32"
        return f"{recipe.quantization_type} quantised, kept dequantised in {precision}"
    return f"{recipe.quantization_type}, dequantised for every product"


def write_results(
    folder: Path, state: RunState, steps_per_epoch: int, parameters: int
) -> dict[str, Any]:
    """Writes `train_results.json` and `all_results.json`; returns the former's content.

    `parameters` is the model's N: floating-point operations are 6 N per token, by the convention
    of transformers.
    """
    seconds, totals = state.elapsed, state.totals
    results: dict[str, Any] = {
        "epoch": round(totals.steps / steps_per_epoch, 4),
        "total_flos": 6.0 * parameters * totals.tokens,
        "train_loss": totals.loss_sum / max(totals.steps, 1),
        "train_runtime": round(seconds, 4),
        "train_samples_per_second": round(totals.samples / seconds, 4),
        "train_steps_per_second": round(totals.steps / seconds, 4),
    }
    write_json(folder / "train_results.json", results)
    validation = {"eval_loss": state.last_eval, "best_loss": state.best_loss}
    write_json(
        folder / "all_results.json",
        {
            **results,
            **(validation if state.best_loss is not None else {}),
            "train_tokens_per_second": round(totals.tokens / seconds, 2),
            "train_tokens": totals.tokens,
            "train_answer_tokens": totals.answers,
            "padding_share": totals.padding_share,
        },
    )
    return results
