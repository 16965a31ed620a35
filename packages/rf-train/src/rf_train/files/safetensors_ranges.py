"""safetensors files by byte range, so that no weight file is ever entirely in memory.

The format (https://huggingface.co/docs/safetensors): 8 bytes little-endian length N, N bytes of
JSON `{name: {dtype, shape, data_offsets}}`, then the tensors' bytes without gaps.
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
# Errors with which copy_file_range declines what an ordinary copy can do: other file systems, old
# kernels.
_NOT_SUPPORTED = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM)
_SAMPLE = 4096  # bytes of each tensor that go into a fingerprint


@dataclass(frozen=True)
class TensorLocation:
    """A tensor in a file: `length` bytes at `start` of `path`; `dtype` as safetensors names it."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    path: Path
    start: int
    length: int

    def rows(self, first: int = 0, last: int | None = None) -> torch.Tensor:
        """Rows `first` to `last` (default: all) as stored, [n, ...], mapped from the file.

        Raises FileError.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="pt") as file:
                whole = first == 0 and last is None
                rows: torch.Tensor = (
                    file.get_tensor(self.name) if whole else file.get_slice(self.name)[first:last]
                )
                return rows
        except (SafetensorError, OSError) as error:
            raise incomplete_file(self.path, error) from None


def row_blocks(shape: tuple[int, ...], elements: int = 1 << 21) -> Iterator[tuple[int, int]]:
    """(first, last) of consecutive row ranges of about `elements` elements each.

    All but the last are a multiple of 64 rows, so that the blocks of 64 weights that share a scale
    in 4-bit quantisation are never split.
    """
    width = max(1, math.prod(shape[1:]))
    step = max(64, elements // width // 64 * 64)
    for first in range(0, shape[0], step):
        yield first, min(first + step, shape[0])


def incomplete_file(path: Path, error: Exception) -> FileError:
    """The error for a file that the safetensors library refuses."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return FileError(path, "is not a UTF-8 name, which the safetensors library needs to read")
    reason = str(error).removeprefix("Error while deserializing header: ")
    return FileError(path, f"is truncated or not a safetensors file ({reason})")


def read_header(path: Path) -> list[TensorLocation]:
    """The tensors of one safetensors file in the order of their bytes.

    Raises FileError where the file does not hold exactly the bytes that its header describes.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with open(path, "rb") as file, safe_open(path, framework="pt"):  # which checks the header
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    except SafetensorError as error:
        raise incomplete_file(path, error) from None
    header.pop("__metadata__", None)
    found = []
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        shape = tuple(entry["shape"])
        found.append(
            TensorLocation(name, entry["dtype"], shape, path, 8 + length + first, last - first)
        )
    return sorted(found, key=lambda tensor: (tensor.start, tensor.length))


def read_model(folder: Path) -> dict[str, TensorLocation]:
    """Every tensor of a model folder by name, file by file in the order of their bytes.

    Raises FileError for a missing or damaged file, and where index and files disagree.
    """
    index = folder / INDEX_NAME
    if not index.is_file():
        return {tensor.name: tensor for tensor in read_header(_only_file(folder))}
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, Mapping) or not weight_map:
        raise FileError(index, "holds no weight_map")
    found: dict[str, TensorLocation] = {}
    for name in sorted({str(name) for name in weight_map.values()}):
        if not (folder / name).is_file():
            raise FileError(folder / name, f"no such file, but {INDEX_NAME} names it")
        for tensor in read_header(folder / name):
            if tensor.name in found:
                raise FileError(folder / name, f"holds {tensor.name}, as another file does")
            found[tensor.name] = tensor
    for name, file in weight_map.items():
        if name not in found or found[name].path.name != file:
            raise FileError(folder / str(file), f"holds no {name}, but {INDEX_NAME} says so")
    return found


def fingerprint(tensors: Mapping[str, TensorLocation]) -> str:
    """sha256 of all names, dtypes, shapes and first bytes, independent of the division into files.

    It distinguishes a model from a fine-tuned one in milliseconds; hashing all bytes takes minutes.
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
    require_safetensors(folder)
    files = sorted(folder.glob("*.safetensors"))
    if (folder / SINGLE_NAME).is_file():
        return folder / SINGLE_NAME
    if len(files) > 1:
        raise FileError(folder, f"holds {len(files)} .safetensors files and no {INDEX_NAME}")
    return files[0]


def require_safetensors(folder: Path) -> None:
    """Raises FileError for a model folder without safetensors, naming its pickle if it has one."""
    if any(folder.glob("*.safetensors")):
        return
    pickles = sorted(p.name for kind in ("*.bin", "*.pt", "*.pth") for p in folder.glob(kind))
    reason = f"holds pickles ({pickles[0]}), only safetensors are read" if pickles else ""
    raise FileError(folder, reason or "holds no .safetensors weights")


def header_bytes(tensors: list[TensorLocation]) -> bytes:
    """The header of a file that holds these tensors in this order."""
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
    """Appends bytes of one open, unbuffered file to another, inside the kernel where possible.

    `advance` receives the number of bytes of each piece copied. Raises OSError; FileError where the
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
            if error.errno not in _NOT_SUPPORTED:
                raise
    source.seek(start)
    piece = source.read(min(length, 1 << 24))
    write_all(target, piece)
    return len(piece)


def write_all(target: Any, data: Any) -> None:
    """Writes a buffer to an unbuffered file, which may accept only part of it per call."""
    view = memoryview(data).cast("B")
    while view:
        view = view[target.write(view) :]
