"""Band-stop filters: the least order when a pass edge may lie closer to the stop band than it must.

A band-stop filter is symmetric about f0 = sqrt(f1·f2). Where the stated edges are not, moving one pass
edge towards the stop band centres the filter better; the pass bands only grow, and fewer resonators may
do. `scipy.signal.cheb1ord` and `buttord` move the edges likewise.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from rf_synth.calls.orders import (
    NEAR_CEILING,
    Orders,
    Requirement,
    Response,
    least_order,
    required_omega,
    required_omega_float,
)
from rf_synth.calls.stopband import StopPoint


class BandStop(NamedTuple):
    """Orders with the pass edges (at their stated level) that reach them."""

    orders: Orders
    f1: Decimal
    f2: Decimal


def omega(f: Decimal, f1: Decimal, f2: Decimal) -> Decimal:
    """Ω of a stop frequency between the pass edges; infinite at the centre."""
    distance = abs(f * f - f1 * f2)
    return f * (f2 - f1) / distance if distance else Decimal("Infinity")


def least_bandstop(
    response: Response, points: Sequence[StopPoint], f1: Decimal, f2: Decimal
) -> BandStop:
    """The least order over all positions of one pass edge between its limit and the stop band."""
    fixed = least_order(response, _requirements(points, f1, f2))
    if fixed.order == 1:
        return BandStop(fixed, f1, f2)
    upper_decides = points[fixed.decides].f ** 2 > f1 * f2
    if upper_decides:
        edge, bound, stops = f1, f2, [p.f for p in points]
    else:  # seen from above, 1/f turns the lower edge into the upper one
        edge, bound, stops = 1 / f2, 1 / f1, [1 / p.f for p in points]
    moved = _least_moved(response, points, stops, edge, bound, fixed)
    if moved is None:
        return BandStop(fixed, f1, f2)
    order, n, x = moved
    f1, f2 = (x, f2) if upper_decides else (f1, 1 / x)
    decides = least_order(response, _requirements(points, f1, f2)).decides
    return BandStop(Orders(order, n, decides), f1, f2)


def _requirements(points: Sequence[StopPoint], f1: Decimal, f2: Decimal) -> list[Requirement]:
    return [Requirement(omega(p.f, f1, f2), p.attenuation_db) for p in points]  # type: ignore[arg-type]


def _least_moved(
    response: Response,
    points: Sequence[StopPoint],
    stops: Sequence[Decimal],
    edge: Decimal,
    bound: Decimal,
    fixed: Orders,
) -> tuple[int, float, Decimal] | None:
    """(order, n, edge) with the lower edge moved up, where that saves resonators."""
    floats = [float(f) for f in stops]
    levels = [float(p.attenuation_db) for p in points]  # type: ignore[arg-type]
    low, high = 0.0, fixed.n
    for _ in range(60):
        middle = (low + high) / 2
        needed = [required_omega_float(response, level, middle) for level in levels]
        spans = [_span(f, x, float(bound)) for f, x in zip(floats, needed, strict=True)]
        if max(float(edge), *(s[0] for s in spans)) <= min(s[1] for s in spans):
            high = middle
        else:
            low = middle
    order = max(1, ceil(high - NEAR_CEILING))
    if order >= fixed.order:
        return None
    for candidate in (order, order + 1):
        if candidate < fixed.order and (
            x := _edge_for(response, points, stops, edge, bound, candidate)
        ):
            return candidate, high, x
    return None


def _edge_for(
    response: Response,
    points: Sequence[StopPoint],
    stops: Sequence[Decimal],
    edge: Decimal,
    bound: Decimal,
    order: int,
) -> Decimal | None:
    """The middle of the positions of the lower edge at which `order` meets all points; None if there are none."""
    from mpmath import mp

    with mp.workdps(60):
        needed = [
            Decimal(mp.nstr(required_omega(response, p.attenuation_db, order), 50)) for p in points
        ]  # type: ignore[arg-type]
    spans = [_span_exact(f, x, bound) for f, x in zip(stops, needed, strict=True)]
    low, high = max(edge, *(s[0] for s in spans)), min(s[1] for s in spans)
    return (low + high) / 2 if low <= high else None


def _span(f: float, needed: float, bound: float) -> tuple[float, float]:
    """Positions x of the lower edge with f·(bound - x) >= needed·|x·bound - f²|."""
    if needed <= 1:
        return 0.0, f
    ratio = 1 / needed
    return f * (f - bound * ratio) / (bound - f * ratio), f * (f + bound * ratio) / (
        bound + f * ratio
    )


def _span_exact(f: Decimal, needed: Decimal, bound: Decimal) -> tuple[Decimal, Decimal]:
    if needed <= 1:
        return Decimal(0), f
    ratio = 1 / needed
    return f * (f - bound * ratio) / (bound - f * ratio), f * (f + bound * ratio) / (
        bound + f * ratio
    )
