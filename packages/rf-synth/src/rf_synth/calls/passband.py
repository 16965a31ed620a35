"""The pass band that a request states, in whatever way: edges, centre and width, per cent, Q."""

from decimal import Decimal
from typing import NamedTuple

from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS
from rf_synth.calls.hertz import show
from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import Request


class PassBand(NamedTuple):
    """Pass edges in Hz, at the level at which they are stated.

    A low-pass has `f2` only, a high-pass `f1` only. For a band-stop they are the inner edges of the two
    pass bands, between which the stop band lies.
    """

    f1: Decimal | None
    f2: Decimal | None

    @property
    def edge(self) -> Decimal:
        """The edge of a low-pass or high-pass."""
        return self.f2 if self.f1 is None else self.f1  # type: ignore[return-value]

    @property
    def center(self) -> Decimal:
        """The arithmetic centre of a band-pass or band-stop."""
        return (self.f1 + self.f2) / 2  # type: ignore[operator]


def infer_band(request: Request) -> str | None:
    """The band where it is not named but clear from the frequencies; None where it is not."""
    f1, f2 = request.f1, request.f2
    if f1 is not None and f1 == 0 and f2 is not None:
        return LOWPASS
    if f1 is not None and f2 is not None and not f2.is_finite():
        return HIGHPASS
    if _has_two_edges(request):
        return _bandpass_or_bandstop(request)
    edge = request.edge if request.edge is not None else (f2 if f2 is not None else f1)
    if edge is None:
        return BANDPASS if request.center is not None else None
    return _lowpass_or_highpass(request, edge)


def _has_two_edges(request: Request) -> bool:
    if request.f1 is not None and request.f2 is not None:
        return True
    return request.center is not None or request.relative_width is not None or request.q is not None


def _bandpass_or_bandstop(request: Request) -> str:
    """Band-stop where all stop frequencies lie between the pass edges, else band-pass."""
    try:
        edges = two_edges(request)
    except Declined:
        return BANDPASS
    if not isinstance(edges, PassBand) or edges.f1 is None or edges.f2 is None:
        return BANDPASS
    stops = [f for p in request.points.values() for f in (p.stop, p.to) if f is not None]
    inside = [edges.f1 < f < edges.f2 for f in stops]
    return BANDSTOP if inside and all(inside) else BANDPASS


def _lowpass_or_highpass(request: Request, edge: Decimal) -> str | None:
    sides = set()
    for point in request.points.values():
        if point.multiple is not None and not point.step and point.multiple != 1:
            sides.add(LOWPASS if point.multiple > 1 else HIGHPASS)
        for f in (point.stop, point.to):
            if f is None or not f:
                continue
            if f == edge:
                raise no_transition(f, request)
            sides.add(LOWPASS if f > edge else HIGHPASS)
    return sides.pop() if len(sides) == 1 else None


def no_transition(f: Decimal, request: Request) -> Declined:
    """A stop frequency that is a pass edge as well."""
    return Declined(
        "impossible",
        f"The stop frequency {show(f, request)} is the edge of the pass band: no finite order falls from pass "
        "to stop at one frequency.",
        f"阻带频率 {show(f, request)} 就是通带边缘，有限阶数不可能在同一频率既通过又衰减。",
    )


def pass_band(request: Request, band: str) -> PassBand | list[str]:
    """The pass band, or the published keys of what is missing from it. Raises Declined."""
    if band in (LOWPASS, HIGHPASS):
        return _one_edge(request, band)
    found = two_edges(request)
    if isinstance(found, PassBand):
        _check_two_edges(found)
    return found


def _one_edge(request: Request, band: str) -> PassBand | list[str]:
    named = "low-pass" if band == LOWPASS else "high-pass"
    named_zh = "低通" if band == LOWPASS else "高通"
    first, second = (request.f2, request.f1) if band == LOWPASS else (request.f1, request.f2)
    other = first if first is not None and first and first.is_finite() else second
    edge = request.edge if request.edge is not None else other
    if request.center is not None and (edge is not None or request.width is not None):
        raise Declined(
            "contradiction",
            f"A {named} filter has one pass edge, but a centre frequency of {show(request.center, request)} is given.",
            f"{named_zh}滤波器只有一个通带边缘，却给出了中心频率 {show(request.center, request)}。",
        )
    if edge is None and band == LOWPASS:
        edge = request.width
    if edge is None:
        return ["fc"]
    if (
        request.edge is not None
        and first is not None
        and first not in (0, request.edge)
        and first.is_finite()
    ):
        raise Declined(
            "contradiction",
            f"Two pass edges are given for one {named} filter: {show(request.edge, request)} and {show(first, request)}.",
            f"{named_zh}滤波器给出了两个不同的通带边缘：{show(request.edge, request)} 和 {show(first, request)}。",
        )
    if not edge or not edge.is_finite():
        raise Declined(
            "impossible",
            f"A pass edge of {show(edge, request)} is impossible; it must be above 0 Hz.",
            f"通带边缘 {show(edge, request)} 不可能实现，必须大于 0 Hz。",
        )
    return PassBand(None, edge) if band == LOWPASS else PassBand(edge, None)


