"""Element values of the prototype ladder, g1 … gN and the load, for equal or unequal terminations.

The ladder has a source resistance of 1, Ω = 1 at the ripple edge, and starts with a shunt
capacitor or a series inductor. Source of the closed form for any ratio of terminations:
L. Weinberg and P. Slepian, "Takahasi's results on Tchebycheff and Butterworth ladder networks",
IRE Trans. Circuit Theory CT-7 (1960), pp. 88-101. With the natural terminations it reduces to that
in Matthaei, Young and Jones, Microwave Filters (1964), section 4.05.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from rf_design.errors import DesignError
from rf_design.prototype.characteristic import ripple_factor

MAX_ORDER = 100
_NATURAL = 1e-9
"""Relative tolerance within which a ratio of terminations counts as the natural one."""


@dataclass(frozen=True, slots=True)
class Prototype:
    """`g` holds g1 … gN; `g_load` is g(N+1): a resistance after a shunt part, else a conductance.

    `flat_loss_db` is the least loss in the pass band, which unequal terminations impose.
    """

    family: str
    ripple_db: float
    g: tuple[float, ...]
    g_load: float
    flat_loss_db: float = 0.0

    @property
    def order(self) -> int:
        """N."""
        return len(self.g)


def natural_load(family: str, order: int, ripple_db: float) -> float:
    """g(N+1) of the lossless match: coth²(β/4) for a Chebyshev of even order, otherwise 1."""
    if family == "butterworth" or order % 2:
        return 1.0
    epsilon = ripple_factor(ripple_db)
    return (epsilon + math.hypot(1, epsilon)) ** 2


@lru_cache(maxsize=4096)
def prototype(
    family: str, order: int, ripple_db: float, load_ratio: float | None = None
) -> Prototype:
    """Element values for terminations of the given ratio, or for the natural ones.

    `load_ratio` is g(N+1), the load as seen by the last element. Raises DesignError if no such
    ladder exists: at even N the ratio must be at least 1 (a Pi steps the resistance down, a Tee
    up), for a Chebyshev at least coth²(β/4).
    """
    if not 1 <= order <= MAX_ORDER:
        raise DesignError(
            f"order {order}: ladders are designed for orders 1 to {MAX_ORDER}",
            f"{order} 阶：梯形网络只设计 1 到 {MAX_ORDER} 阶",
        )
    natural = natural_load(family, order, ripple_db)
    ratio = natural if load_ratio is None else load_ratio
    if abs(ratio - natural) <= _NATURAL * natural:
        ratio, transmitted = natural, 1.0
    else:
        transmitted = _transmitted(family, order, ripple_db, ratio)
    g = _values(family, order, ripple_db, 1.0 - transmitted, ratio)
    return Prototype(family, ripple_db, g, ratio, abs(10 * math.log10(transmitted)))


def _transmitted(family: str, order: int, ripple_db: float, ratio: float) -> float:
    """A², the largest fraction of the available power that reaches the load."""
    at_dc = 4 * ratio / (1 + ratio) ** 2
    if order % 2:
        return at_dc
    least = natural_load(family, order, ripple_db)
    if ratio < least * (1 - _NATURAL):
        raise DesignError(
            f"a {family} ladder of order {order} with {ripple_db:g} dB ripple needs terminations "
            f"of at least {least:.4g}:1, not {ratio:.4g}:1",
            f"波纹 {ripple_db:g} dB 的 {order} 阶梯形网络，两端阻抗比至少要 {least:.4g}:1，"
            f"而不是 {ratio:.4g}:1",
        )
    if family == "butterworth":
        return at_dc
    return min(at_dc * (1 + ripple_factor(ripple_db) ** 2), 1.0)


def _values(
    family: str, order: int, ripple_db: float, reflected: float, ratio: float
) -> tuple[float, ...]:
    """g1 … gN; `reflected` is 1 - A².

    x and y are the radii (Butterworth) or minor semi-axes (Chebyshev) on which the poles of S21
    and the zeros of S11 lie. The sign of y selects the half-plane of the zeros: at odd N one sign
    gives a load above the source resistance, the other a load below it.
    """
    epsilon = ripple_factor(ripple_db)
    if family == "butterworth":
        x = epsilon ** (-1 / order)
        y = (reflected / epsilon**2) ** (1 / (2 * order))
    else:
        x = math.sinh(math.asinh(1 / epsilon) / order)
        y = math.sinh(math.asinh(math.sqrt(reflected) / epsilon) / order)
    if ratio > 1 and order % 2:
        y = -y
    angle = math.pi / (2 * order)
    g = [2 * math.sin(angle) / (x - y)]
    for k in range(1, order):
        bend = 0.0 if family == "butterworth" else math.sin(2 * k * angle) ** 2
        denominator = x * x + y * y - 2 * x * y * math.cos(2 * k * angle) + bend
        product = 4 * math.sin((2 * k - 1) * angle) * math.sin((2 * k + 1) * angle) / denominator
        g.append(product / g[-1])
    return tuple(g)
