"""The preferred-number series E12, E24 and E96 (IEC 60063)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_E24 = (
    1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0,
    3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1,
)  # fmt: skip

MANTISSAS: dict[int, tuple[float, ...]] = {
    12: _E24[::2],
    24: _E24,
    96: tuple(round(10 ** (i / 96), 2) for i in range(96)),
}
"""The values of the decade from 1 to below 10, by the number in the series' name."""


def values_at(series: int, index: Integers) -> Floats:
    """The values at these places of the series; place 0 is 1, place `series` is 10."""
    decade, place = np.divmod(index, series)
    mantissas = np.array(MANTISSAS[series])[place]
    # Dividing by a positive power of ten rounds once; multiplying by 1e-12 rounds twice.
    return np.where(decade < 0, mantissas / 10.0 ** -np.minimum(decade, 0),
                    mantissas * 10.0 ** np.maximum(decade, 0))  # fmt: skip


def nearest(series: int, values: Floats) -> Integers:
    """The places of the values nearest by ratio."""
    guess = np.floor(np.log10(values) * series).astype(np.int64)
    candidates = guess[..., None] + np.arange(-2, 4)
    distance = np.abs(np.log(values_at(series, candidates) / values[..., None]))
    chosen = np.take_along_axis(candidates, distance.argmin(-1)[..., None], -1)
    return np.asarray(chosen[..., 0])
