"""Trained weights on disk, as safetensors: a PEFT adapter or a full model."""

import copy
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError

from rf_train.errors import TrainError, mismatch_line
from rf_train.files.file_modes import follow_umask
from rf_train.files.names import ADAPTER_NAME
from rf_train.files.peft_adapter import refuse_pickle
from rf_train.files.tensors import load_tensors, report_disk_errors, save_tensors
from rf_train.model.sharding import gather_full, is_sharded, shard_like

Tensors = dict[str, torch.Tensor]


def trained_tensors(model: Any, *, keep: bool = True) -> Tensors:
    """The trained tensors of an `AnswerLossModel` by their names on disk, gathered if sharded.

    All processes must call this for a sharded model; those that do not `keep` the result get empty
    tensors.
    """
    found = _saved_tensors(model)
    gathered: dict[int, torch.Tensor] = {}
    for tensor in found.values():
        if id(tensor) not in gathered:  # tied weights stay one tensor
            gathered[id(tensor)] = gather_full(tensor, keep=keep).detach()
    return {name: gathered[id(tensor)] for name, tensor in found.items()}


def write_weights(model: Any, tensors: Tensors, folder: Path) -> None:
    """Writes the `trained_tensors` of a model as an adapter with its config, or as a full model.

    Raises OSError where the disk refuses.
    """
    inner = model.model
    if not hasattr(inner, "peft_config"):
        with report_disk_errors(folder / "model.safetensors"):
            inner.save_pretrained(folder, state_dict=tensors, safe_serialization=True)
        follow_umask(*folder.glob("*.safetensors"))
        return
    save_tensors(folder / ADAPTER_NAME, {name: value.cpu() for name, value in tensors.items()})
    config = copy.copy(inner.peft_config["default"])
    if isinstance(config.target_modules, set):  # whose order differs between processes
        config.target_modules = sorted(config.target_modules)
    config.save_pretrained(folder)


def load_weights(model: Any, folder: Path) -> None:
    """Loads the weights of a run folder or checkpoint into a model of the same structure.

    Each process of a sharded model takes its part. Raises FileError for a missing, damaged or
    pickled file, TrainError where names or sizes differ.
    """
    state = _read(model, folder)
    try:
        if is_sharded(model):
            _load_sharded(model, state, folder)
        elif hasattr(model.model, "peft_config"):
            _load_adapter(model.model, state, folder)
        else:
            _load_full(model.model, state, folder)
    except RuntimeError as error:
        if "size mismatch" not in str(error):
            raise
        raise TrainError(f"{folder}: weights do not fit: {mismatch_line(error)}") from None


def _saved_tensors(model: Any) -> dict[str, Any]:
    """The model's parameters and buffers that are saved, by their names on disk."""
    inner = model.model
    state: dict[str, Any] = inner.state_dict(keep_vars=True)
    if hasattr(inner, "peft_config"):
        from peft import get_peft_model_state_dict

        state = get_peft_model_state_dict(inner, state_dict=state, save_embedding_layers=False)
    return state


def _read(model: Any, folder: Path) -> Tensors:
    if hasattr(model.model, "peft_config"):
        refuse_pickle(folder)
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
