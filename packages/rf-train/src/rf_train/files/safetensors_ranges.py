"""safetensors files read by byte range, so that no weight file is ever entirely in memory.

The format (https://huggingface.co/docs/safetensors): 8 bytes little-endian length N, N bytes of
JSON `{name: {dtype, shape, data_offsets}}`, then the tensors' bytes without gaps. Headers are
checked against the file's size before anything else happens. Plain reads instead of mapped ones:
mapped pages count as the process's memory.
"""

import errno
import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rf_jsonl import FileError, read_json

INDEX_NAME = "model.safetensors.index.json"
SINGLE_NAME = "model.safetensors"
FLOATS = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
# Why copy_file_range may decline although copying by hand works: other file systems, old kernels.
_NOT_OFFERED = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM)
_SAMPLE = 4096  # bytes of every tensor that tell one model from another
_LONGEST_HEADER = 100_000_000  # bytes; safetensors' own limit


@dataclass(frozen=True)
class TensorLocation:
    """Where a tensor lies: `length` bytes at `start` of `path`; `dtype` in safetensors' words."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    path: Path
    start: int
    length: int

    def rows(
        self, first: int = 0, last: int | None = None, buffer: bytearray | None = None
    ) -> torch.Tensor:
        """Rows `first` to `last` (all) as stored, [n, ...], in `buffer` if it is given.

        Only the float types that `FLOATS` names can be read. Raises FileError.
        """
        if self.dtype not in FLOATS:
            raise FileError(self.path, f"{self.name} is {self.dtype}, expected F32, BF16 or F16")
        count = self.shape[0] if self.shape else 1
        last = count if last is None else min(last, count)
        row = self.length // max(count, 1)
        size = (last - first) * row
        if not size:
            return torch.empty((0, *self.shape[1:]), dtype=FLOATS[self.dtype])
        buffer = bytearray(size) if buffer is None else buffer
        with open(self.path, "rb", buffering=0) as file:
            file.seek(self.start + first * row)
            _fill(file, memoryview(buffer)[:size], self)
        flat = torch.frombuffer(memoryview(buffer)[:size], dtype=FLOATS[self.dtype])
        return flat.view((last - first, *self.shape[1:]) if self.shape else ())


def row_blocks(shape: tuple[int, ...], elements: int = 1 << 21) -> Iterator[tuple[int, int]]:
    """(first, last) of consecutive row ranges of about `elements` elements each.

    All but the last are a multiple of 64 rows, so that blocks of 64 weights, which 4-bit codes
    share a scale in, are never cut.
    """
    width = max(1, math.prod(shape[1:]))
    step = max(64, elements // width // 64 * 64)
    for first in range(0, shape[0], step):
        yield first, min(first + step, shape[0])


def _fill(file: Any, view: memoryview, tensor: TensorLocation) -> None:
    while view:
        count = file.readinto(view)
        if not count:
            raise FileError(tensor.path, f"ends inside {tensor.name}: truncated")
        view = view[count:]


def read_header(path: Path) -> list[TensorLocation]:
    """The tensors of one safetensors file in the order of their bytes. Raises FileError.

    The file must hold exactly the bytes its header promises.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(size - 8, _LONGEST_HEADER):
                raise FileError(path, f"not a whole safetensors file ({size:,} bytes): truncated?")
            header = json.loads(file.read(length))
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        places = [_place(path, 8 + length, name, entry) for name, entry in entries.items()]
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileError(path, "not a safetensors file: its header cannot be read") from None
    places.sort(key=lambda place: (place.start, place.length))
    end = _end_without_gaps(path, places, 8 + length)
    if end != size:
        kind = "truncated" if size < end else "too long"
        raise FileError(path, f"{kind}: {size:,} bytes, its header says {end:,}")
    return places


def _place(path: Path, base: int, name: str, entry: dict[str, Any]) -> TensorLocation:
    first, last = entry["data_offsets"]
    shape = tuple(int(size) for size in entry["shape"])
    bits = _BITS[entry["dtype"]] * math.prod(shape)
    if (last - first) * 8 != bits or min(first, *shape, 0) < 0:
        raise ValueError(name)
    return TensorLocation(name, entry["dtype"], shape, path, base + first, last - first)


