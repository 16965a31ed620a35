"""Band-stop filters: the minimum order when a pass edge may move towards the stop band.

A band-stop filter is geometrically symmetric about f0 = sqrt(f1·f2). If the stated frequencies are
not, moving one pass edge towards the stop band centres the filter better: the pass bands only grow,
and fewer resonators may suffice. `scipy.signal.cheb1ord` and `buttord` do the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import NamedTuple, TypeVar

from rf_synth.calls.bands import BANDSTOP
from rf_synth.calls.orders import (
    NEAR_CEILING,
    Orders,
    Requirement,
    Response,
    least_order,
    required_omega,
    required_omega_of,
)
from rf_synth.calls.passband import PassBand
from rf_synth.calls.selectivity import omega

Real = TypeVar("Real", float, Decimal)
_STEPS = 60
"""Bisections for the real-valued order: enough for double precision."""


class BandStop(NamedTuple):
    """Orders, the pass edges (at their stated level) that achieve them, and the resulting Ω."""

    orders: Orders
    passed: PassBand
    needed: list[Requirement]


@dataclass(slots=True, frozen=True)
class _Shift:
    """A lower edge that may move up from `edge`, a fixed upper edge; in Hz, or 1/Hz if mirrored."""

    response: Response
    stops: list[Decimal]
    levels: list[Decimal]
    edge: Decimal
    bound: Decimal


def least_bandstop(
    response: Response, points: Sequence[tuple[Decimal, Decimal]], passed: PassBand
) -> BandStop:
    """The minimum order for stop points (Hz, dB) over all positions of one pass edge."""
    needed = _requirements(points, passed)
    fixed = least_order(response, needed)
    f1, f2 = passed
    assert f1 is not None and f2 is not None
    if fixed.order == 1:
        return BandStop(fixed, passed, needed)
    stops, levels = [f for f, _ in points], [level for _, level in points]
    upper_decides = stops[fixed.decides] ** 2 > f1 * f2
    if upper_decides:
        shift = _Shift(response, stops, levels, f1, f2)
    else:  # 1/f turns the upper edge into the lower one
        shift = _Shift(response, [1 / f for f in stops], levels, 1 / f2, 1 / f1)
    moved = _least_moved(shift, fixed)
    if moved is None:
        return BandStop(fixed, passed, needed)
    order, n, x = moved
    passed = PassBand(x, f2) if upper_decides else PassBand(f1, 1 / x)
    needed = _requirements(points, passed)
    return BandStop(Orders(order, n, least_order(response, needed).decides), passed, needed)


def _requirements(points: Sequence[tuple[Decimal, Decimal]], passed: PassBand) -> list[Requirement]:
    return [Requirement.at(omega(BANDSTOP, passed, f), level) for f, level in points]


def _least_moved(shift: _Shift, fixed: Orders) -> tuple[int, float, Decimal] | None:
    """(order, n, lower edge) if moving the edge reduces the order, else None."""
    stops = [float(f) for f in shift.stops]
    omegas = [required_omega_of(shift.response, float(level)) for level in shift.levels]
    edge, bound = float(shift.edge), float(shift.bound)
    low, high = 0.0, fixed.n
    for _ in range(_STEPS):
        n = (low + high) / 2
        positions = [_positions(f, of(n), bound) for f, of in zip(stops, omegas, strict=True)]
        if max(edge, *(p[0] for p in positions)) <= min(p[1] for p in positions):
            high = n
        else:
            low = n
    least = max(1, ceil(high - NEAR_CEILING))
    for order in range(least, min(least + 2, fixed.order)):
        if (x := _edge_for(shift, order)) is not None:
            return order, high, x
    return None


def _edge_for(shift: _Shift, order: int) -> Decimal | None:
    """The centre of the edge positions at which `order` meets all points, or None."""
    from mpmath import mp

    with mp.workdps(60):
        needed = [
            Decimal(mp.nstr(required_omega(shift.response, level, order), 50))
            for level in shift.levels
        ]
    positions = [_positions(f, x, shift.bound) for f, x in zip(shift.stops, needed, strict=True)]
    low, high = max(shift.edge, *(p[0] for p in positions)), min(p[1] for p in positions)
    return (low + high) / 2 if low <= high else None


def _positions(f: Real, needed: Real, bound: Real) -> tuple[Real, Real]:
    """The range of lower edges x with f·(bound - x) >= needed·|x·bound - f²|."""
    if needed <= 1:
        return f - f, f
    ratio = 1 / needed
    least = f * (f - bound * ratio) / (bound - f * ratio)
    most = f * (f + bound * ratio) / (bound + f * ratio)
    return least, most
