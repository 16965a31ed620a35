"""An adapter at a lower rank: the best low-rank approximation of every weight's change.

The best approximation of a change s·B·A at a lower rank, by the sum of squared errors, is its
truncated singular value decomposition (Eckart and Young, Psychometrika 1, 1936). It is computed
without forming the product: two thin QR factorisations and the decomposition of an r x r core.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError, read_json, write_json

from rf_train.errors import TrainError
from rf_train.files.names import ADAPTER_CONFIG_NAME, ADAPTER_NAME, RUN_NAME
from rf_train.files.peft_adapter import Adapter, read_adapter
from rf_train.files.tensors import save_tensors
from rf_train.merge.folder import check_destination, copy_tokenizer_and_run, new_folder

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Factors:
    """A change as up [out, r] · down [r, in], and the `kept` share of its sum of squares."""

    down: torch.Tensor
    up: torch.Tensor
    kept: float


def factorise(down: torch.Tensor, up: torch.Tensor, scale: float, rank: int) -> Factors:
    """The nearest change of `rank` to scale · up [out, r] · down [r, in], computed in float64.

    Each factor gets the square roots of the singular values, so that training continues from a
    balanced start. A rank above that of the change is filled up with zeros.
    """
    up_basis, up_core = torch.linalg.qr(up.double())
    down_basis, down_core = torch.linalg.qr(down.double().T)
    left, values, right = torch.linalg.svd(scale * up_core @ down_core.T, full_matrices=False)
    total = float(values.square().sum())
    count = min(rank, len(values))
    roots = values[:count].sqrt()
    new_up = up.new_zeros((up.shape[0], rank), dtype=torch.float64)
    new_down = down.new_zeros((rank, down.shape[1]), dtype=torch.float64)
    new_up[:, :count] = up_basis @ left[:, :count] * roots
    new_down[:count] = roots[:, None] * right[:count] @ down_basis.T
    kept = min(1.0, float(values[:count].square().sum()) / total) if total else 1.0
    return Factors(new_down, new_up, kept)


def shrink(
    source: Path, out: Path, *, rank: int, dtype: str, force: bool, say: Callable[[str], None]
) -> dict[str, Any]:
    """Writes the adapter of `source` at a lower rank into the folder `out`; returns a record of it.

    The scale is multiplied into the factors (alpha = r). Raises FileError, TrainError.
    """
    adapter = read_adapter(source)
    largest = max(update.down.shape[0] for update in adapter.updates.values())
    if rank > largest:
        raise TrainError(f"--rank {rank}: the adapter's own is {largest}")
    if any(update.magnitude is not None for update in adapter.updates.values()):
        raise FileError(source / ADAPTER_CONFIG_NAME, "use_dora: magnitudes have no rank to lower")
    if source.resolve() in out.resolve().parents:
        raise FileError(out, f"is inside {source}, which is read; choose another folder")
    check_destination(out, [source], what="adapter", marks=(ADAPTER_CONFIG_NAME,), force=force)
    tensors, kept = _lower(adapter, rank, DTYPES[dtype])
    record = {
        "from_rank": largest,
        "rank": rank,
        "dtype": dtype,
        "kept_least": min(kept.values()),
        "kept_mean": math.fsum(kept.values()) / len(kept),
    }
    with new_folder(out, replace=True) as folder:
        save_tensors(folder / ADAPTER_NAME, tensors)
        write_json(folder / ADAPTER_CONFIG_NAME, _config(adapter.config, rank))
        copy_tokenizer_and_run(source, source, folder)
        if (folder / RUN_NAME).is_file():
            write_json(folder / RUN_NAME, read_json(folder / RUN_NAME) | {"shrunk": record})
    worst = min(kept, key=lambda name: kept[name])
    say(f"smallest share kept: {kept[worst]:.2%} of {worst}")
    return record | {"layers": len(kept), "bytes": (out / ADAPTER_NAME).stat().st_size}


def _lower(
    adapter: Adapter, rank: int, dtype: torch.dtype
) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    """The smaller adapter's tensors by peft's names, and the kept share of each weight's change."""
    tensors: dict[str, torch.Tensor] = {}
    kept: dict[str, float] = {}
    for name, update in adapter.updates.items():
        factors = factorise(update.down.rows(), update.up.rows(), update.scale, rank)
        tensors[update.down.name] = factors.down.to(dtype)
        tensors[update.up.name] = factors.up.to(dtype)
        kept[name] = factors.kept
    return tensors, kept


def _config(config: dict[str, Any], rank: int) -> dict[str, Any]:
    """peft's config of the smaller adapter: the same rank everywhere, and a scale of 1."""
    uniform = {"r": rank, "lora_alpha": rank, "use_rslora": False}
    return config | uniform | {"rank_pattern": {}, "alpha_pattern": {}}
