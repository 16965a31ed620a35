"""Reading a model's weights a few rows at a time, as float32, from safetensors.

A reader names tensors as Hugging Face does (`model.layers.0.self_attn.q_proj.weight`) and
yields rows, so that a model larger than the memory can be prepared.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from rf_jsonl import FileError

Floats = NDArray[np.float32]

_DTYPES: Mapping[str, Any] = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}
_MAX_HEADER_BYTES = 100_000_000  # the format's own limit


class WeightReader(Protocol):
    """Named tensors, read by rows of their first dimension."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of each tensor."""
        ...

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Floats:
        """Rows `start` to `stop` of a tensor. Raises FileError where there is no such tensor."""
        ...


@dataclass(frozen=True)
class _Entry:
    data: NDArray[Any]  # the stored numbers, mapped from the file; bfloat16 as its 16 bits
    bfloat16: bool


class SafetensorsReader:
    """The tensors of one or several safetensors files, mapped and not loaded."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._entries: dict[str, _Entry] = {}
        self._files = list(files)
        for file in self._files:
            self._entries |= _map_file(file)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of each tensor."""
        return {name: entry.data.shape for name, entry in self._entries.items()}

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Floats:
        """Rows `start` to `stop` of a tensor as float32. Raises FileError."""
        entry = self._entries.get(name)
        if entry is None:
            raise FileError(self._files[0], f"no tensor {name!r}")
        rows = entry.data[start:stop]
        if entry.bfloat16:
            return (rows.astype(np.uint32) << 16).view(np.float32)
        return rows.astype(np.float32)


def _map_file(file: Path) -> dict[str, _Entry]:
    """The tensors of one file. Raises FileError for a truncated or foreign one."""
    try:
        data = np.memmap(file, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "is empty"
        raise FileError(file, str(reason).lower()) from None
    length = int.from_bytes(data[:8].tobytes(), "little")
    if len(data) < 8 or length > min(_MAX_HEADER_BYTES, len(data) - 8):
        raise FileError(file, "is truncated or no safetensors file")
    try:
        header = json.loads(data[8 : 8 + length].tobytes())
        header.pop("__metadata__", None)
        return {name: _entry(file, data[8 + length :], name, e) for name, e in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileError(file, "is no safetensors file: its header cannot be read") from None


def _entry(file: Path, data: NDArray[np.uint8], name: str, entry: Mapping[str, Any]) -> _Entry:
    kind, shape = entry["dtype"], tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if kind not in _DTYPES:
        raise FileError(file, f"tensor {name!r} holds {kind}, expected {', '.join(_DTYPES)}")
    size = np.dtype(_DTYPES[kind]).itemsize * math.prod(shape)
    if end > len(data) or end - begin != size:
        raise FileError(file, f"is truncated: tensor {name!r} is not complete")
    # A view by bytes: offsets need not be aligned to the number's size.
    stored = np.frombuffer(data, dtype=_DTYPES[kind], count=math.prod(shape), offset=begin)
    return _Entry(stored.reshape(shape), kind == "BF16")
