"""The stop band of a request: points, ranges, offsets, multiples or a transition width."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS, NAMES
from rf_synth.calls.hertz import show
from rf_synth.calls.passband import PassBand, no_transition
from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import Request, StatedPoint

LOWER, UPPER = "lower", "upper"


class StopPoint(NamedTuple):
    """A stop frequency in Hz and the attenuation required there (None if it is not stated)."""

    f: Decimal
    attenuation_db: Decimal | None


class OpenPoint(NamedTuple):
    """A requirement without its near frequency: "20 dB up to 10 GHz", "40 dB rejection".

    `side` is lower, upper or "" (unknown); `limit` is the far end of a range in Hz.
    """

    side: str
    attenuation_db: Decimal | None
    limit: Decimal | None = None


@dataclass(slots=True)
class StopBand:
    """What is known of the stop band.

    `waiting` counts the points that cannot be placed until the pass band is known.
    """

    points: list[StopPoint] = field(default_factory=list)
    open: list[OpenPoint] = field(default_factory=list)
    waiting: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is stated."""
        return not (self.points or self.open or self.waiting)


def stop_band(request: Request, band: str | None, passed: PassBand | None) -> StopBand:
    """All stop points, checked against the pass band if that is known. Raises Declined."""
    found = StopBand()
    for number in sorted(request.points):
        _add(request, band, passed, request.points[number], found)
    if request.transition is not None and not found.points:
        _add_transition(request, band, passed, found)
    if found.empty and request.attenuation_db is not None:
        found.open.append(OpenPoint("", request.attenuation_db))
    if found.open:
        found.open = [o for o in found.open if not _covered(o, found.points, passed)]
    if passed is not None and band is not None:
        for point in found.points:
            _check_side(request, band, passed, point.f)
    return found


def _add(
    request: Request,
    band: str | None,
    passed: PassBand | None,
    stated: StatedPoint,
    found: StopBand,
) -> None:
    attenuation = stated.attenuation_db
    if attenuation is None:
        attenuation = request.attenuation_db
    if not stated.placed:
        found.open.append(OpenPoint("", attenuation))
    elif stated.offset is None and stated.multiple is None:
        found_at = _absolute(request, band, passed, stated, attenuation)
        if found_at is None:
            found.waiting += 1
        elif isinstance(found_at, OpenPoint):
            found.open.append(found_at)
        else:
            found.points += [StopPoint(f, attenuation) for f in found_at]
    elif passed is None or band is None:
        found.waiting += 1
    else:
        relative = _relative(request, band, passed, stated)
        found.points += [StopPoint(f, attenuation) for f in relative]


def _relative(
    request: Request, band: str, passed: PassBand, stated: StatedPoint
) -> Iterator[Decimal]:
    """The frequencies of a point stated relative to the centre or the pass edge."""
    two_sided = band in (BANDPASS, BANDSTOP)
    reference = passed.edge
    if two_sided:
        reference = passed.center if request.center is None else request.center
    if stated.multiple is not None:
        turned = stated.step and band == HIGHPASS
        yield reference / stated.multiple if turned else reference * stated.multiple
        return
    assert stated.offset is not None
    offset = stated.offset * reference if stated.offset_relative else stated.offset
    signs = {"+": (1,), "-": (-1,)}.get(stated.offset_sign, (-1, 1))
    if not two_sided and len(signs) > 1:
        signs = (1,) if band == LOWPASS else (-1,)
    for sign in signs:
        f = reference + sign * offset
        if f > 0:
            yield f
        elif len(signs) == 1:
            raise Declined(
                "contradiction",
                f"There is no frequency {show(offset, request)} below {show(reference, request)}.",
                f"{show(reference, request)} 以下 {show(offset, request)} 处没有频率。",
            )


def _absolute(
    request: Request,
    band: str | None,
    passed: PassBand | None,
    stated: StatedPoint,
    attenuation: Decimal | None,
) -> list[Decimal] | OpenPoint | None:
    """The stop frequencies of a point or range; None if the pass band must be known first."""
    stop, to = stated.stop, stated.to
    if stop is not None and to is not None and stop != to:
        return _range(request, band, passed, (min(stop, to), max(stop, to)), attenuation)
    if stop is not None:
        if stop and stop.is_finite():
            return [stop]
        return OpenPoint(UPPER if stop else LOWER, attenuation, stop)
    assert to is not None
    if band != BANDSTOP and passed is not None and passed.f1 is not None and 0 < to < passed.f1:
        return [to]  # below the pass band, `up to X` ends at the stop edge
    if passed is not None and _inside(band, passed, to):
        _check_side(request, band or "", passed, to)
    return OpenPoint(UPPER if passed is not None else "", attenuation, to)


