"""The pass band of a request, stated by edges, centre and width, fractional bandwidth or Q."""

from decimal import Decimal
from typing import NamedTuple

from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS, NAMES
from rf_synth.calls.hertz import show
from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import Request


class PassBand(NamedTuple):
    """Pass edges in Hz, at the level at which they are stated.

    A low-pass has only `f2`, a high-pass only `f1`. For a band-stop they are the inner edges of the
    two pass bands.
    """

    f1: Decimal | None
    f2: Decimal | None

    @property
    def edge(self) -> Decimal:
        """The edge of a low-pass or high-pass."""
        edge = self.f2 if self.f1 is None else self.f1
        assert edge is not None
        return edge

    @property
    def center(self) -> Decimal:
        """The arithmetic centre of a band-pass or band-stop."""
        assert self.f1 is not None and self.f2 is not None
        return (self.f1 + self.f2) / 2


# --- which band --------------------------------------------------------------------------------


def infer_band(request: Request) -> str | None:
    """The band of a request that does not name it, if the frequencies determine it, else None."""
    f1, f2 = request.f1, request.f2
    if f1 is not None and f2 is not None:
        if not f1:
            return LOWPASS
        return _bandpass_or_bandstop(request) if f2.is_finite() else HIGHPASS
    if any(value is not None for value in (request.center, request.relative_width, request.q)):
        return _bandpass_or_bandstop(request)
    edge = next((f for f in (request.edge, f2, f1) if f is not None), None)
    if request.width is not None:
        return BANDPASS if request.edge is None else None
    if edge is None:
        return None
    return _lowpass_or_highpass(request, edge)


def _bandpass_or_bandstop(request: Request) -> str:
    """Band-stop if a stop range lies between the pass edges, else band-pass.

    A single stop frequency inside is more likely a mistake than a band-stop.
    """
    points = request.points.values()
    stops = [f for p in points if p.to is not None for f in (p.stop, p.to) if f is not None]
    if len(stops) < 2:
        stops = [p.stop for p in points if p.to is None and p.stop is not None]
    if len(stops) < 2:
        return BANDPASS
    try:
        edges = _two_edges(request)
    except Declined:
        return BANDPASS
    if not isinstance(edges, PassBand) or edges.f1 is None or edges.f2 is None:
        return BANDPASS
    f1, f2 = edges.f1, edges.f2
    return BANDSTOP if all(f1 < f < f2 for f in stops) else BANDPASS


def _lowpass_or_highpass(request: Request, edge: Decimal) -> str | None:
    """The band by the side of the stop frequencies; None without any or with both sides."""
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
    """The error for a stop frequency that equals a pass edge."""
    return Declined(
        "impossible",
        f"The stop frequency {show(f, request)} is the edge of the pass band: no filter of finite "
        "order passes and stops at the same frequency.",
        f"阻带频率 {show(f, request)} 就是通带边缘，任何有限阶数都不可能在同一频率既通过又抑制。",
    )


# --- its edges ---------------------------------------------------------------------------------


def pass_band(request: Request, band: str) -> PassBand | list[str]:
    """The pass band, or the published keys that are missing for it. Raises Declined."""
    if band in (LOWPASS, HIGHPASS):
        return _one_edge(request, band)
    if request.center is not None and not request.center:
        raise Declined(
            "impossible", "A centre frequency of 0 Hz is impossible.", "中心频率不能为 0 Hz。"
        )
    found = _two_edges(request)
    if isinstance(found, PassBand):
        _check_two_edges(found, request)
    return found


def _one_edge(request: Request, band: str) -> PassBand | list[str]:
    """If a pass range is stated, f2 is the edge of a low-pass and f1 that of a high-pass."""
    first, second = (request.f2, request.f1) if band == LOWPASS else (request.f1, request.f2)
    from_range = first if first is not None and first and first.is_finite() else second
    edge = request.edge if request.edge is not None else from_range
    if request.center is not None and (edge is not None or request.width is not None):
        raise _has_no_center(request, band)
    if edge is None and band == LOWPASS:
        edge = request.width  # the bandwidth of a low-pass is its edge
    if edge is None:
        return ["fc"]
    if request.edge is not None and first and first.is_finite() and first != request.edge:
        raise _two_for_one(request, band, first)
    if not edge or not edge.is_finite():
        raise Declined(
            "impossible",
            f"A pass edge at {show(edge, request)} is impossible; it must be above 0 Hz and "
            "finite.",
            f"通带边缘 {show(edge, request)} 不可能实现，必须大于 0 Hz 且有限。",
        )
    return PassBand(None, edge) if band == LOWPASS else PassBand(edge, None)


def _has_no_center(request: Request, band: str) -> Declined:
    (en, zh), center = NAMES[band], show(request.center, request)
    return Declined(
        "contradiction",
        f"A {en} filter has no centre frequency, but {center} is given as one beside its pass "
        "edge.",
        f"{zh}滤波器没有中心频率，却在通带边缘之外又给出了中心频率 {center}。",
    )


