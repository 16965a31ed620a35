"""Partitions frequencies among the splits, so that no two splits can share a request.

The frequencies in a request are hashed to one of 61 sectors, and every split owns some of them.
Requests of two splits therefore differ in their numbers, for splits of any length and without
keeping track of earlier records.
"""

from collections.abc import Iterable, Mapping
from typing import Any

SECTORS = 61
_OWNERS = {
    "train": range(43),
    "val": range(43, 49),
    "test": range(49, 55),
    "test_ood": range(55, 61),
}
_WEIGHTS = {
    "fc": 7919, "fs": 104729,
    "f_center": 7919, "bandwidth": 104729, "fs_lower": 1299709, "fs_upper": 15485863,
}  # fmt: skip


def sector(spec: Mapping[str, Any], names: Iterable[str]) -> int:
    """The sector (0 to 60) of the frequencies among `names`, in integer kHz."""
    total: int = sum(_WEIGHTS[n] * (spec[n] // 1000) for n in names if n in _WEIGHTS)
    return total % SECTORS


def ladder_sector(fc: int, fs: int) -> int:
    """The sector of a low-pass or high-pass specification; edges in Hz."""
    return (7919 * (fc // 1000) + 104729 * (fs // 1000)) % SECTORS


def bandpass_sector(f_center: int, bandwidth: int, fs_lower: int, fs_upper: int) -> int:
    """The sector of a band-pass specification; frequencies in Hz."""
    return (
        7919 * (f_center // 1000)
        + 104729 * (bandwidth // 1000)
        + 1299709 * (fs_lower // 1000)
        + 15485863 * (fs_upper // 1000)
    ) % SECTORS


def sectors_of(split: str) -> frozenset[int]:
    """The sectors owned by a split; all of them for any other name."""
    return frozenset(_OWNERS.get(split, range(SECTORS)))