def _range(
    request: Request,
    band: str | None,
    passed: PassBand | None,
    ends: tuple[Decimal, Decimal],
    attenuation: Decimal | None,
) -> list[Decimal] | OpenPoint | None:
    """As `_absolute` for a range: its end nearest to the pass band, both for a band-stop."""
    if band == BANDSTOP:
        finite = [f for f in ends if f and f.is_finite()]
        return finite or OpenPoint("", attenuation)
    if passed is None or band is None:
        return None
    return [_near_end(request, passed, *ends)]


def _inside(band: str | None, passed: PassBand, f: Decimal) -> bool:
    f1, f2 = passed
    return band != BANDSTOP and (f1 is None or f >= f1) and (f2 is None or f <= f2)


def _near_end(request: Request, passed: PassBand, low: Decimal, high: Decimal) -> Decimal:
    """The end of a stop range nearest to the pass band. Raises Declined if they overlap."""
    f1, f2 = passed
    above = f2 is not None and (f1 is None or low >= f2)
    near = low if above else high
    clear = low > f2 if above and f2 is not None else f1 is not None and high < f1
    if clear:
        return near
    if near in (f1, f2):
        raise no_transition(near, request)
    span_low = show(low, request) if low else "DC"
    raise Declined(
        "contradiction",
        f"The stop band {span_low} to {show(high, request)} overlaps the pass band "
        f"({pass_text(request, passed)[0]}).",
        f"阻带 {span_low} 至 {show(high, request)} 与通带（{pass_text(request, passed)[1]}）重叠。",
    )


def pass_text(request: Request, passed: PassBand) -> tuple[str, str]:
    """The pass band in words, in English and Chinese."""
    f1, f2 = passed
    if f1 is None:
        return f"up to {show(f2, request)}", f"{show(f2, request)} 以下"
    if f2 is None:
        return f"from {show(f1, request)} up", f"{show(f1, request)} 以上"
    low, high = show(f1, request), show(f2, request)
    return f"{low} to {high}", f"{low} 至 {high}"


def _add_transition(
    request: Request, band: str | None, passed: PassBand | None, found: StopBand
) -> None:
    """Adds stop points at the transition width from each pass edge."""
    levels = [o.attenuation_db for o in found.open if o.attenuation_db is not None]
    level = max(levels, default=request.attenuation_db)
    found.open = [o for o in found.open if o.limit is not None]
    if passed is None or band is None:
        found.waiting += 1
        return
    assert request.transition is not None
    width = -request.transition if band == BANDSTOP else request.transition
    edges = [] if passed.f1 is None else [passed.f1 - width]
    edges += [] if passed.f2 is None else [passed.f2 + width]
    placed = [f for f in edges if f > 0]
    if not placed:
        edge = show(passed.edge, request)
        raise Declined(
            "contradiction",
            f"A transition of {show(width, request)} below {edge} leaves no stop band.",
            f"{edge} 以下 {show(width, request)} 的过渡带之外没有阻带。",
        )
    found.points += [StopPoint(f, level) for f in placed]


def _covered(opened: OpenPoint, points: list[StopPoint], passed: PassBand | None) -> bool:
    """Whether a far end is redundant since a point on its side already requires as much."""
    if opened.limit is None or passed is None:
        return False
    for point in points:
        above = passed.f2 is not None and point.f > passed.f2
        if above != (opened.side == UPPER):
            continue
        if opened.attenuation_db is None or point.attenuation_db is None:
            return True
        if point.attenuation_db >= opened.attenuation_db:
            return True
    return False


def _check_side(request: Request, band: str, passed: PassBand, f: Decimal) -> None:
    """Raises Declined for a stop frequency in the pass band, on its edge, or on the wrong side."""
    f1, f2 = passed
    if f in (f1, f2):
        raise no_transition(f, request)
    inside = (f1 is None or f > f1) and (f2 is None or f < f2)
    if inside == (band == BANDSTOP):
        return
    at = show(f, request)
    if band == BANDSTOP:
        low, high = show(f1, request), show(f2, request)
        raise Declined(
            "contradiction",
            f"The stop frequency {at} of a band-stop filter must lie between its pass edges "
            f"{low} and {high}.",
            f"带阻滤波器的阻带频率 {at} 必须在两个通带边缘 {low} 和 {high} 之间。",
        )
    (en, zh), (range_en, range_zh) = NAMES[band], pass_text(request, passed)
    raise Declined(
        "contradiction",
        f"The stop frequency {at} lies inside the pass band of the {en} filter ({range_en}).",
        f"阻带频率 {at} 落在{zh}滤波器的通带（{range_zh}）之内。",
    )
