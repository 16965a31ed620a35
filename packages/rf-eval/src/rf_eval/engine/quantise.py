"""Quantises matrices and writes them to a file.

`int8`: symmetric, one scale per row. `int4`: symmetric, one scale per group of 128, 64 or 32
inputs, the largest that divides the width. `float32`: unchanged.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rf_eval.engine.weights import Floats, WeightReader

PRECISIONS = ("int8", "int4", "float32")
_GROUP_SIZES = (128, 64, 32)
_CHUNK_ELEMENTS = 1 << 23  # rows are read in chunks of at most 32 MB as float32


@dataclass(frozen=True)
class Region:
    """Location, dtype and shape of an array in the file."""

    offset: int
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class StoredMatrix:
    """A matrix of `shape` (rows, columns): its values and, if quantised, its scales.

    `int8` values have the matrix's shape, and scales (rows, 1). `int4` values are packed with the
    even column in the low half of a byte, and scales are (rows, groups, 1).
    """

    precision: str
    shape: tuple[int, int]
    values: Region
    scales: Region | None = None


class WeightFile:
    """A file to which arrays are appended; once it is complete, they are memory-mapped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = open(path, "xb")  # noqa: SIM115 - closed by `finish`

    def append(self, array: NDArray[Any]) -> Region:
        """Writes one array at an offset that is a multiple of 64 bytes. Raises OSError."""
        assert self._file is not None, "the file is finished"
        self._file.write(b"\0" * (-self._file.tell() % 64))
        region = Region(self._file.tell(), array.dtype.str, array.shape)
        self._file.write(np.ascontiguousarray(array).data)
        return region

    def append_rows(self, pieces: Iterator[NDArray[Any]], shape: tuple[int, ...]) -> Region:
        """Writes an array given as pieces of its rows. Raises OSError."""
        first = self.append(next(pieces))
        assert self._file is not None
        for piece in pieces:
            self._file.write(np.ascontiguousarray(piece).data)
        return Region(first.offset, first.dtype, shape)

    def finish(self) -> None:
        """Flushes and closes the file. Raises OSError."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def array(self, region: Region) -> NDArray[Any]:
        """The memory-mapped array of a region, copy-on-write since OpenVINO needs it writable."""
        return np.memmap(
            self.path, dtype=region.dtype, mode="c", offset=region.offset, shape=region.shape
        )


def store_matrix(
    reader: WeightReader, names: Sequence[str], precision: str, file: WeightFile
) -> StoredMatrix:
    """Quantises vertically stacked matrices of the same width, a few rows at a time.

    Raises FileError, OSError.
    """
    rows = sum(reader.shapes[name][0] for name in names)
    columns = reader.shapes[names[0]][1]
    pieces = (piece for name in names for piece in _pieces(reader, name))
    if precision == "float32":
        values = file.append_rows(pieces, (rows, columns))
        return StoredMatrix(precision, (rows, columns), values)
    group = next((size for size in _GROUP_SIZES if columns % size == 0), None)
    quantise: Callable[[Floats], tuple[NDArray[Any], Floats]] = _int8
    width = columns
    if precision == "int4" and group is not None:
        quantise, width = partial(_int4, group=group), columns // 2
    else:
        precision = "int8"
    scales: list[Floats] = []
    values = file.append_rows((_keep(scales, *quantise(piece)) for piece in pieces), (rows, width))
    return StoredMatrix(precision, (rows, columns), values, file.append(np.concatenate(scales)))


def _pieces(reader: WeightReader, name: str) -> Iterator[Floats]:
    rows, columns = reader.shapes[name]
    step = max(1, _CHUNK_ELEMENTS // columns)
    for piece in range(math.ceil(rows / step)):
        yield reader.read(name, piece * step, min(rows, (piece + 1) * step))


def _keep(scales: list[Floats], values: NDArray[Any], scale: Floats) -> NDArray[Any]:
    scales.append(scale)
    return values


def _int8(rows: Floats) -> tuple[NDArray[np.int8], Floats]:
    scale = _scale(np.abs(rows).max(axis=1, keepdims=True), 127)
    return np.rint(rows / scale).astype(np.int8), scale


def _int4(rows: Floats, group: int) -> tuple[NDArray[np.uint8], Floats]:
    """Values −7 … 7, stored with an offset of 8."""
    groups = rows.reshape(len(rows), -1, group)
    scale = _scale(np.abs(groups).max(axis=2, keepdims=True), 7)
    nibbles = (np.rint(groups / scale) + 8).astype(np.uint8)
    nibbles = nibbles.reshape(len(rows), -1)
    return nibbles[:, ::2] | nibbles[:, 1::2] << 4, scale


def _scale(largest: Floats, levels: int) -> Floats:
    """The scale of one quantisation step; 1 for rows of zeros, which stay zeros."""
    return np.where(largest > 0, largest / levels, 1).astype(np.float32)
