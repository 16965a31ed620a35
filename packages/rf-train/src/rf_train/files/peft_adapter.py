"""A LoRA adapter on disk: which weight each of its tensors changes, and how.

Everything but plain, rank-stabilised (rsLoRA) and weight-decomposed (DoRA) adapters of linear
layers is refused by name: a merge that silently left something out would look like a success.
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

# Settings of peft's LoraConfig that a merge applies, or that do not concern it. Any other setting
# (modules_to_save, or one of a newer peft) would change what has to be computed.
_SUPPORTED_SETTINGS = frozenset(
    "peft_type task_type r lora_alpha rank_pattern alpha_pattern use_rslora use_dora bias "
    "init_lora_weights target_modules exclude_modules layers_to_transform layers_pattern "
    "base_model_name_or_path revision auto_mapping inference_mode lora_dropout peft_version "
    "loftq_config eva_config runtime_config megatron_core qalora_group_size "
    "ensure_weight_tying".split()
)
# Initialisations that also change the base weights: the adapter belongs to the changed weights.
_BASE_CHANGING = ("pissa", "olora", "loftq", "corda", "lora_ga")


@dataclass(frozen=True)
class Update:
    """The change of one weight W [out, in]: A (`down`) [r, in], B (`up`) [out, r], and the scale s.

    `magnitude` [out] exists with DoRA only.
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
    """An adapter folder: its updates by the name of the changed weight, and its config."""

    folder: Path
    updates: dict[str, Update]
    config: dict[str, Any]

    @property
    def base_name(self) -> str:
        """The base model in the adapter's config, or ""."""
        return str(self.config.get("base_model_name_or_path") or "")


def read_adapter(folder: Path) -> Adapter:
    """Reads names and shapes of a PEFT adapter, but no weights. Raises FileError."""
    path = folder / ADAPTER_NAME
    if not folder.is_dir():
        raise FileError(folder, "no such adapter folder")
    refuse_pickle(folder)
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


def refuse_pickle(folder: Path) -> None:
    """Raises FileError for an adapter folder that holds a pickle instead of safetensors."""
    pickle = folder / "adapter_model.bin"
    if pickle.is_file() and not (folder / ADAPTER_NAME).is_file():
        raise FileError(pickle, "is a pickle, only safetensors are read")


def peft_config(folder: Path) -> Any:
    """The config in an adapter folder as peft's own object. Raises FileError.

    Read by rf_jsonl: peft uses the locale's encoding and refuses a byte order mark.
    """
    from peft import PeftConfig

    path = folder / ADAPTER_CONFIG_NAME
    config = read_json(path)
    if not isinstance(config.get("peft_type"), str):
        raise FileError(path, 'has no "peft_type", expected what peft writes')
    config.pop("runtime_config", None)  # peft leaves it out too
    return PeftConfig.from_peft_type(**config)


def _check_config(path: Path, config: dict[str, Any]) -> None:
    if config.get("peft_type") != "LORA":
        raise FileError(path, f"peft_type {config.get('peft_type')!r}, only LORA can be merged")
    if config.get("bias", "none") != "none":
        raise FileError(path, f"bias: {config['bias']!r} trains biases too; that is not merged")
    for name, value in config.items():
        if value and name not in _SUPPORTED_SETTINGS:
            raise FileError(
                path, f"{name}: {value!r} changes what the adapter computes; not merged"
            )
    initial = config.get("init_lora_weights")
    if isinstance(initial, str) and initial.lower().startswith(_BASE_CHANGING):
        reason = f"{initial!r} changed the base weights too; convert it with peft"
        raise FileError(path, f"init_lora_weights: {reason}")


def _module_and_part(tensor: TensorLocation) -> tuple[str, str]:
    match = _NAME.fullmatch(tensor.name)
    if match is None or not tensor.name.startswith(_PREFIX):
        reason = "is not part of a LoRA layer and not merged"
        if "lora_embedding" in tensor.name:
            reason = "an adapter of an embedding is not merged"
        elif ".base_layer." in tensor.name:
            reason = "is a copy of base weights; save the adapter with save_embedding_layers=False"
        raise FileError(tensor.path, f"{tensor.name}: {reason}")
    return match["module"].removeprefix(_PREFIX), match["part"]


def _update(module: str, parts: dict[str, TensorLocation], config: dict[str, Any]) -> Update:
    """The update of one module from its tensors. Raises FileError where they are inconsistent."""
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
    """`r` or `lora_alpha` of a module, by peft's rank_pattern and alpha_pattern."""
    patterns = config.get("rank_pattern" if name == "r" else "alpha_pattern")
    for pattern, value in (patterns if isinstance(patterns, Mapping) else {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            return float(value)
    return float(config[name])


def check_fits(
    adapter: Adapter, model: dict[str, TensorLocation], base: Path, *, tied: bool
) -> None:
    """Raises FileError unless the base has a weight of the right shape for every update.

    `tied`: the base uses its input embedding as output head too.
    """
    for name, update in adapter.updates.items():
        trained_on = f" (trained on {adapter.base_name})" if adapter.base_name else ""
        if tied and name == "lm_head.weight":
            reason = "changes lm_head, which this base shares with the input embedding; not merged"
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
    """An update in memory (r (in + out) numbers), to be added to rows of its weight."""

    def __init__(self, update: Update, device: torch.device) -> None:
        self._down = update.down.rows().to(device, torch.float32)
        self._up = update.up.rows().to(device, torch.float32)
        self._scale = update.scale
        norm = update.magnitude
        self._norm = None if norm is None else norm.rows().to(device, torch.float32)

    def add_to(self, rows: torch.Tensor, first: int) -> None:
        """W + s B A in place, for the float32 rows of W [n, in] from row `first` on.

        With DoRA (https://arxiv.org/abs/2402.09353, eq. 5) each row then gets its trained norm.
        """
        span = slice(first, first + rows.shape[0])
        rows.addmm_(self._up[span], self._down, alpha=self._scale)
        if self._norm is not None:
            rows *= (self._norm[span] / torch.linalg.vector_norm(rows, dim=1)).unsqueeze(1)
