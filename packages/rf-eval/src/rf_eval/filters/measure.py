"""Measures simulated filters: the largest loss in the pass band, the smallest at the stop edges.

A filter meets its specification if the pass-band loss is at most the ripple and the loss at every
stop edge at least the target, both within `TOLERANCE` dB. Designs are measured in bulk, grouped by
band and order, and cached.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from rf_eval.filters.design import MAX_ORDER, Design
from rf_eval.filters.ladder import elements, insertion_loss, prototype

Floats = NDArray[np.float64]

TOLERANCE = 1e-6
"""dB: far above the rounding error of the chain matrix, far below what can be measured."""

PASS_POINTS = 33
"""Number of pass-band frequencies, including the edges and denser towards them."""

BESIDE = 1e-9
"""Relative distance at which a stop edge at a band-stop filter's centre is measured instead."""

CHUNK = 512
CACHE_SIZE = 200_000


@dataclass(frozen=True, slots=True)
class Measurement:
    """`ripple`: largest pass-band loss in dB; `attenuation`: smallest stop-edge loss in dB.

    `meets` says whether both meet the design's specification; `margin` is by how many dB the
    attenuation exceeds its target (negative if it falls short).
    """

    ripple: float
    attenuation: float
    margin: float
    meets: bool


_cache: dict[Design, Measurement] = {}


def measure(design: Design) -> Measurement:
    """Simulates one design, unless it is cached."""
    found = _cache.get(design)
    if found is None:
        measure_many([design])
        found = _cache[design]
    return found


def measure_many(designs: Iterable[Design]) -> None:
    """Simulates designs together, so that `measure` finds them in the cache."""
    if len(_cache) > CACHE_SIZE:
        _cache.clear()
    fresh = sorted({d for d in designs if d not in _cache}, key=_kind)
    for (band, order, family, _), group in groupby(fresh, key=_kind):
        members = list(group)
        for start in range(0, len(members), CHUNK):
            _measure_chunk(band, order, family, members[start : start + CHUNK])


def minimum_order(design: Design) -> int | None:
    """The smallest order whose simulated ladder meets the design's specification, or None."""
    low = high = 1
    while not measure(design.of_order(high)).meets:
        if high == MAX_ORDER:
            return None
        low, high = high + 1, min(2 * high, MAX_ORDER)
    orders = range(high + 1)
    return bisect_left(orders, True, low, key=lambda n: measure(design.of_order(n)).meets)


def response(design: Design, hertz: Floats) -> Floats:
    """Insertion loss in dB of one design at the frequencies `hertz`, shape (F,)."""
    r0 = np.array([design.r0])
    g, load = prototype(design.order, np.array([design.ripple]), design.family)
    henry, farad = elements(design.band, g, r0, np.array([design.pass_edges]))
    loss = insertion_loss(design.band, henry, farad, r0=r0, load=load, hertz=hertz[None, :])
    return np.asarray(loss[0])


def pass_frequencies(band: str, edges: Floats, points: int = PASS_POINTS) -> Floats:
    """Frequencies in Hz across the pass band, shape (B, points), including the exact edges."""
    u = np.cos(np.linspace(np.pi / 2, 0, points))  # from 0 to 1, denser towards 1
    if band == "lowpass":
        return np.asarray(edges[:, :1] * np.maximum(u, 1e-6))
    if band == "highpass":
        return np.asarray(edges[:, :1] / np.maximum(u, 1e-6))
    if band == "bandstop":  # both pass bands, each from its edge outwards
        half = np.maximum(u[points // 2 :], 1e-6)
        below, above = edges[:, :1] * half, edges[:, 1:2] / half
        return np.concatenate([below, above], axis=1)
    v = np.cos(np.linspace(np.pi, 0, points))
    low, high = edges[:, :1], edges[:, 1:2]
    grid = (low + high) / 2 + (high - low) / 2 * v
    grid[:, 0], grid[:, -1] = low[:, 0], high[:, 0]
    return np.asarray(grid)


def _kind(design: Design) -> tuple[str, int, str, int]:
    return design.band, design.order, design.family, len(design.stop_edges)


def _measure_chunk(band: str, order: int, family: str, designs: list[Design]) -> None:
    edges = np.array([d.pass_edges for d in designs])
    r0 = np.array([d.r0 for d in designs])
    ripple = np.array([d.ripple for d in designs])
    stops = np.array([d.stop_edges for d in designs])
    targets = np.array([d.targets for d in designs])
    if band == "bandstop":  # at the centre the ideal network has infinite loss
        centre = np.sqrt(edges[:, :1] * edges[:, 1:2])
        stops = np.where(np.abs(stops / centre - 1) < BESIDE, centre * (1 + BESIDE), stops)
    inside = pass_frequencies(band, edges)
    grid = np.concatenate([inside, stops], axis=1)
    with np.errstate(all="ignore"):  # absurd numbers give NaN, which meets no limit
        g, load = prototype(order, ripple, family)
        henry, farad = elements(band, g, r0, edges)
        loss = insertion_loss(band, henry, farad, r0=r0, load=load, hertz=grid)
    worst_pass = loss[:, : inside.shape[1]].max(axis=1)
    stopped = loss[:, inside.shape[1] :]
    # Without stop edges, for instance if an order is given, nothing is required.
    worst_stop = stopped.min(axis=1, initial=np.inf)
    margin = (stopped - targets).min(axis=1, initial=np.inf)
    meets = (worst_pass <= ripple + TOLERANCE) & (margin >= -TOLERANCE)
    margins = margin.tolist()
    rows = zip(
        designs, worst_pass.tolist(), worst_stop.tolist(), margins, meets.tolist(), strict=True
    )
    for design, *values in rows:
        _cache[design] = Measurement(*values)
