"""Whether a base model is the one that an adapter was trained on.

Models of one architecture have the same names and shapes, so an adapter fits all of them but is
meaningful for one only.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rf_jsonl import FileError

from rf_train.errors import TrainError
from rf_train.files.names import last_part
from rf_train.files.peft_adapter import Adapter
from rf_train.files.safetensors_ranges import TensorLocation, fingerprint, read_model

_OVERRIDE_HINT = "allow_other_base: true merges anyway"


def check_base(
    name: str,
    base: Path,
    tensors: Mapping[str, TensorLocation],
    *,
    adapter: Adapter,
    record: dict[str, Any] | None,
) -> None:
    """Raises TrainError where the base `name` of the recipe is not the one trained on.

    The fingerprint of the weights that the run recorded decides; without one, that of the folder
    the run names, if it still exists; otherwise the names. An adapter must also have all layers
    that its config targets.
    """
    difference, _ = base_mismatch(name, tensors, base_name=adapter.base_name, record=record)
    if difference:
        raise TrainError(f"model_name_or_path: {difference}; {_OVERRIDE_HINT}")
    missing = layers_without_adapter(adapter, tensors)
    if missing and _targets_every_layer(adapter):
        raise TrainError(
            f"adapter_name_or_path: {adapter.folder} has nothing for {_abbreviated(missing)}, "
            f"which its target_modules name; {_OVERRIDE_HINT}"
        )


def base_mismatch(
    name: str,
    tensors: Mapping[str, TensorLocation] | None,
    *,
    base_name: str,
    record: dict[str, Any] | None,
) -> tuple[str, bool]:
    """How a base differs from the one that an adapter was trained on.

    Parameters
    ----------
    name : the base, as the recipe names it
    tensors : the base's; None where they are not on this disk
    base_name : the base in the adapter's config
    record : the run's `run.json`, if there is one

    Returns
    -------
    A description of the difference, "" where there is none, and whether the weights were compared
    (otherwise only the names were).
    """
    model = (record or {}).get("model") or {}
    trained_on = str(model.get("name_or_path") or base_name)
    known = None if tensors is None else model.get("fingerprint") or _fingerprint_of(trained_on)
    if not trained_on:
        return "", False
    text = f"{name} is not what the adapter was trained on, {trained_on}"
    if known is None or tensors is None:
        return "" if _same_name(trained_on, name) else f"{text} (another model)", False
    return "" if known == fingerprint(tensors) else f"{text} (the weights differ)", True


def layers_without_adapter(adapter: Adapter, tensors: Mapping[str, TensorLocation]) -> list[str]:
    """The layers of the base that have the name of a trained layer and no adapter."""
    trained = {name.split(".")[-2] for name in adapter.updates}
    return [
        name.removesuffix(".weight")
        for name, tensor in tensors.items()
        if name.endswith(".weight") and name.split(".")[-2] in trained and len(tensor.shape) == 2
        if name not in adapter.updates
    ]


def missing_layers_remark(adapter: Adapter, tensors: Mapping[str, TensorLocation]) -> str | None:
    """A remark on layers without an adapter, or None where there are none."""
    missing = layers_without_adapter(adapter, tensors)
    return f"without an adapter: {_abbreviated(missing)}" if missing else None


def _abbreviated(names: list[str]) -> str:
    rest = len(names) - 3
    return ", ".join(names[:3]) + (f" and {rest} more layers" if rest > 0 else "")


def _targets_every_layer(adapter: Adapter) -> bool:
    """Whether the adapter's config targets every layer with the names it lists."""
    config = adapter.config
    chosen = config.get("layers_to_transform") or config.get("exclude_modules")
    return isinstance(config.get("target_modules"), list) and not chosen


def _same_name(one: str, other: str) -> bool:
    """Whether two names refer to one model: a hub id, and a folder of the same name anywhere."""
    return last_part(one).casefold() == last_part(other).casefold()


def _fingerprint_of(name: str) -> str | None:
    """The fingerprint of a folder that still exists, else None."""
    if not name or not Path(name).is_dir():
        return None
    try:
        return fingerprint(read_model(Path(name)))
    except (FileError, OSError):
        return None
