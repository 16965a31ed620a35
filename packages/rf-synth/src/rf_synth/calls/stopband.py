"""The stop band that a request states: points, ranges, offsets, multiples, a transition width."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS
from rf_synth.calls.hertz import show
from rf_synth.calls.passband import PassBand, no_transition
from rf_synth.calls.refusal import Declined
from rf_synth.calls.request import Request, StatedPoint

LOWER, UPPER = "lower", "upper"


class StopPoint(NamedTuple):
    """A stop frequency in Hz and the attenuation demanded there (None where it is not stated)."""

    f: Decimal
    attenuation_db: Decimal | None


class OpenPoint(NamedTuple):
    """A requirement without the frequency where it begins: "20 dB up to 10 GHz", "40 dB rejection"."""

    side: str  # "lower", "upper", or "" where it is not known
    attenuation_db: Decimal | None
    limit: Decimal | None = None  # the far end of a range, in Hz


@dataclass(slots=True)
class StopBand:
    """What is known of the stop band. `waiting` counts points that cannot be placed before the pass band is known."""

    points: list[StopPoint] = field(default_factory=list)
    open: list[OpenPoint] = field(default_factory=list)
    waiting: int = 0


def stop_band(request: Request, band: str | None, passed: PassBand | None) -> StopBand:
    """All stop points, checked against the pass band where it is known. Raises Declined."""
    found = StopBand()
    for _, stated in sorted(request.points.items()):
        _add(request, band, passed, stated, found)
    if request.transition is not None and not found.points:
        _add_transition(request, band, passed, found)
    if not (found.points or found.open or found.waiting) and request.attenuation_db is not None:
        found.open.append(OpenPoint("", request.attenuation_db))
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
    elif stated.offset is not None or stated.multiple is not None:
        if passed is None or band is None:
            found.waiting += 1
            return
        found.points += [
            StopPoint(f, attenuation) for f in _relative(request, band, passed, stated)
        ]
    else:
        _add_absolute(request, band, passed, stated, attenuation, found)


def _relative(
    request: Request, band: str, passed: PassBand, stated: StatedPoint
) -> Iterator[Decimal]:
    """Frequencies of a point that is stated relative to the centre or the pass edge."""
    two_sided = band in (BANDPASS, BANDSTOP)
    reference = _reference(request, passed) if two_sided else passed.edge
    if stated.multiple is not None:
        factor = stated.multiple
        if stated.step and band == HIGHPASS:
            factor = 1 / factor
        yield reference * factor
        return
    offset = stated.offset * reference if stated.offset_fraction else stated.offset  # type: ignore[operator]
    signs = {"+": (1,), "-": (-1,)}.get(stated.offset_sign, (-1, 1))
    if not two_sided and len(signs) == 2:
        signs = (1,) if band == LOWPASS else (-1,)
    placed = [reference + sign * offset for sign in signs]  # type: ignore[operator]
    for f in placed:
        if f > 0:
            yield f
        elif len(placed) == 1:
            raise Declined(
                "contradiction",
                f"{show(offset, request)} below {show(reference, request)} there is no frequency left.",  # type: ignore[arg-type]
                f"{show(reference, request)} 以下 {show(offset, request)} 处已经没有频率。",  # type: ignore[arg-type]
            )


def _reference(request: Request, passed: PassBand) -> Decimal:
    return request.center if request.center is not None else passed.center


def _add_absolute(
    request: Request,
    band: str | None,
    passed: PassBand | None,
    stated: StatedPoint,
    attenuation: Decimal | None,
    found: StopBand,
) -> None:
    stop, to = stated.stop, stated.to
    if stop is not None and to is not None:
        if band == BANDSTOP:
            found.points += [StopPoint(f, attenuation) for f in (stop, to)]
        elif passed is None or band is None:
            found.waiting += 1
        else:
            near = _near_end(request, band, passed, min(stop, to), max(stop, to))
            found.points.append(StopPoint(near, attenuation))
    elif stop is not None:
        if stop and stop.is_finite():
            found.points.append(StopPoint(stop, attenuation))
        else:
            found.open.append(OpenPoint(LOWER if not stop else UPPER, attenuation, stop))
    elif to is not None:
        _add_limit(band, passed, to, attenuation, found)


def _add_limit(
    band: str | None,
    passed: PassBand | None,
    to: Decimal,
    attenuation: Decimal | None,
    found: StopBand,
) -> None:
    """`up to X`: below the pass band X is the stop edge, above it only the far end."""
    below_pass = passed is not None and passed.f1 is not None and to < passed.f1
    if band != BANDSTOP and below_pass and to:
        found.points.append(StopPoint(to, attenuation))
    else:
        found.open.append(OpenPoint(UPPER if passed is not None else "", attenuation, to))


def _near_end(
    request: Request, band: str, passed: PassBand, low: Decimal, high: Decimal
) -> Decimal:
    """The end of a stop range that is nearest to the pass band. Raises Declined where they overlap."""
    if band == LOWPASS:
        clear, near = low > passed.edge, low
    elif band == HIGHPASS:
        clear, near = high < passed.edge, high
    elif low > passed.f2:  # type: ignore[operator]
        clear, near = True, low
    else:
        clear, near = high < passed.f1, high  # type: ignore[operator]
    if clear:
        return near
    span = f"{show(low, request) if low else 'DC'}"
    code = "impossible" if near in (passed.f1, passed.f2) else "contradiction"
    raise Declined(
        code,
        f"The stop band {span} to {show(high, request)} {_overlap(near, passed)} the pass band "
        f"({pass_text(request, passed, 'en')}).",
        f"阻带 {span} 至 {show(high, request)} 与通带（{pass_text(request, passed, 'zh')}）"
        f"{'相接' if near in (passed.f1, passed.f2) else '重叠'}，无法实现。",
    )


def _overlap(near: Decimal, passed: PassBand) -> str:
    return "begins right at the edge of" if near in (passed.f1, passed.f2) else "overlaps"


def pass_text(request: Request, passed: PassBand, lang: str) -> str:
    """The pass band in words."""
    f1, f2 = passed
    if f1 is None:
        return ("up to " if lang == "en" else "至 ") + show(f2, request)  # type: ignore[arg-type]
    if f2 is None:
        return f"from {show(f1, request)} up" if lang == "en" else f"{show(f1, request)} 以上"
    return f"{show(f1, request)} {'to' if lang == 'en' else '至'} {show(f2, request)}"


def _add_transition(
    request: Request, band: str | None, passed: PassBand | None, found: StopBand
) -> None:
    """Stop edges a transition width away from each pass edge."""
    attenuations = [o.attenuation_db for o in found.open] or [request.attenuation_db]
    found.open = [o for o in found.open if o.limit is not None]
    if passed is None or band is None:
        found.waiting += 1
        return
    width = request.transition
    outward = -1 if band == BANDSTOP else 1
    edges = [] if passed.f1 is None else [passed.f1 - outward * width]  # type: ignore[operator]
    if passed.f2 is not None:
        edges.append(passed.f2 + outward * width)  # type: ignore[operator]
    placed = [f for f in edges if f > 0]
    if not placed:
        raise Declined(
            "contradiction",
            f"A transition of {show(width, request)} below {show(passed.edge, request)} leaves no stop band.",  # type: ignore[arg-type]
            f"{show(passed.edge, request)} 以下 {show(width, request)} 的过渡带没有留下阻带。",  # type: ignore[arg-type]
        )
    known = [a for a in attenuations if a is not None]
    found.points += [StopPoint(f, max(known, default=None)) for f in placed]


def _covered(opened: OpenPoint, points: list[StopPoint], passed: PassBand | None) -> bool:
    """Whether a range's far end says nothing new: a point on its side demands as much already."""
    if opened.limit is None or passed is None:
        return False
    for point in points:
        above = passed.f2 is None or point.f > passed.f2
        if above != (opened.side == UPPER):
            continue
        if opened.attenuation_db is None or point.attenuation_db is None:
            return True
        if point.attenuation_db >= opened.attenuation_db:
            return True
    return False