def _two_for_one(request: Request, band: str, other: Decimal) -> Declined:
    (en, zh), edge = NAMES[band], show(request.edge, request)
    return Declined(
        "contradiction",
        f"Two pass edges are given for one {en} filter: {edge} and {show(other, request)}.",
        f"{zh}滤波器给出了两个不同的通带边缘：{edge} 和 {show(other, request)}。",
    )


def _two_edges(request: Request) -> PassBand | list[str]:
    """Both edges of a band-pass or band-stop, or the missing ones of f_center and bandwidth."""
    f1, f2, center = request.f1, request.f2, request.center
    if request.edge is not None and (f1 is None) != (f2 is None):  # one edge under another name
        f1, f2 = request.edge, f1 if f1 is not None else f2
    if f2 is not None and not f2.is_finite():
        raise Declined(
            "impossible", "The upper pass edge must be finite.", "通带上边缘必须是有限值。"
        )
    if f1 is not None and f2 is not None:
        f1, f2 = min(f1, f2), max(f1, f2)
        _check_agreement(request, f1, f2)
        return PassBand(f1, f2)
    if center is not None:
        return _around(request, center)
    if request.width is not None and f1 is not None:
        return PassBand(f1, f1 + request.width)
    if request.width is not None and f2 is not None:
        return PassBand(f2 - request.width, f2)
    has_width = any(v is not None for v in (request.width, request.relative_width, request.q))
    return ["f_center"] if has_width else ["f_center", "bandwidth"]


def _around(request: Request, center: Decimal) -> PassBand | list[str]:
    """The edges from the centre and an edge or the width."""
    known = request.f2 if request.f1 is None else request.f1
    if known is not None:
        return PassBand(min(known, 2 * center - known), max(known, 2 * center - known))
    width = _width(request, center)
    return ["bandwidth"] if width is None else PassBand(center - width / 2, center + width / 2)


def _width(request: Request, center: Decimal) -> Decimal | None:
    """The width in Hz; several statements of it must agree to their printed precision."""
    widths = []
    if request.width is not None:
        widths.append((request.width, _step(request.width)))
    if request.relative_width is not None:
        widths.append((request.relative_width * center, _step(request.relative_width) * center))
    if request.q is not None:
        width = center / request.q
        widths.append((width, width * _step(request.q) / request.q))
    if not widths:
        return None
    width, step = widths[0]
    for other, its_step in widths[1:]:
        if abs(other - width) > step + its_step + width / 1000:
            raise Declined(
                "contradiction",
                f"The bandwidth is given twice and differs: {show(width, request)} and "
                f"{show(other, request)}.",
                f"带宽给出了两次且不一致：{show(width, request)} 和 {show(other, request)}。",
            )
    return width


def _check_agreement(request: Request, f1: Decimal, f2: Decimal) -> None:
    """Raises Declined if centre or width contradict the edges, given their printed precision.

    The centre may be the arithmetic or the geometric one.
    """
    center, middle, width = request.center, (f1 + f2) / 2, f2 - f1
    if center is request.width is request.relative_width is request.q is None:
        return
    if center is not None:
        allowed = max(_step(center) / 2, width / 8)  # 2.4 to 2.4835 GHz is said to be at 2.45
        if min(abs(center - middle), abs(center - (f1 * f2).sqrt())) > allowed:
            raise _differs(request, f1, f2, ("centre", "中心频率", middle, center))
    stated = _width(request, middle if center is None else center)
    if stated is None:
        return
    allowed = max(_step(stated) if request.width is not None else width / 20, width / 50)
    if abs(stated - width) > allowed:
        raise _differs(request, f1, f2, ("width", "宽度", width, stated))


def _differs(
    request: Request, f1: Decimal, f2: Decimal, what: tuple[str, str, Decimal, Decimal]
) -> Declined:
    """`what` is a quantity in English and Chinese, its value by the edges, and its stated value."""
    en, zh, found, stated = what
    low, high = show(f1, request), show(f2, request)
    got, given = show(found, request), show(stated, request)
    return Declined(
        "contradiction",
        f"The {en} of the pass band {low} to {high} is {got}, but {given} is given.",
        f"通带 {low} 至 {high} 的{zh}是 {got}，给出的却是 {given}。",
    )


def _step(value: Decimal) -> Decimal:
    """One unit of the last printed digit."""
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(0)


def _check_two_edges(found: PassBand, request: Request) -> None:
    f1, f2 = found
    assert f1 is not None and f2 is not None
    if f1 == f2:
        raise Declined(
            "impossible",
            f"The pass band has no width: both edges are {show(f1, request)}.",
            f"通带宽度为零：两个边缘都是 {show(f1, request)}。",
        )
    if f1 <= 0:
        width, center = show(f2 - f1, request), show(found.center, request)
        raise Declined(
            "impossible",
            f"A bandwidth of {width} around {center} reaches down to 0 Hz or below; it must be "
            "less than twice the centre frequency.",
            f"以 {center} 为中心、宽 {width} 的通带会延伸到 0 Hz 或以下，"
            "带宽必须小于中心频率的两倍。",
        )
