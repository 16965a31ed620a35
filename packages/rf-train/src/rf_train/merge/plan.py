"""The plan of a merge, made before any weight is read: inputs, checks, files to write."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError, read_json, sha256_file

from rf_train.data.templates import TEMPLATES, Template
from rf_train.errors import TrainError
from rf_train.files.adapter_base import check_base
from rf_train.files.names import ADAPTER_CONFIG_NAME, RUN_NAME
from rf_train.files.peft_adapter import Adapter, check_fits, read_adapter
from rf_train.files.safetensors_ranges import TensorLocation, fingerprint, read_model
from rf_train.inference.trained_rendering import (
    TrainedRendering,
    resolve_template,
    trained_rendering,
)
from rf_train.merge.recipe import MergeRecipe
from rf_train.merge.shards import Shard, plan_shards
from rf_train.merge.weights import FourBit, MergedWeights, TrainedOn
from rf_train.model.architectures import architecture
from rf_train.model.loading import model_path
from rf_train.model.structure import structure_of
from rf_train.recipe.keys import as_record


@dataclass(frozen=True)
class Plan:
    """A merge that passed all checks.

    Attributes
    ----------
    recipe : the merge recipe
    base, config, tensors : folder, config and tensors of the base model
    weights : the content of the merged tensors
    trained_on : the quantisation of the base in training, if any
    shards : the files to write
    run, record : the training's rendering and `run.json`, if there is one
    template : the chat template; None keeps the tokenizer's
    """

    recipe: MergeRecipe
    base: Path
    config: dict[str, Any]
    tensors: dict[str, TensorLocation]
    weights: MergedWeights
    trained_on: TrainedOn | None
    shards: list[Shard]
    run: TrainedRendering | None
    record: dict[str, Any] | None
    template: Template | None

    @property
    def total(self) -> int:
        """Bytes of all weights."""
        return sum(shard.length for shard in self.shards)

    def counts(self) -> dict[str, int]:
        """How many tensors are copied, merged, and only dequantised."""
        merged = len(self.weights.adapter.updates)
        only = len(self.weights.quantised - self.weights.adapter.updates.keys())
        copied = len(self.tensors) - merged - only
        return {"copied": copied, "merged": merged, "dequantised_only": only}


def plan_merge(recipe: MergeRecipe) -> Plan:
    """Reads headers and configs and checks that they match. Raises FileError, TrainError."""
    base = base_folder(recipe.model_name_or_path)
    adapter = read_adapter(Path(recipe.adapter_name_or_path))
    run = trained_rendering(recipe.adapter_name_or_path)
    record = read_json(run.folder / RUN_NAME) if run is not None else None
    config = read_json(base / "config.json")
    _refuse_quantised(base, config)
    tensors = read_model(base)
    tied = bool(config.get("tie_word_embeddings")) or "lm_head.weight" not in tensors
    check_fits(adapter, tensors, base, tied=tied)
    if not recipe.allow_other_base:
        check_base(recipe.model_name_or_path, base, tensors, adapter=adapter, record=record)
    weights, trained_on = _weights(recipe, base, tensors, adapter, record)
    return Plan(
        recipe=recipe,
        base=base,
        config=config,
        tensors=tensors,
        weights=weights,
        trained_on=trained_on,
        shards=plan_shards(tensors, recipe.export_size * 1e9),
        run=run,
        record=record,
        template=resolve_template(recipe.template, run) if run or recipe.template else None,
    )


def base_folder(name: str) -> Path:
    """The folder of a base model, unpacked or downloaded if necessary.

    Raises FileError, TrainError.
    """
    folder = Path(model_path(name))
    if folder.is_dir():
        return folder
    if folder.is_absolute() or name.startswith(".") or len(folder.parts) != 2:
        raise FileError(name, "no such model folder")
    return _from_hub(name)


def _from_hub(name: str) -> Path:
    """The local copy of a model on the hub, downloaded if necessary."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "*.py", "LICENSE"]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError):
        raise FileError(name, "no such folder, and not available from the hub") from None