def two_edges(request: Request) -> PassBand | list[str]:
    """Both edges of a band-pass or band-stop, or ["f_center"], ["bandwidth"] or both."""
    f1, f2, center = request.f1, request.f2, request.center
    if f1 is not None and f2 is not None:
        if f1 > f2:
            f1, f2 = f2, f1
        if f2.is_finite():
            _check_agreement(request, f1, f2)
        return PassBand(f1, f2)
    if request.edge is not None and (f1 is None) != (f2 is None):  # one edge under another name
        low, high = sorted((request.edge, f1 if f1 is not None else f2))  # type: ignore[type-var]
        return PassBand(low, high)
    if center is not None:
        if f1 is not None:
            return PassBand(f1, 2 * center - f1)
        if f2 is not None:
            return PassBand(2 * center - f2, f2)
        width = _width(request, center)
        return ["bandwidth"] if width is None else PassBand(center - width / 2, center + width / 2)
    if request.width is not None and f1 is not None:
        return PassBand(f1, f1 + request.width)
    if request.width is not None and f2 is not None:
        return PassBand(f2 - request.width, f2)
    has_width = not (request.width is None and request.relative_width is None and request.q is None)
    return ["f_center"] if has_width else ["f_center", "bandwidth"]


def _width(request: Request, center: Decimal) -> Decimal | None:
    """The width, by its strongest statement; others must agree with it."""
    widths = []
    if request.width is not None:
        widths.append((request.width, _step(request.width)))
    if request.relative_width is not None:
        widths.append((request.relative_width * center, _step(request.relative_width) * center))
    if request.q is not None and request.q:
        widths.append((center / request.q, center / request.q * _step(request.q) / request.q))
    if not widths:
        return None
    width, step = widths[0]
    for other, its_step in widths[1:]:
        if abs(other - width) > step + its_step + width / 1000:
            raise Declined(
                "contradiction",
                f"The bandwidth is given twice and differs: {show(width, request)} and {show(other, request)}.",
                f"带宽给出了两次且不一致：{show(width, request)} 和 {show(other, request)}。",
            )
    return width


def _check_agreement(request: Request, f1: Decimal, f2: Decimal) -> None:
    """Centre and width, where given beside the edges, must agree with them as far as they are printed."""
    center, middle = request.center, (f1 + f2) / 2
    slack = _step(f1) + _step(f2)
    if center is not None:
        allowed = (_step(center) + slack) / 2 + middle / 100_000
        geometric = (f1 * f2).sqrt()
        if min(abs(center - middle), abs(center - geometric)) > allowed:
            raise Declined(
                "contradiction",
                f"The pass band {show(f1, request)} to {show(f2, request)} has its centre at {show(middle, request)}, "
                f"not at {show(center, request)}.",
                f"通带 {show(f1, request)} 至 {show(f2, request)} 的中心是 {show(middle, request)}，而不是 {show(center, request)}。",
            )
    width = _width(request, center if center is not None else middle)
    if width is None:
        return
    rough = _step(width) if request.width is not None else width / 20
    if abs(width - (f2 - f1)) > rough + slack + (f2 - f1) / 1000:
        raise Declined(
            "contradiction",
            f"The pass band {show(f1, request)} to {show(f2, request)} is {show(f2 - f1, request)} wide, not "
            f"{show(width, request)}.",
            f"通带 {show(f1, request)} 至 {show(f2, request)} 的宽度是 {show(f2 - f1, request)}，而不是 {show(width, request)}。",
        )


def _step(value: Decimal) -> Decimal:
    """One unit of the last printed digit."""
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(0)


def _check_two_edges(band: PassBand) -> None:
    f1, f2 = band
    if f1 is None or f2 is None:
        return
    if not f2.is_finite():
        raise Declined(
            "impossible", "The upper pass edge must be finite.", "通带上边缘必须是有限值。"
        )
    if f1 == f2:
        raise Declined(
            "impossible",
            f"The pass band has no width: both edges are {show(f1)}.",
            f"通带宽度为零：两个边缘都是 {show(f1)}。",
        )
    if f1 <= 0:
        raise Declined(
            "impossible",
            f"A bandwidth of {show(f2 - f1)} around {show(band.center)} would reach below 0 Hz; it must be less "
            "than twice the centre frequency.",
            f"以 {show(band.center)} 为中心、宽 {show(f2 - f1)} 的通带会低于 0 Hz，带宽必须小于中心频率的两倍。",
        )
