"""Who is what: exact counts for every split, and from a record's index its type, band, language.

The counts of a split are turned into a table of cells (type, band, language) whose margins are the
wanted counts exactly. An affine map walks through the places of that table, so that any stretch of
records is mixed about as the whole is, the index alone tells the cell, and a run that is longer
than the table begins the table anew.
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
    """Wanted counts of one split. `bands` counts full and resolve; questions share alike."""

    types: Mapping[str, int]
    bands: Mapping[str, int]
    langs: Mapping[str, int]

    @property
    def total(self) -> int:
        """Number of records."""
        return sum(self.types.values())

    def cells(self) -> dict["Cell", int]:
        """Counts of (type, band, language) whose sums are those of the composition exactly."""
        return _cells(self)


@dataclass(frozen=True)
class RequestComposition(Composition):
    """The same for requests as people write them: every type has the same shares of bands."""

    def cells(self) -> dict["Cell", int]:
        """Counts of (type, band, language); those of each type are exact, the rest nearly."""
        pairs = list(product(self.bands, self.langs))
        weights = [float(self.bands[band] * self.langs[lang]) for band, lang in pairs]
        cells: dict[Cell, int] = {}
        for kind, total in self.types.items():
            for (band, lang), count in zip(pairs, apportion(total, weights), strict=True):
                cells[kind, band, lang] = count
        return {cell: count for cell, count in cells.items() if count}


def apportion(total: int, weights: list[float]) -> list[int]:
    """Whole shares of `total` in proportion to `weights` (largest remainders), summing to it."""
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
    """The cells of one split, and the cell of each index."""

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


def _cells(composition: Composition) -> dict[Cell, int]:
    """Counts of (type, band, language) whose sums are those of the composition exactly."""
    rows = _type_by_band(composition)
    english = apportion(composition.langs["en"], [float(n) for n in rows.values()])
    rest = [n - taken for n, taken in zip(rows.values(), english, strict=True)]
    mixed = apportion(composition.langs["mix"], [float(n) for n in rest])
    cells: dict[Cell, int] = {}
    for (kind, band), left, en, mix in zip(rows, rest, english, mixed, strict=True):
        cells |= {(kind, band, "zh"): left - mix, (kind, band, "en"): en, (kind, band, "mix"): mix}
    return {cell: count for cell, count in cells.items() if count}


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