def _refuse_quantised(base: Path, config: dict[str, Any]) -> None:
    found = config.get("quantization_config")
    if found:
        method = found.get("quant_method", "unknown") if isinstance(found, dict) else "unknown"
        raise FileError(
            base / "config.json",
            f"weights are stored quantised ({method}); merging needs the unquantised base",
        )


def _weights(
    recipe: MergeRecipe,
    base: Path,
    tensors: dict[str, TensorLocation],
    adapter: Adapter,
    record: dict[str, Any] | None,
) -> tuple[MergedWeights, TrainedOn | None]:
    """The content of the merged weights, and how the training quantised the base, if it did."""
    device = torch.device(
        "cuda" if recipe.export_device == "auto" and torch.cuda.is_available() else "cpu"
    )
    trained_on = _trained_on(recipe, record)
    if recipe.merge_base == "original":
        return MergedWeights(adapter, device=device), trained_on
    if trained_on is None:
        raise TrainError(
            "merge_base: the run trained on unquantised weights, so there are none to dequantise"
            if record
            else f"merge_base: no {RUN_NAME} says how the base was quantised; set "
            "quantization_type (nf4 or fp4) and double_quantization"
        )
    quantised = quantised_weights(base, tensors, trained_on, record)
    return MergedWeights(adapter, trained_on, quantised, device), trained_on


def _trained_on(recipe: MergeRecipe, record: dict[str, Any] | None) -> TrainedOn | None:
    """The quantisation in training, by the run or, for an adapter without one, by the recipe."""
    code, double = recipe.quantization_type, recipe.double_quantization
    if record is None:
        return None if code is None else TrainedOn(FourBit(code, double is not False))
    trained = record.get("recipe") or {}
    in_four_bits = trained.get("quantization_bit") is not None
    for key, value in (("quantization_type", code), ("double_quantization", double)):
        found = trained[key] if in_four_bits else "16-bit weights"
        if value is not None and value != found:
            raise TrainError(f"{key}: {value}, but the run was trained with {found}")
    fp8 = trained.get("compute_dtype") == "fp8"
    if not in_four_bits:
        return TrainedOn(fp8=True) if fp8 else None
    dtype = torch.bfloat16 if trained.get("bf16") else torch.float32
    four_bit = FourBit(trained["quantization_type"], trained["double_quantization"], dtype)
    return TrainedOn(four_bit, fp8)


def quantised_weights(
    base: Path,
    tensors: dict[str, TensorLocation],
    trained_on: TrainedOn,
    record: dict[str, Any] | None,
) -> frozenset[str]:
    """The weights that training quantised, checked against the run's count. Raises TrainError."""
    structure = structure_of(architecture(str(base)))
    names = [f"{linear.name}.weight" for linear in structure.all_linears]
    missing = [name for name in names if name not in tensors]
    if missing:
        raise FileError(base, f"has no {missing[0]}, a linear layer of its config")
    counted = ((record or {}).get("truth") or {}).get("quantised_linears")
    if trained_on.four_bit is not None and counted is not None and counted != len(names):
        raise TrainError(
            f"merge_base: the run quantised {counted} layers, this base has {len(names)}"
        )
    return frozenset(names)


def merge_identity(plan: Plan) -> dict[str, Any]:
    """What two merges must have in common to be the same: recipe, base, adapter, run."""
    ignored = {"export_dir", "export_device", "allow_other_base", "metrics"}
    ignored |= {"model_name_or_path", "adapter_name_or_path"}
    keys = {key: value for key, value in as_record(plan.recipe).items() if key not in ignored}
    folder = plan.weights.adapter.folder
    return {
        "recipe": keys,
        "base": {
            "config": sha256_file(plan.base / "config.json"),
            "weights": fingerprint(plan.tensors),
        },
        "adapter": {
            "config": sha256_file(folder / ADAPTER_CONFIG_NAME),
            "weights": sha256_file(next(iter(plan.weights.adapter.updates.values())).up.path),
        },
        "run": sha256_file(plan.run.folder / RUN_NAME) if plan.run else None,
        "metrics": sha256_file(plan.recipe.metrics) if plan.recipe.metrics else None,
    }


def template_text(template: Template | None) -> str | None:
    """The Jinja text for the tokenizer; None if it keeps its own."""
    return TEMPLATES[template.name].jinja if template is not None else None
