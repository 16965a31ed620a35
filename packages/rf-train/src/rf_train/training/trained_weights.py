"""Trained weights on disk: a PEFT adapter, or a whole model, as safetensors."""

import copy
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError

from rf_train.errors import TrainError
from rf_train.files.file_modes import follow_umask
from rf_train.files.names import ADAPTER_NAME
from rf_train.files.tensors import load_tensors, report_disk_errors, save_tensors
from rf_train.model.sharding import gather_full, is_sharded, shard_like

Tensors = dict[str, torch.Tensor]


def trained_tensors(model: Any, *, keep: bool = True) -> Tensors:
    """What was trained, by its names on disk, put together where the model is sharded.

    `model` is an `AnswerLossModel`. If it is sharded all processes must call this; those that do
    not `keep` the result get empty tensors.
    """
    found = _saved_tensors(model)
    gathered: dict[int, torch.Tensor] = {}
    for tensor in found.values():
        if id(tensor) not in gathered:  # tied weights stay one tensor
            gathered[id(tensor)] = gather_full(tensor, keep=keep).detach()
    return {name: gathered[id(tensor)] for name, tensor in found.items()}


def write_weights(model: Any, tensors: Tensors, folder: Path) -> None:
    """Writes `trained_tensors` of a model: `adapter_model.safetensors` with the adapter's config,
    or the full model. Raises OSError where the disk refuses.
    """
    inner = model.model
    if not hasattr(inner, "peft_config"):
        with report_disk_errors(folder / "model.safetensors"):
            inner.save_pretrained(folder, state_dict=tensors, safe_serialization=True)
        follow_umask(*folder.glob("*.safetensors"))
        return
    save_tensors(folder / ADAPTER_NAME, {name: value.cpu() for name, value in tensors.items()})
    config = copy.copy(inner.peft_config["default"])
    if isinstance(config.target_modules, set):  # whose order is another one in every process
        config.target_modules = sorted(config.target_modules)
    config.save_pretrained(folder)


def load_weights(model: Any, folder: Path) -> None:
    """Puts the weights of a run folder or checkpoint into an equally built model.

    Every process of a sharded model takes its part of them. Raises FileError for a missing,
    damaged or pickled file, TrainError where names differ.
    """
    inner = model.model
    try:
        _load(model, inner, folder)
    except RuntimeError as error:  # PyTorch puts the mismatch on the second line
        lines = [line.strip() for line in str(error).splitlines() if "size mismatch" in line]
        if not lines:
            raise
        raise TrainError(f"{folder}: weights do not fit: {lines[0]}") from None


def _load(model: Any, inner: Any, folder: Path) -> None:
    if is_sharded(model):
        _load_sharded(model, _read(model, folder), folder)
    elif hasattr(inner, "peft_config"):
        _load_adapter(inner, _read(model, folder), folder)
    else:
        _load_full(inner, _read(model, folder), folder)


def _saved_tensors(model: Any) -> dict[str, Any]:
    """The model's own parameters and buffers that are written, by their names on disk."""
    inner = model.model
    state: dict[str, Any] = inner.state_dict(keep_vars=True)
    if hasattr(inner, "peft_config"):
        from peft import get_peft_model_state_dict

        state = get_peft_model_state_dict(inner, state_dict=state, save_embedding_layers=False)
    return state


def _read(model: Any, folder: Path) -> Tensors:
    if hasattr(model.model, "peft_config"):
        if not (folder / ADAPTER_NAME).is_file() and (folder / "adapter_model.bin").is_file():
            raise FileError(folder / "adapter_model.bin", "is a pickle, only safetensors are read")
        return load_tensors(folder / ADAPTER_NAME)
    state: Tensors = {}
    for path in sorted(folder.glob("model*.safetensors")):
        state |= load_tensors(path)
    if not state:
        raise FileError(folder, "holds no model*.safetensors")
    return state


def _load_sharded(model: Any, state: Tensors, folder: Path) -> None:
    places = _saved_tensors(model)
    filled = {id(places[name]) for name in state if name in places}  # tied weights are filled once
    wrong = [name for name in state if name not in places]
    wrong += [name for name, place in places.items() if id(place) not in filled]
    if wrong:
        raise TrainError(f"{folder}: weights do not fit: {wrong[0]}")
    with torch.no_grad():
        for name, value in state.items():
            places[name].copy_(shard_like(value, places[name]))


def _load_adapter(model: Any, state: Tensors, folder: Path) -> None:
    from peft import set_peft_model_state_dict

    result = set_peft_model_state_dict(model, state)
    missing = [name for name in result.missing_keys if "lora_" in name]
    if missing or result.unexpected_keys:
        raise TrainError(f"{folder}: adapter does not fit: {(missing + result.unexpected_keys)[0]}")


def _load_full(model: Any, state: Tensors, folder: Path) -> None:
    result = model.load_state_dict(state, strict=False)
    tied = set(getattr(model, "_tied_weights_keys", None) or ())
    missing = [name for name in result.missing_keys if name not in tied]
    if missing or result.unexpected_keys:
        raise TrainError(f"{folder}: weights do not fit: {(missing + result.unexpected_keys)[0]}")
    model.tie_weights()
