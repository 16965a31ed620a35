"""Whether a base model is the one that an adapter was trained on.

Models of one architecture have the same names and shapes, so that an adapter fits into all of them
and says something in one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rf_jsonl import FileError

from rf_train.errors import TrainError
from rf_train.files.names import EMBEDDED_PREFIX
from rf_train.files.peft_adapter import Adapter
from rf_train.files.safetensors_ranges import TensorLocation, fingerprint, read_model

_OVERRIDE_HINT = "allow_other_base: true merges all the same"


def check_base(
    name: str,
    base: Path,
    tensors: Mapping[str, TensorLocation],
    *,
    adapter: Adapter,
    record: dict[str, Any] | None,
) -> None:
    """Raises TrainError where `base`, by its `name` in the recipe, is not what was trained on.

    The run's own fingerprint of the weights decides, else that of the folder it names if it is
    still there, else the names. An adapter must also have all layers that it was made for.
    """
    difference, _ = base_mismatch(name, tensors, base_name=adapter.base_name, record=record)
    if difference:
        raise TrainError(f"model_name_or_path: {difference}; {_OVERRIDE_HINT}")
    missing = layers_without_adapter(adapter, tensors)
    if missing and _targets_every_layer(adapter):
        raise TrainError(
            f"adapter_name_or_path: {adapter.folder} has nothing for {_abbreviated(missing)}, which its "
            f"target_modules name; {_OVERRIDE_HINT}"
        )


def base_mismatch(
    name: str,
    tensors: Mapping[str, TensorLocation] | None,
    *,
    base_name: str,
    record: dict[str, Any] | None,
) -> tuple[str, bool]:
    """How the base called `name` differs from what an adapter was trained on, "" where it does not,
    and whether that is known from its weights, not from its name only.

    `base_name` is what the adapter's config names, `record` the run's, `tensors` are the base's,
    None where they are not on this disk.
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
    """The layers of the base that are called as trained ones are, and have no adapter."""
    called = {name.split(".")[-2] for name in adapter.updates}
    return [
        name.removesuffix(".weight")
        for name, tensor in tensors.items()
        if name.endswith(".weight") and name.split(".")[-2] in called and len(tensor.shape) == 2
        if name not in adapter.updates
    ]


def missing_layers_remark(adapter: Adapter, tensors: Mapping[str, TensorLocation]) -> str | None:
    """What to say about layers without an adapter, or None where there are none."""
    missing = layers_without_adapter(adapter, tensors)
    return f"without an adapter: {_abbreviated(missing)}" if missing else None


def _abbreviated(names: list[str]) -> str:
    rest = len(names) - 3
    return ", ".join(names[:3]) + (f" and {rest} more layers" if rest > 0 else "")


def _targets_every_layer(adapter: Adapter) -> bool:
    """Whether the adapter was made for every layer of the names it has."""
    config = adapter.config
    chosen = config.get("layers_to_transform") or config.get("exclude_modules")
    return isinstance(config.get("target_modules"), list) and not chosen


def _same_name(one: str, other: str) -> bool:
    """Whether two names mean one model: a hub id, and a folder of its name anywhere."""
    return _last(one) == _last(other)


def _last(name: str) -> str:
    name = name.removeprefix(EMBEDDED_PREFIX).replace("\\", "/").rstrip("/")
    return name.rsplit("/", 1)[-1].casefold()


def _fingerprint_of(name: str) -> str | None:
    """The fingerprint of a folder that is still there, else None."""
    if not name or not Path(name).is_dir():
        return None
    try:
        return fingerprint(read_model(Path(name)))
    except (FileError, OSError):
        return None
