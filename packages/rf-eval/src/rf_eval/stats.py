"""Intervals and tests for proportions, means, medians and paired comparisons, with numpy only.

The functions name their sources. Levels are two-sided.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEW = 256
"""Up to this many distinct values, `bootstrap` draws their counts to resample a mean."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with its interval and the name of the method."""

    value: float
    low: float
    high: float
    method: str


def z_value(level: float = 0.95) -> float:
    """The standard normal quantile of a two-sided level. Raises ValueError outside (0, 1)."""
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval for a proportion (Wilson 1927, J. Am. Stat. Assoc. 22, 209).

    Raises ValueError unless 0 <= successes <= n and n > 0.
    """
    _check_counts(successes, n)
    z = z_value(level)
    p, zz = successes / n, z * z
    centre = (p + zz / (2 * n)) / (1 + zz / n)
    half = z / (1 + zz / n) * math.sqrt(p * (1 - p) / n + zz / (4 * n * n))
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(p, low, high, "wilson")


def bootstrap(
    values: ArrayLike,
    statistic: Callable[..., Floats] = np.mean,
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap of a statistic (Efron 1979, Ann. Stat. 7, 1).

    For means of at most `FEW` distinct values their counts are drawn, and for medians the order
    statistics: the same distributions at a fraction of the cost.

    Parameters
    ----------
    values : shape (n,), n > 0
    statistic : takes an array and `axis`
    level : two-sided level of the interval
    resamples : number of resamples
    seed : seed of the generator; the interval is the same on every machine

    Raises
    ------
    ValueError : `values` is empty or not one-dimensional
    """
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 1 or data.size == 0:
        raise ValueError("bootstrap needs one dimension and at least one value")
    point = float(statistic(data, axis=0))
    if data.min() == data.max():  # every resample is the same
        return Interval(point, point, point, "bootstrap-percentile")
    resampled = _resampled(data, statistic, resamples, np.random.default_rng(seed))
    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Interval(point, float(low), float(high), "bootstrap-percentile")


def _resampled(
    data: Floats, statistic: Callable[..., Floats], resamples: int, generator: np.random.Generator
) -> Floats:
    """The statistic of `resamples` resamples of `data`, shape (resamples,)."""
    if statistic is np.median:
        return _medians(data, resamples, generator)
    if statistic is np.mean:
        distinct, counts = np.unique(data, return_counts=True)
        if distinct.size <= FEW:
            drawn_counts = generator.multinomial(data.size, counts / data.size, size=resamples)
            return np.asarray(drawn_counts @ distinct / data.size)
    rows = max(1, min(resamples, 4_000_000 // data.size))
    drawn: list[Floats] = []
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        picks = generator.integers(0, data.size, size=(count, data.size))
        drawn.append(np.asarray(statistic(data[picks], axis=1)))
    return np.concatenate(drawn)


def mcnemar_exact(only_a: int, only_b: int, *, mid_p: bool = False) -> float:
    """Two-sided exact p-value of McNemar's test from the discordant counts; 1 if there are none.

    The binomial test of McNemar 1947 (Psychometrika 12, 153). The mid-p variant subtracts half of
    the probability of the observed split, which is less conservative (Fagerland et al. 2013, BMC
    Med. Res. Methodol. 13, 91).
    """
    n, k = only_a + only_b, min(only_a, only_b)
    if min(only_a, only_b) < 0:
        raise ValueError("discordant counts cannot be negative")
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, i) for i in range(k + 1))
    total = 1 << n
    if mid_p:
        return min(1.0, (2 * tail - math.comb(n, k)) / total)
    return min(1.0, 2 * tail / total)


def paired_se(differences: ArrayLike) -> float:
    """Standard error of a mean paired difference: sample standard deviation over sqrt(n).

    `differences` has shape (n,), n >= 2.
    """
    data = np.asarray(differences, dtype=np.float64)
    if data.size < 2:
        raise ValueError("a standard error needs at least two pairs")
    return float(np.std(data, ddof=1) / math.sqrt(data.size))


def paired_se_counts(both: int, only_a: int, only_b: int, neither: int) -> float:
    """`paired_se` for paired binary outcomes, from the four counts of their table."""
    n = both + only_a + only_b + neither
    if n < 2:
        raise ValueError("a standard error needs at least two pairs")
    spread = (only_a + only_b) - (only_a - only_b) ** 2 / n
    return math.sqrt(spread / (n - 1) / n)


def paired_proportions(
    both: int, only_a: int, only_b: int, neither: int, level: float = 0.95
) -> Interval:
    """Difference b - a of two paired proportions with the adjusted Wald interval.

    Bonett and Price 2012 (J. Educ. Behav. Stat. 37, 479): one is added to each discordant count, so
    that the interval keeps its coverage in small samples and has a width even if the two never
    disagree.

    Parameters
    ----------
    both, only_a, only_b, neither : counts of pairs in which both are right, only one, or neither
    level : two-sided level of the interval

    Raises
    ------
    ValueError : there are no pairs
    """
    n = both + only_a + only_b + neither
    if n < 1:
        raise ValueError("no pairs")
    p_b, p_a = (only_b + 1) / (n + 2), (only_a + 1) / (n + 2)
    half = z_value(level) * math.sqrt((p_a + p_b - (p_b - p_a) ** 2) / (n + 2))
    centre = p_b - p_a
    return Interval(
        (only_b - only_a) / n, max(-1.0, centre - half), min(1.0, centre + half), "bonett-price"
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the given order (Holm 1979, Scand. J. Stat. 6, 65)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def _check_counts(successes: int, n: int) -> None:
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}: expected 0 <= successes <= n, n >= 1")


def _medians(data: Floats, resamples: int, generator: np.random.Generator) -> Floats:
    """Medians of resamples without drawing the resamples, shape (resamples,); n >= 2.

    An index is drawn as floor(n·U) with U uniform, so the middle values of a resample have the
    indices of the middle order statistics of n uniforms: U(k) is Beta(k, n - k + 1), and the next
    one is the smallest of n - k uniforms on (U(k), 1) (David and Nagaraja, Order Statistics, 2003,
    sections 2.2 and 2.5).
    """
    ordered, n = np.sort(data), data.size
    k = (n + 1) // 2
    lower = generator.beta(k, n - k + 1, size=resamples)
    rest = 1.0 if n % 2 else generator.random(resamples) ** (1 / (n - k))
    upper = 1 - (1 - lower) * rest
    low, high = (np.minimum((u * n).astype(np.int64), n - 1) for u in (lower, upper))
    return np.asarray((ordered[low] + ordered[high]) / 2)
