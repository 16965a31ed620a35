"""The minimum order that meets every stop-band requirement, and the attenuation of a given order.

Everything refers to the low-pass prototype: Ω is a stop frequency normalised to the stated pass
edge, K the ratio of the characteristic function at the stop frequency to that at the pass edge.

    Chebyshev, edge at the ripple        n = acosh K / acosh Ω
    Butterworth, loss L at the edge      n = ln K / ln Ω
    Chebyshev, edge at L dB              n·acosh(Ω·cosh(acosh κ / n)) = acosh K, κ being K at L

In the third, f_L / f_ripple = cosh(acosh κ / N) depends on N. The ceiling of the solution n is
still the smallest N that meets the requirement, since the left side increases with n.

Source: Matthaei, Young, Jones, "Microwave Filters, Impedance-Matching Networks, and Coupling
Structures" (1964), sections 4.13 and 11.09-11.10.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from math import asinh, ceil, cosh, exp, expm1, inf, log, log1p, sinh, sqrt
from typing import Any, NamedTuple

from rf_synth.calls.request import RippleStatement
from rf_synth.calls.ripple import ripple_power
from rf_synth.specs.minimum_order import LN10_10

NEAR_CEILING = 1e-6
"""If n is this close to an integer, `meets` decides with high precision."""
_SHORT = Context(prec=20)
"""Enough digits for a double; converting more of them is slower."""
_WHOLE = 40
"""Digits to which the required Ω must be met."""


@dataclass(slots=True)
class Response:
    """The attenuation law: its family and the loss at the stated pass edge.

    Attributes
    ----------
    family
        "chebyshev" or "butterworth".
        edge_db
            Loss at the stated pass edge, in dB.
    ripple_db
        Pass-band ripple of a Chebyshev filter, in dB; equal to `edge_db` if the stated edge is that
        of the ripple band.
    edge, ripple
        The statements that both are computed from, for exact arithmetic.
    at_ripple
        Whether the stated edges are those of the ripple band; always true for Butterworth.
    """

    family: str
    edge_db: float
    ripple_db: float
    edge: RippleStatement
    ripple: RippleStatement
    at_ripple: bool = field(init=False)

    def __post_init__(self) -> None:
        self.at_ripple = self.family == "butterworth" or self.edge is self.ripple


class Requirement(NamedTuple):
    """A minimum attenuation at Ω > 1, which is infinite where a filter of any order blocks.

    `omega` is exact; `excess` is Ω - 1 as a float, without cancellation.
    """

    omega: Decimal
    excess: float
    attenuation_db: Decimal

    @classmethod
    def at(cls, omega: Decimal, attenuation_db: Decimal) -> "Requirement":
        """The requirement of `attenuation_db` at Ω."""
        return cls(omega, float(_SHORT.subtract(omega, 1)), attenuation_db)


class Orders(NamedTuple):
    """The order, the real n whose ceiling it is, and the index of the deciding requirement."""

    order: int
    n: float
    decides: int


def least_order(response: Response, requirements: Sequence[Requirement]) -> Orders:
    """The minimum order that meets all requirements (at least one)."""
    order, most, decides = 1, -1.0, 0
    for i, requirement in enumerate(requirements):
        n = exact_n(response, requirement)
        if n > most:
            most, decides = n, i
        order = max(order, _ceiling(response, requirement, n))
    return Orders(order, max(most, 0.0), decides)


def _ceiling(response: Response, requirement: Requirement, n: float) -> int:
    nearest = round(n)
    if nearest < 1 or abs(n - nearest) > NEAR_CEILING * max(1.0, n / 100):
        return ceil(n)
    return nearest if meets(response, requirement, nearest) else nearest + 1


def exact_n(response: Response, requirement: Requirement) -> float:
    """The real-valued order at which a requirement is just met; 0 if any filter meets it."""
    excess = requirement.excess
    if excess == inf:
        return 0.0
    attenuation = float(requirement.attenuation_db)
    if response.family == "butterworth":
        return max(0.0, _growth_ln(response.edge_db, attenuation) / log1p(excess))
    growth = _growth_acosh(response.ripple_db, attenuation)
    if response.at_ripple:
        return growth / _acosh1p(excess)
    to_edge = _growth_acosh(response.ripple_db, response.edge_db)
    return _n_of_level_edge(growth, to_edge, excess)


def _n_of_level_edge(growth: float, to_edge: float, excess: float) -> float:
    """n from n·acosh(Ω·cosh(to_edge/n)) = growth, by bisection; 0 where growth <= to_edge."""
    if growth <= to_edge:
        return 0.0
    low, high = 0.0, growth / _acosh1p(excess)
    while high - low > 2e-15 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if middle * acosh_scaled(excess, to_edge / middle) < growth:
            low = middle
        else:
            high = middle
    return high


def acosh_scaled(excess: float, u: float) -> float:
    """acosh((1 + excess)·cosh u), without cancellation or overflow."""
    if u > 300:
        return u + log1p(excess)
    half = sinh(u / 2)
    return _acosh1p(excess * cosh(u) + 2 * half * half)


def _acosh1p(x: float) -> float:
    """acosh(1 + x), accurate for small x."""
    return log1p(x + sqrt(x * (x + 2)))


def _growth_squared_less_one(from_db: float, to_db: float) -> float:
    """K² - 1, K² = (10^(to/10) - 1) / (10^(from/10) - 1); negative if `to` is below `from`."""
    return exp(from_db * LN10_10) * expm1((to_db - from_db) * LN10_10) / expm1(from_db * LN10_10)


def _growth_acosh(from_db: float, to_db: float) -> float:
    """acosh K, 0 for K < 1."""
    return asinh(sqrt(max(0.0, _growth_squared_less_one(from_db, to_db))))


def _growth_ln(from_db: float, to_db: float) -> float:
    """ln K, negative if the attenuation is reached inside the pass band."""
    return log1p(_growth_squared_less_one(from_db, to_db)) / 2


def edge_ratio(response: Response, order: int) -> float:
    """The stated edge normalised to the ripple edge: 1 if they are the same."""
    if response.at_ripple:
        return 1.0
    return cosh(_growth_acosh(response.ripple_db, response.edge_db) / order)


def attenuation_db(response: Response, excess: float, order: int) -> float:
    """The attenuation in dB of a filter of `order` at Ω = 1 + excess."""
    return attenuations_db(response, excess, (order,))[0]


def attenuations_db(response: Response, excess: float, orders: Sequence[int]) -> list[float]:
    """The attenuations in dB of filters of `orders` at Ω = 1 + excess.

    Order 0, a through connection, has only the loss of the pass band.
    """
    if excess == inf:
        return [inf if order else response.ripple_db for order in orders]
    power = expm1(response.ripple_db * LN10_10)
    if response.family == "butterworth":
        step = log1p(excess)
        return [_loss(power, order * step, exponential=True) for order in orders]
    if response.at_ripple:
        step = _acosh1p(excess)
        return [_loss(power, order * step, exponential=False) for order in orders]
    to_edge = _growth_acosh(response.ripple_db, response.edge_db)
    return [
        _loss(power, order * acosh_scaled(excess, to_edge / order), exponential=False)
        if order
        else response.ripple_db
        for order in orders
    ]


def _loss(power: float, argument: float, *, exponential: bool) -> float:
    """10·lg(1 + power·e^(2·argument)) or 10·lg(1 + power·cosh²(argument))."""
    if argument > 300:
        ln_growth = argument if exponential else argument - log(2)
        return (log(power) + 2 * ln_growth) / LN10_10
    growth = exp(argument) if exponential else cosh(argument)
    return log1p(power * growth * growth) / LN10_10


# --- exact decisions ---------------------------------------------------------------------------


def meets(response: Response, requirement: Requirement, order: int) -> bool:
    """Whether `order` meets a requirement: decided with 60 digits, met if equal to 40 digits."""
    from mpmath import mp, mpf

    if not requirement.omega.is_finite():
        return True
    with mp.workdps(60):
        needed = required_omega(response, requirement.attenuation_db, order)
        return bool(mpf(str(requirement.omega)) >= needed * (1 - mpf(10) ** -_WHOLE))


def required_omega(response: Response, attenuation_db: Decimal, order: int) -> Any:
    """Ω at which `order` reaches the attenuation, an mpmath number in the current precision."""
    from mpmath import mp, mpf

    target = mp.expm1(mpf(str(attenuation_db)) / 10 * mp.log(10))
    if response.family == "butterworth":
        return (target / ripple_power(response.edge)) ** (mpf(1) / (2 * order))
    epsilon2 = ripple_power(response.ripple)
    stop = mp.cosh(mp.acosh(mp.sqrt(max(target / epsilon2, mpf(1)))) / order)
    if response.at_ripple:
        return stop
    return stop / mp.cosh(mp.acosh(mp.sqrt(ripple_power(response.edge) / epsilon2)) / order)


def required_omega_of(response: Response, attenuation_db: float) -> Callable[[float], float]:
    """A function from a real-valued order n to the Ω at which it reaches the attenuation."""
    if response.family == "butterworth":
        growth_ln = _growth_ln(response.edge_db, attenuation_db)
        return lambda n: _exp(growth_ln / n)
    growth = _growth_acosh(response.ripple_db, attenuation_db)
    if response.at_ripple:
        return lambda n: cosh(growth / n) if growth / n <= 300 else _exp(growth / n)
    to_edge = _growth_acosh(response.ripple_db, response.edge_db)

    def omega(n: float) -> float:
        stop, edge = growth / n, to_edge / n
        return cosh(stop) / cosh(edge) if stop <= 300 else _exp(stop - edge)

    return omega


def _exp(x: float) -> float:
    return exp(x) if x < 700 else inf
