"""The files of a merged model: the division of tensors into them, and writing them in one pass.

Tensors keep the order of the base's files, so that everything between two changed ones is copied in
one piece.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from rf_jsonl import FileError, write_json

from rf_train.files.safetensors_ranges import (
    INDEX_NAME,
    SINGLE_NAME,
    TensorLocation,
    copy_range,
    header_bytes,
    write_all,
)
from rf_train.merge.weights import MergedWeights

Advance = Callable[[int], None]
_WRITERS = 2  # files at once: copying and adding use a core each, and one disk is enough for both


@dataclass(frozen=True)
class Shard:
    """One file to write."""

    name: str
    tensors: tuple[TensorLocation, ...]

    @property
    def length(self) -> int:
        """Bytes of its tensors, without the header."""
        return sum(tensor.length for tensor in self.tensors)


def plan_shards(model: Mapping[str, TensorLocation], limit: float) -> list[Shard]:
    """Divides the tensors, in their order, into files of at most `limit` bytes of weights.

    A larger tensor gets a separate file. Files are named as by `save_pretrained`.
    """
    groups: list[list[TensorLocation]] = [[]]
    filled = 0
    for tensor in model.values():
        if groups[-1] and filled + tensor.length > limit:
            groups.append([])
            filled = 0
        groups[-1].append(tensor)
        filled += tensor.length
    if len(groups) == 1:
        return [Shard(SINGLE_NAME, tuple(groups[0]))]
    return [
        Shard(f"model-{number:05}-of-{len(groups):05}.safetensors", tuple(tensors))
        for number, tensors in enumerate(groups, start=1)
    ]


def write_shards(
    folder: Path, shards: list[Shard], weights: MergedWeights, advance: Advance
) -> None:
    """Writes all files and the index into `folder`, synced to disk.

    `advance` receives the number of bytes of each piece written. Raises FileError.
    """
    writers = 1 if weights.trained_on is not None else _WRITERS
    progress = _Progress(advance)
    # A file is synced while the next one is computed.
    with (
        _limited_threads(weights),
        ThreadPoolExecutor(1) as syncing,
        ThreadPoolExecutor(writers) as writing,
    ):
        try:
            written = [writing.submit(_write, folder, shard, weights, progress) for shard in shards]
            synced = [syncing.submit(_sync, done.result()) for done in as_completed(written)]
        except BaseException:
            progress.stop()
            raise
        for done in synced:
            done.result()
    if len(shards) > 1:
        weight_map = {tensor.name: shard.name for shard in shards for tensor in shard.tensors}
        total = sum(shard.length for shard in shards)
        index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
        write_json(folder / INDEX_NAME, index)


@contextmanager
def _limited_threads(weights: MergedWeights) -> Iterator[None]:
    """Limits PyTorch to one thread where only the adapter has to be added.

    On a busy machine waiting for other threads took three quarters of the time. Quantising uses
    all threads, one file at a time.
    """
    before = torch.get_num_threads()
    if weights.trained_on is None:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Progress:
    """Sums the progress of several writers, and stops them all where one has failed."""

    def __init__(self, advance: Advance) -> None:
        self._advance, self._lock, self._stopped = advance, Lock(), False

    def stop(self) -> None:
        """Makes every writer fail at its next report."""
        self._stopped = True

    def __call__(self, count: int) -> None:
        """Counts bytes. Raises CancelledError once stopped."""
        if self._stopped:
            raise CancelledError
        with self._lock:
            self._advance(count)


def _write(folder: Path, shard: Shard, weights: MergedWeights, progress: _Progress) -> Path:
    path = folder / shard.name
    try:
        progress(0)
        _write_shard(path, shard, weights, progress)
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
    return path


def _write_shard(path: Path, shard: Shard, weights: MergedWeights, advance: Advance) -> None:
    with open(path, "xb", buffering=0) as target:
        write_all(target, header_bytes(list(shard.tensors)))
        for (changed, origin), group in groupby(
            shard.tensors, key=lambda tensor: (weights.changes(tensor.name), tensor.path)
        ):
            if changed:
                for tensor in group:
                    for block in weights.blocks(tensor):
                        write_all(target, block.view(torch.uint8).numpy())
                        advance(block.nbytes)
            else:
                _copy(list(group), origin, target, advance)


def _copy(tensors: list[TensorLocation], origin: Path, target: Any, advance: Advance) -> None:
    """Copies adjacent tensors in one piece; between them there are no gaps (see `read_header`)."""
    length = sum(tensor.length for tensor in tensors)
    with open(origin, "rb", buffering=0) as source:
        copy_range(source, tensors[0].start, length, target, advance)


def _sync(path: Path) -> None:
    try:
        with open(path, "rb+") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise FileError.from_os_error(path, error) from None
