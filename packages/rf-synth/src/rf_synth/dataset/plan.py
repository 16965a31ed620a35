"""The type, band and language of every record, from its index, with exact counts per split.

The counts of a split become a table of cells (type, band, language) whose marginal sums are exactly
the wanted counts. Records visit the places of that table along an affine map modulo its size: the
cell follows from the index alone, any run of records is mixed about like the whole, and a split
longer than the table repeats it.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, product
from math import gcd

TYPES = ("full", "followup_resolve", "followup_question")
LANGS = ("zh", "en", "mix")
REQUEST_TYPES = (*TYPES, "outside")
REQUEST_BANDS = ("lowpass", "highpass", "bandpass", "bandstop")
Cell = tuple[str, str, str]
"""(type, band, language)"""

_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Composition:
    """Wanted counts of one split; `bands` counts only records of type full and followup_resolve."""

    types: Mapping[str, int]
    bands: Mapping[str, int]
    langs: Mapping[str, int]

    @property
    def total(self) -> int:
        """Number of records."""
        return sum(self.types.values())

    def cells(self) -> dict["Cell", int]:
        """Counts of each (type, band, language); their marginal sums are exactly the wanted counts.

        Questions have bands in the same proportions as the other types.
        """
        rows = _type_by_band(self)
        english = apportion(self.langs["en"], [float(n) for n in rows.values()])
        rest = [n - taken for n, taken in zip(rows.values(), english, strict=True)]
        mixed = apportion(self.langs["mix"], [float(n) for n in rest])
        cells: dict[Cell, int] = {}
        for (kind, band), left, en, mix in zip(rows, rest, english, mixed, strict=True):
            cells[kind, band, "zh"], cells[kind, band, "en"] = left - mix, en
            cells[kind, band, "mix"] = mix
        return {cell: count for cell, count in cells.items() if count}


@dataclass(frozen=True)
class RequestComposition(Composition):
    """Wanted counts for the source `requests`: all types have bands in the same proportions."""

    def cells(self) -> dict["Cell", int]:
        """Counts of each (type, band, language): exact by type, nearly so by band and language."""
        pairs = list(product(self.bands, self.langs))
        weights = [float(self.bands[band] * self.langs[lang]) for band, lang in pairs]
        cells: dict[Cell, int] = {}
        for kind, total in self.types.items():
            for (band, lang), count in zip(pairs, apportion(total, weights), strict=True):
                cells[kind, band, lang] = count
        return {cell: count for cell, count in cells.items() if count}


def apportion(total: int, weights: list[float]) -> list[int]:
    """Integers that sum to `total`, in proportion to `weights` (largest-remainder method)."""
    whole = sum(weights)
    if total == 0 or whole == 0:
        return [0] * len(weights)
    quotas = [total * weight / whole for weight in weights]
    shares = [int(quota) for quota in quotas]
    by_rest = sorted(range(len(weights)), key=lambda i: (shares[i] - quotas[i], i))
    for index in by_rest[: total - sum(shares)]:
        shares[index] += 1
    return shares


class Plan:
    """The cell counts of one split, and the cell of each index."""

    def __init__(self, composition: Composition, offset: int) -> None:
        self.cells = composition.cells()
        self._names = list(self.cells)
        self._ends = list(accumulate(self.cells.values()))
        self.period = composition.total
        self._offset = offset % self.period
        self._stride = max(1, round(self.period * _GOLDEN))
        while gcd(self._stride, self.period) != 1:
            self._stride += 1

    def cell(self, index: int) -> Cell:
        """(type, band, language) of record `index`."""
        place = (self._offset + index * self._stride) % self.period
        return self._names[bisect_right(self._ends, place)]


def _type_by_band(composition: Composition) -> dict[tuple[str, str], int]:
    bands = list(composition.bands)
    wanted = [float(n) for n in composition.bands.values()]
    full = apportion(composition.types["full"], wanted)
    resolve = [int(n) - taken for n, taken in zip(wanted, full, strict=True)]
    weights = wanted if any(wanted) else [1.0] * len(bands)
    questions = apportion(composition.types["followup_question"], weights)
    rows: dict[tuple[str, str], int] = {}
    for kind, counts in zip(TYPES, (full, resolve, questions), strict=True):
        rows |= {(kind, band): count for band, count in zip(bands, counts, strict=True)}
    return rows
