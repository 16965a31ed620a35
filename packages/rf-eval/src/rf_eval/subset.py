"""A stratified subset of a data set, determined by a seed and the same on every machine.

Of N records, a stratum (value of `meta.type`) of size k gets floor(n·k/N) places and at least one;
if n is less than the number of strata, the n largest get one each. The sum can be less than n, by
less than the number of strata. Rounding down follows the published study: n = 200 of its
1204 + 55 + 113 test samples gives 175 + 8 + 16 = 199.
Within a type the places are distributed to the bands by largest remainder. The records with the
smallest sha256 of "seed:id" are selected, so that a larger n includes the records of a smaller one.
"""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256

from rf_jsonl import Record


def subset(records: Sequence[Record], n: int, seed: int) -> list[Record]:
    """About `n` of the records (0 for all), in their order. Raises ValueError for n < 0."""
    if n < 0:
        raise ValueError(f"n = {n} is negative")
    if n == 0 or n >= len(records):
        return list(records)
    strata = _by(records, "type")
    sizes = {name: len(members) for name, members in strata.items()}
    chosen: set[str] = set()
    for name, places in allocate(sizes, n).items():
        bands = _by(strata[name], "band")
        shares = largest_remainder({band: len(of) for band, of in bands.items()}, places)
        for band, count in shares.items():
            ranked = sorted(bands[band], key=lambda record: _rank(seed, record["id"]))
            chosen.update(record["id"] for record in ranked[:count])
    return [record for record in records if record["id"] in chosen]


def allocate(sizes: dict[str, int], n: int) -> dict[str, int]:
    """floor(n·size/total) places per stratum, at least 1; if n is too small, the largest strata."""
    if n < len(sizes):
        chosen = sorted(sizes, key=lambda name: (-sizes[name], name))[:n]
        return {name: int(name in chosen) for name in sizes}
    total = sum(sizes.values())
    places = {name: max(1, n * size // total) for name, size in sizes.items()}
    while sum(places.values()) > n:  # because of the guaranteed places
        largest = max(places, key=lambda name: places[name])
        places[largest] -= 1
    return places


def largest_remainder(sizes: dict[str, int], n: int) -> dict[str, int]:
    """Exactly `n` places (at most all), proportional to the sizes; ties go to the first name."""
    total = sum(sizes.values())
    n = min(n, total)
    places = {name: n * size // total for name, size in sizes.items()}
    left = n - sum(places.values())
    by_remainder = sorted(sizes, key=lambda name: (-(n * sizes[name] % total), name))
    for name in by_remainder[:left]:
        places[name] += 1
    return places


def _by(records: Sequence[Record], name: str) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[str(record.get("meta", {}).get(name))].append(record)
    return dict(sorted(groups.items()))


def _rank(seed: int, name: str) -> str:
    return sha256(f"{seed}:{name}".encode()).hexdigest()