def _check_side(request: Request, band: str, passed: PassBand, f: Decimal) -> None:
    """Raises Declined for a stop frequency in the pass band, on its edge, or on the wrong side."""
    if f in (passed.f1, passed.f2):
        raise no_transition(f, request)
    f1, f2 = passed
    if band == LOWPASS:
        wrong = f < f2  # type: ignore[operator]
    elif band == HIGHPASS:
        wrong = f > f1  # type: ignore[operator]
    else:
        inside = f1 < f < f2  # type: ignore[operator]
        wrong = inside if band == BANDPASS else not inside
    if not wrong:
        return
    names = {
        LOWPASS: ("low-pass", "低通"),
        HIGHPASS: ("high-pass", "高通"),
        BANDPASS: ("band-pass", "带通"),
    }
    if band == BANDSTOP:
        raise Declined(
            "contradiction",
            f"The stop frequency {show(f, request)} of a band-stop filter must lie between its pass edges "
            f"{show(f1, request)} and {show(f2, request)}.",  # type: ignore[arg-type]
            f"带阻滤波器的阻带频率 {show(f, request)} 必须在两个通带边缘 {show(f1, request)} 和 {show(f2, request)} 之间。",  # type: ignore[arg-type]
        )
    en, zh = names[band]
    raise Declined(
        "contradiction",
        f"The stop frequency {show(f, request)} lies inside the pass band of the {en} filter "
        f"({pass_text(request, passed, 'en')}).",
        f"阻带频率 {show(f, request)} 落在{zh}滤波器的通带（{pass_text(request, passed, 'zh')}）之内。",
    )