def _end_without_gaps(path: Path, places: list[TensorLocation], start: int) -> int:
    for place in places:
        if place.start != start:
            raise FileError(path, f"bytes before {place.name} belong to no tensor")
        start += place.length
    return start


def read_model(folder: Path) -> dict[str, TensorLocation]:
    """Every tensor of a model folder by name, file by file in the order of their bytes.

    Raises FileError for a missing or damaged file and where index and files disagree.
    """
    index = folder / INDEX_NAME
    if not index.is_file():
        return {place.name: place for place in read_header(_only_file(folder))}
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, Mapping) or not weight_map:
        raise FileError(index, "holds no weight_map")
    found: dict[str, TensorLocation] = {}
    for name in dict.fromkeys(sorted(map(str, weight_map.values()))):
        if not (folder / name).is_file():
            raise FileError(folder / name, f"no such file, but {INDEX_NAME} names it")
        for place in read_header(folder / name):
            if place.name in found:
                raise FileError(folder / name, f"holds {place.name}, and another file does too")
            found[place.name] = place
    for name, file in weight_map.items():
        if name not in found or found[name].path.name != file:
            raise FileError(folder / str(file), f"holds no {name}, but {INDEX_NAME} says so")
    return found


def fingerprint(tensors: Mapping[str, TensorLocation]) -> str:
    """sha256 of all names, types, shapes and first bytes, however they are divided into files.

    It tells a model from its fine-tuned kin in milliseconds; hashing it all would take minutes.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tensor.shape}\n".encode())
        with open(tensor.path, "rb") as file:
            file.seek(tensor.start)
            digest.update(file.read(min(_SAMPLE, tensor.length)))
    return digest.hexdigest()


def _only_file(folder: Path) -> Path:
    if not folder.is_dir():
        raise FileError(folder, "no such model folder")
    files = sorted(folder.glob("*.safetensors"))
    if (folder / SINGLE_NAME).is_file():
        return folder / SINGLE_NAME
    if len(files) == 1:
        return files[0]
    if files:
        raise FileError(folder, f"holds {len(files)} .safetensors files and no {INDEX_NAME}")
    pickles = sorted(p.name for kind in ("*.bin", "*.pt", "*.pth") for p in folder.glob(kind))
    reason = f"holds pickles ({pickles[0]}), only safetensors are read" if pickles else ""
    raise FileError(folder, reason or "holds no .safetensors weights")


def header_bytes(tensors: list[TensorLocation]) -> bytes:
    """The header of a file that holds these tensors one after the other."""
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    start = 0
    for tensor in tensors:
        entries[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [start, start + tensor.length],
        }
        start += tensor.length
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)  # tensors start on a multiple of 8
    return len(text).to_bytes(8, "little") + text


def copy_range(
    source: Any, start: int, length: int, target: Any, advance: Callable[[int], None]
) -> None:
    """Appends bytes of one open, unbuffered file to another, in the kernel where it can.

    `advance` receives the number of bytes as they are copied. Raises OSError; FileError where the
    source ends early.
    """
    while length:
        count = _copy_some(source, start, min(length, 1 << 26), target)
        if not count:
            raise FileError(source.name, "ended while it was copied: truncated")
        start, length = start + count, length - count
        advance(count)


def _copy_some(source: Any, start: int, length: int, target: Any) -> int:
    """Copies up to `length` bytes; returns how many."""
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source.fileno(), target.fileno(), length, start)
        except OSError as error:
            if error.errno not in _NOT_OFFERED:
                raise
    source.seek(start)
    piece = source.read(min(length, 1 << 24))
    write_all(target, piece)
    return len(piece)


def write_all(target: Any, data: Any) -> None:
    """Writes a buffer to an unbuffered file, which may take it in pieces."""
    view = memoryview(data).cast("B")
    while view:
        view = view[target.write(view) :]
