"""Samples specifications: uniform in the order, on the printed grid, with n away from integers."""

from collections.abc import Iterable
from math import acosh, ceil, cosh, expm1, log10, sqrt

from rf_synth.errors import SynthError
from rf_synth.specs import grid
from rf_synth.specs.draws import Draws
from rf_synth.specs.minimum_order import LN10_10, Spec, bandpass_selectivity
from rf_synth.specs.ranges import Ranges
from rf_synth.specs.split_sectors import bandpass_sector, ladder_sector, sectors_of

Drawn = tuple[Spec, int, float]
"""(specification, order, n)"""
Reach = tuple[float, float, int, int]
"""(ripple in dB, 10^(ripple/10) - 1, minimum and maximum attenuation in units of 0.5 dB)"""

_TRIES = 20_000
_ROOM = 0.05
"""Minimum range of n below the order that ripple and attenuation must leave for Ω."""
_ALL_SECTORS = sectors_of("")
_NONE: tuple[Spec, float] = ({}, 0.0)
"""Rejected edges: an Ω outside of every range."""


class UnmeetableRanges(SynthError):
    """No specification lies within the ranges."""


class SpecSampler:
    """Samples specifications within `ranges`.

    The order is drawn first, so that all orders are about equally frequent; then ripple and
    attenuation that this order can reach within the allowed Ω, then n within the order. Ω follows
    from n, and the edges from Ω, rounded to the printed grid. Order and n are then recomputed from
    the rounded edges, and the sample is rejected if they do not fit.
    """

    def __init__(self, ranges: Ranges, ripples: Iterable[float] | None = None) -> None:
        self.ranges = ranges
        low, high = ranges.selectivity
        self._acosh_low, self._acosh_high = acosh(low), acosh(high)
        self._frequencies = grid.FrequencyGrid(*ranges.frequency)
        values = grid.ripple_values(*ranges.ripple_db) if ripples is None else list(ripples)
        orders = range(ranges.order[0], ranges.order[1] + 1)
        reach = {order: self._reachable(order, values) for order in orders}
        self._reach = {order: found for order, found in reach.items() if found}
        self.orders = sorted(self._reach)
        if not self.orders:
            raise UnmeetableRanges("ranges: no order can be reached within them")

    def draw(self, draws: Draws, band: str, sectors: frozenset[int] = _ALL_SECTORS) -> Drawn:
        """A specification of `band` with edges in one of `sectors`, its order and n.

        Raises UnmeetableRanges.
        """
        return self.draw_order(draws, band, draws.pick(self.orders), sectors)

    def draw_order(
        self, draws: Draws, band: str, order: int, sectors: frozenset[int] = _ALL_SECTORS
    ) -> Drawn:
        """As `draw`, for a given order."""
        edges = self._bandpass_edges if band == "bandpass" else self._ladder_edges
        least_omega, most_omega = self.ranges.selectivity
        least_margin, most_margin = self.ranges.margin
        reach = self._reach[order]
        for _ in range(_TRIES):
            ripple, ripple_power, low, high = draws.pick(reach)
            half = _half_decibel(draws, low, high)
            total = acosh(sqrt(expm1(half * (LN10_10 / 2)) / ripple_power))
            first = max(order - 1.0, total / self._acosh_high)
            n = first + draws.unit() * (min(order, total / self._acosh_low) - first)
            if n <= 0.0:
                continue
            spec, omega = edges(draws, band, cosh(total / n), sectors)
            if not least_omega <= omega <= most_omega:
                continue
            n = total / acosh(omega)
            if ceil(n) == order and least_margin < abs(n - round(n)) <= most_margin:
                spec["ripple_db"] = ripple
                spec["R0"] = self._impedance(draws)
                spec["La_target"] = half / 2 if half % 2 else half // 2
                return spec, order, n
        raise UnmeetableRanges(f"ranges: no {band} of order {order} found in {_TRIES:,} draws")

    def _reachable(self, order: int, ripples: list[float]) -> list[Reach]:
        """The ripples and ranges of attenuation for which `order` can be the minimum order."""
        least, most = self.ranges.attenuation_db
        margin = self.ranges.margin[0]
        lowest = (order - 1 + margin) * self._acosh_low
        highest = (order - max(margin, _ROOM)) * self._acosh_high
        reach = []
        for ripple in ripples:
            power = expm1(ripple * LN10_10)
            low = max(2 * least, _half_decibels(power, lowest))
            high = min(2 * most, _half_decibels(power, highest))
            if ceil(low) <= int(high):
                reach.append((grid.int_if_integral(ripple), power, ceil(low), int(high)))
        return reach

    def _impedance(self, draws: Draws) -> float:
        """An impedance in ohm: a share from the free range, else half the first usual value."""
        if draws.unit() < self.ranges.free_impedance_share:
            low, high = self.ranges.free_impedance
            return low + draws.below(high - low + 1)
        usual = self.ranges.impedance
        return usual[0] if draws.below(2) else draws.pick(usual)

    def _ladder_edges(
        self, draws: Draws, band: str, omega: float, sectors: frozenset[int]
    ) -> tuple[Spec, float]:
        """fc from its range, fs from Ω, rounded to three or four digits; with the resulting Ω."""
        fc = self._frequencies.draw(draws)
        fs = grid.round_to(fc * omega if band == "lowpass" else fc / omega, 4 - draws.below(2))
        if ladder_sector(fc, fs) not in sectors:
            return _NONE
        spec: Spec = {
            "filter_type": "chebyshev",
            "filter_band": band,
            "ripple_db": 0,
            "fc": fc,
            "fs": fs,
        }
        return spec, (fs / fc if band == "lowpass" else fc / fs)

    def _bandpass_edges(
        self, draws: Draws, band: str, omega: float, sectors: frozenset[int]
    ) -> tuple[Spec, float]:
        """Centre and bandwidth from their ranges, the harder edge from Ω, and the resulting Ω."""
        f_center = self._frequencies.draw(draws)
        low, high = self.ranges.relative_bandwidth
        bandwidth = grid.round_to(f_center * low * (high / low) ** draws.unit(), 3 - draws.below(2))
        lower, upper = _stop_edges(draws, f_center, bandwidth, omega)
        step = _edge_step(f_center, bandwidth)
        fs_lower, fs_upper = round(lower / step) * step, round(upper / step) * step
        if bandpass_sector(f_center, bandwidth, fs_lower, fs_upper) not in sectors:
            return _NONE
        if 4 * fs_lower < f_center or not low <= bandwidth / f_center <= high:
            return _NONE
        spec: Spec = {
            "filter_type": "chebyshev",
            "filter_band": band,
            "ripple_db": 0,
            "f_center": f_center,
            "bandwidth": bandwidth,
            "fs_lower": fs_lower,
            "fs_upper": fs_upper,
        }
        return spec, bandpass_selectivity(f_center, bandwidth, fs_lower, fs_upper)


