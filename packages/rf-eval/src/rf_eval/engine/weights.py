"""Reads a model's weights from safetensors as float32, a few rows at a time.

Tensors have their Hugging Face names (`model.layers.0.self_attn.q_proj.weight`). Reading by rows
makes it possible to prepare a model larger than memory.
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
_MAX_HEADER_BYTES = 100_000_000  # limit of the format


class WeightReader(Protocol):
    """Named tensors, read by rows of their first dimension."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of each tensor."""
        ...

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Floats:
        """Rows `start` to `stop` of a tensor. Raises FileError if there is no such tensor."""
        ...


@dataclass(frozen=True)
class _Entry:
    """The location of a tensor: `offset` in bytes from the start of its file."""

    file: Path
    offset: int
    dtype: str
    shape: tuple[int, ...]


class SafetensorsReader:
    """The tensors of one or several safetensors files.

    They are read, not memory-mapped, since mapped pages would count as memory of this process.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._entries: dict[str, _Entry] = {}
        self._files = list(files)
        for file in self._files:
            self._entries |= _entries(file)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of each tensor."""
        return {name: entry.shape for name, entry in self._entries.items()}

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Floats:
        """Rows `start` to `stop` of a tensor as float32. Raises FileError."""
        entry = self._entries.get(name)
        if entry is None:
            raise FileError(self._files[0], f"no tensor {name!r}")
        first, last, _ = slice(start, stop).indices(entry.shape[0])
        shape = (max(0, last - first), *entry.shape[1:])
        dtype = np.dtype(_DTYPES[entry.dtype])
        begin = entry.offset + first * math.prod(entry.shape[1:]) * dtype.itemsize
        try:
            rows = np.fromfile(entry.file, dtype, math.prod(shape), offset=begin).reshape(shape)
        except OSError as error:
            raise FileError.from_os_error(entry.file, error) from None
        except ValueError:
            raise FileError(entry.file, f"is truncated: tensor {name!r} is not complete") from None
        if entry.dtype == "BF16":
            return (rows.astype(np.uint32) << 16).view(np.float32)
        return rows.astype(np.float32, copy=False)


def _entries(file: Path) -> dict[str, _Entry]:
    """The tensors of one file. Raises FileError if it is truncated or of another format."""
    try:
        size = file.stat().st_size
        with open(file, "rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if size < 8 or length > min(_MAX_HEADER_BYTES, size - 8):
                raise FileError(file, "is truncated or not a safetensors file")
            text = opened.read(length)
    except OSError as error:
        raise FileError.from_os_error(file, error) from None
    try:
        header = json.loads(text)
        header.pop("__metadata__", None)
        return {name: _entry(file, 8 + length, size, name, e) for name, e in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileError(file, "is not a safetensors file: its header cannot be read") from None


def _entry(file: Path, data: int, size: int, name: str, entry: Mapping[str, Any]) -> _Entry:
    dtype, shape = entry["dtype"], tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if dtype not in _DTYPES:
        raise FileError(file, f"tensor {name!r} has dtype {dtype}, expected {', '.join(_DTYPES)}")
    needed = np.dtype(_DTYPES[dtype]).itemsize * math.prod(shape)
    if data + end > size or end - begin != needed:
        raise FileError(file, f"is truncated: tensor {name!r} is not complete")
    return _Entry(file, data + begin, dtype, shape)
