"""A LoRA adapter, merged into the weights as they are read: W + scale · B · A."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rf_jsonl import FileError, read_json

from rf_eval.backends.weights import ADAPTER_WEIGHTS
from rf_eval.engine.weights import Floats, SafetensorsReader, WeightReader

_PREFIX = "base_model.model."
_REFUSED = (
    "use_dora",
    "fan_in_fan_out",
    "lora_bias",
    "use_qalora",
    "use_bdlora",
    "alora_invocation_tokens",
)


class AdaptedReader:
    """A base model's weights with a PEFT LoRA adapter merged into them.

    Raises FileError for an adapter of another type or another model.
    """

    def __init__(self, base: WeightReader, adapter: Path) -> None:
        self._base = base
        self._folder = adapter
        self._config = read_json(adapter / "adapter_config.json")
        _refuse_other_kinds(adapter / "adapter_config.json", self._config)
        self._lora = SafetensorsReader([adapter / ADAPTER_WEIGHTS])
        self._modules = self._adapted_modules()

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shapes of the base model."""
        return self._base.shapes

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Floats:
        """Rows `start` to `stop` of a tensor, including the adapter's update."""
        rows = self._base.read(name, start, stop)
        module = name.removesuffix(".weight")
        if module not in self._modules:
            return rows
        up = self._lora.read(f"{_PREFIX}{module}.lora_B.weight", start, stop)
        down = self._lora.read(f"{_PREFIX}{module}.lora_A.weight")
        result: Floats = rows + self._scale(module) * (up @ down)
        return result

    def _adapted_modules(self) -> frozenset[str]:
        path, modules = self._folder / ADAPTER_WEIGHTS, set()
        for name in self._lora.shapes:
            matched = re.fullmatch(rf"{re.escape(_PREFIX)}(.+)\.lora_[AB]\.weight", name)
            if matched is None:
                raise FileError(path, f"tensor {name!r} is not of a LoRA pair of a linear layer")
            modules.add(matched[1])
        for module in modules:
            self._check(path, module)
        return frozenset(modules)

    def _check(self, path: Path, module: str) -> None:
        base = self._base.shapes.get(f"{module}.weight")
        down = self._lora.shapes.get(f"{_PREFIX}{module}.lora_A.weight")
        up = self._lora.shapes.get(f"{_PREFIX}{module}.lora_B.weight")
        if down is None or up is None:
            raise FileError(path, f"{module} has only one half of its LoRA pair")
        if base is None or (up[0], down[1]) != base or up[1] != down[0]:
            raise FileError(path, f"an adapter of another model: {module} does not fit")

    def _scale(self, module: str) -> float:
        """alpha / rank, or alpha / √rank with rank-stabilised LoRA; patterns may override both."""
        rank = _by_pattern(self._config.get("rank_pattern"), module, self._config["r"])
        alpha = _by_pattern(self._config.get("alpha_pattern"), module, self._config["lora_alpha"])
        return float(alpha / (math.sqrt(rank) if self._config.get("use_rslora") else rank))


def _refuse_other_kinds(path: Path, config: Mapping[str, Any]) -> None:
    if config.get("peft_type") != "LORA":
        raise FileError(path, f"peft_type {config.get('peft_type')!r}, expected 'LORA'")
    for key in _REFUSED:
        if config.get(key):
            raise FileError(path, f"{key} is not supported (merge the adapter first)")
    if config.get("bias", "none") != "none" or config.get("modules_to_save"):
        raise FileError(path, "trained biases or whole modules are not supported (merge it first)")
    for key in ("r", "lora_alpha"):
        if not isinstance(config.get(key), int | float) or config[key] <= 0:
            raise FileError(path, f"{key} is {config.get(key)!r}, expected a positive number")


def _by_pattern(patterns: Mapping[str, float] | None, module: str, default: float) -> float:
    """The value of the first pattern that matches the end of a module's name, as in PEFT."""
    for pattern, value in (patterns or {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return value
    return default