def _half_decibel(draws: Draws, low: int, high: int) -> int:
    """Attenuation in units of 0.5 dB in [low, high]; four of five odd values are rounded up."""
    half = low + draws.below(high - low + 1)
    return half + 1 if half % 2 and half < high and draws.below(5) else half


def _half_decibels(ripple_power: float, total: float) -> float:
    """Attenuation in units of 0.5 dB for which acosh K is `total`."""
    return 20 * log10(1 + cosh(total) ** 2 * ripple_power)


def _stop_edges(draws: Draws, f_center: int, bandwidth: int, omega: float) -> tuple[float, float]:
    """The stop edges in Hz: equidistant from the centre, or one of them easier than Ω."""
    shape = draws.below(20)
    if shape < 9:  # at equal distances the upper edge is the harder one
        upper = _edge_at(f_center, bandwidth, omega)
        return 2 * f_center - upper, upper
    easier = omega * (1.0 + 0.5 * draws.unit())
    if shape % 2:
        omega, easier = easier, omega
    return _edge_at(f_center, bandwidth, -omega), _edge_at(f_center, bandwidth, easier)


def _edge_at(f_center: float, bandwidth: float, omega: float) -> float:
    """The frequency with the normalised frequency `omega`, negative on the lower side."""
    half = omega * bandwidth / 2
    f0_squared = f_center * f_center - bandwidth * bandwidth / 4
    return half + sqrt(half * half + f0_squared)


def _edge_step(f_center: int, bandwidth: int) -> int:
    """The grid of the stop edges in Hz: about 1 % of the bandwidth, but at most five digits."""
    finest: int = 10 ** (len(str(f_center)) - 5)
    wanted: int = 10 ** (len(str(bandwidth // 40)) - 1)
    return max(finest, wanted)
