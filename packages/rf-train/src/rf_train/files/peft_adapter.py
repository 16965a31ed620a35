"""A LoRA adapter on disk: which weight each of its tensors changes, and how.

What is not a plain, rank-stabilised or weight-decomposed (DoRA) adapter of linear layers is
refused by name: a merge that quietly left something out would look like a success.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError, read_json

from rf_train.files.names import ADAPTER_CONFIG_NAME, ADAPTER_NAME
from rf_train.files.safetensors_ranges import TensorLocation, read_header

_PREFIX = "base_model.model."
_NAME = re.compile(r"(?P<module>.+)\.(?P<part>lora_A|lora_B|lora_magnitude_vector)(\.weight)?")

# Settings of peft's LoraConfig that a merge heeds, or that do not concern it. What is not among
# them and set (to modules_to_save, say, or by a newer peft) would change what has to be computed.
_SUPPORTED_SETTINGS = frozenset(
    "peft_type task_type r lora_alpha rank_pattern alpha_pattern use_rslora use_dora bias "
    "init_lora_weights target_modules exclude_modules layers_to_transform layers_pattern "
    "base_model_name_or_path revision auto_mapping inference_mode lora_dropout peft_version "
    "loftq_config eva_config runtime_config megatron_core qalora_group_size "
    "ensure_weight_tying".split()
)
# Initialisations that also change the base weights: the adapter belongs to those, not to the base.
_BASE_CHANGING = ("pissa", "olora", "loftq", "corda", "lora_ga")


@dataclass(frozen=True)
class Update:
    """The change of one weight W [out, in]: A [r, in], B [out, r], and the scale s.

    `magnitude` [out] only with DoRA.
    """

    weight: str
    down: TensorLocation
    up: TensorLocation
    scale: float
    magnitude: TensorLocation | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """[out, in] of the weight that this changes."""
        return self.up.shape[0], self.down.shape[1]


@dataclass(frozen=True)
class Adapter:
    """An adapter folder: its updates by the name of the weight they change, and its config."""

    folder: Path
    updates: dict[str, Update]
    config: dict[str, Any]

    @property
    def base_name(self) -> str:
        """What the adapter says it was trained on, or ""."""
        return str(self.config.get("base_model_name_or_path") or "")


def read_adapter(folder: Path) -> Adapter:
    """Reads names and shapes of a PEFT adapter, no weights. Raises FileError."""
    path = folder / ADAPTER_NAME
    if not folder.is_dir():
        raise FileError(folder, "no such adapter folder")
    if not path.is_file() and (folder / "adapter_model.bin").is_file():
        raise FileError(folder / "adapter_model.bin", "is a pickle, only safetensors are read")
    if not path.is_file():
        raise FileError(path, "no such file (is the run finished? its checkpoints have one)")
    config = read_json(folder / ADAPTER_CONFIG_NAME)
    _check_config(folder / ADAPTER_CONFIG_NAME, config)
    parts: dict[str, dict[str, TensorLocation]] = {}
    for tensor in read_header(path):
        module, part = _module_and_part(tensor)
        parts.setdefault(module, {})[part] = tensor
    if not parts:
        raise FileError(path, "holds no tensors")
    updates = [_update(module, found, config) for module, found in parts.items()]
    return Adapter(folder, {update.weight: update for update in updates}, config)


def peft_config(folder: Path) -> Any:
    """The config of an adapter's folder as peft holds it. Raises FileError.

    Read by our rules: peft takes the encoding of the machine and knows no byte order mark.
    """
    from peft import PeftConfig

    path = folder / ADAPTER_CONFIG_NAME
    stated = read_json(path)
    if not isinstance(stated.get("peft_type"), str):
        raise FileError(path, 'has no "peft_type", expected what peft writes')
    stated.pop("runtime_config", None)  # peft leaves it out too
    return PeftConfig.from_peft_type(**stated)


def _check_config(path: Path, config: dict[str, Any]) -> None:
    if config.get("peft_type") != "LORA":
        raise FileError(path, f"peft_type {config.get('peft_type')!r}, only LORA can be merged")
    if config.get("bias", "none") != "none":
        raise FileError(path, f"bias: {config['bias']!r} trains biases too; that is not merged")
    for name, value in config.items():
        if value and name not in _SUPPORTED_SETTINGS:
            raise FileError(path, f"{name}: {value!r} changes what an adapter is; not merged")
    start = config.get("init_lora_weights")
    if isinstance(start, str) and start.lower().startswith(_BASE_CHANGING):
        raise FileError(
            path, f"init_lora_weights: {start!r} changed the base weights too; convert it with peft"
        )


def _module_and_part(tensor: TensorLocation) -> tuple[str, str]:
    match = _NAME.fullmatch(tensor.name)
    if match is None or not tensor.name.startswith(_PREFIX):
        reason = "is no part of a LoRA layer and not merged"
        if "lora_embedding" in tensor.name:
            reason = "an adapter of an embedding is not merged"
        elif ".base_layer." in tensor.name:
            reason = "a copy of base weights; save the adapter with save_embedding_layers=False"
        raise FileError(tensor.path, f"{tensor.name}: {reason}")
    return match["module"].removeprefix(_PREFIX), match["part"]


def _update(module: str, parts: dict[str, TensorLocation], config: dict[str, Any]) -> Update:
    """The update of one module from its tensors. Raises FileError where they do not fit."""
    path = next(iter(parts.values())).path
    down, up = parts.get("lora_A"), parts.get("lora_B")
    if down is None or up is None:
        raise FileError(path, f"{module}: lora_{'A' if down is None else 'B'} is missing")
    rank, alpha = _from_pattern(module, config, "r"), _from_pattern(module, config, "lora_alpha")
    if len(down.shape) != 2 or len(up.shape) != 2 or not down.shape[0] == up.shape[1] == rank:
        raise FileError(path, f"{module}: A {down.shape} and B {up.shape} are not of rank {rank}")
    magnitude = parts.get("lora_magnitude_vector")
    if (magnitude is not None) != bool(config.get("use_dora")):
        raise FileError(path, f"{module}: use_dora and the tensors disagree")
    scale = alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank
    return Update(f"{module}.weight", down, up, scale, magnitude)


def _from_pattern(module: str, config: dict[str, Any], name: str) -> float:
    """`r` or `lora_alpha` of a module, as peft's rank_pattern and alpha_pattern decide it."""
    patterns = config.get("rank_pattern" if name == "r" else "alpha_pattern")
    for pattern, value in (patterns if isinstance(patterns, Mapping) else {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return float(value)
    return float(config[name])


def check_fits(
    adapter: Adapter, model: dict[str, TensorLocation], base: Path, *, tied: bool
) -> None:
    """Every update must find its weight in the base, in its shape. Raises FileError.

    `tied`: the base uses its input embedding as output head too.
    """
    for name, update in adapter.updates.items():
        trained_on = f" (trained on {adapter.base_name})" if adapter.base_name else ""
        if tied and name == "lm_head.weight":
            reason = "changes lm_head, which here is the input embedding too; that is not merged"
            raise FileError(adapter.folder, reason)
        if name not in model:
            raise FileError(base, f"has no {name}, which the adapter changes{trained_on}")
        weight = model[name]
        if weight.shape != update.shape:
            found = f"{name} is {list(weight.shape)}, the adapter's {list(update.shape)}"
            raise FileError(base, f"not the adapter's base: {found}{trained_on}")
        if weight.dtype not in ("F32", "BF16", "F16"):
            raise FileError(weight.path, f"{name} is {weight.dtype}; merging needs a float weight")


class LoadedUpdate:
    """An update in memory, ready to be added to rows of its weight. Small: r (in + out) numbers."""

    def __init__(self, update: Update, device: torch.device) -> None:
        self._down = update.down.rows().to(device, torch.float32)
        self._up = update.up.rows().to(device, torch.float32)
        self._scale = update.scale
        length = update.magnitude
        self._length = None if length is None else length.rows().to(device, torch.float32)

    def add_to(self, rows: torch.Tensor, first: int) -> None:
        """W + s B A in place, for float32 rows `first`... of W, [n, in].

        With DoRA (https://arxiv.org/abs/2402.09353, eq. 5) each row then gets its trained length.
        """
        span = slice(first, first + rows.shape[0])
        rows.addmm_(self._up[span], self._down, alpha=self._scale)
        if self._length is not None:
            rows *= (self._length[span] / torch.linalg.vector_norm(rows, dim=1)).unsqueeze(1)
