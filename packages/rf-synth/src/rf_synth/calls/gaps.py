"""What is missing from a request, in published keys, and the question that asks for it."""

from collections.abc import Iterator

from rf_synth.calls.bands import BANDPASS, BANDSTOP
from rf_synth.calls.hertz import db, show
from rf_synth.calls.passband import PassBand
from rf_synth.calls.request import Request
from rf_synth.calls.stopband import StopBand

Text = tuple[str, str]  # en, zh
KEYS = (
    *("filter_type", "filter_band", "ripple_db", "fc", "f_center", "bandwidth"),
    *("fs", "fs_lower", "fs_upper", "R0", "La_target"),
)
"""Published keys in the order in which they are listed as missing."""


def stop_gaps(band: str | None, passed: PassBand | None, stops: StopBand) -> set[str]:
    """Which of fs, fs_lower, fs_upper and La_target cannot be told from the stop band."""
    gaps: set[str] = set()
    two_sided = band in (BANDPASS, BANDSTOP)
    nothing = not (stops.points or stops.open or stops.waiting)
    if nothing:
        gaps |= {"fs_lower", "fs_upper", "La_target"} if two_sided else {"fs", "La_target"}
    for point in stops.points:
        if point.attenuation_db is None:
            gaps.add("La_target")
    for opened in stops.open:
        if opened.attenuation_db is None:
            gaps.add("La_target")
        gaps |= _open_sides(opened.side, passed, stops) if two_sided else {"fs"}
    return gaps


def _open_sides(side: str, passed: PassBand | None, stops: StopBand) -> set[str]:
    """The side on which a stop edge is missing: the one that has none yet."""
    if side:
        return {f"fs_{side}"}
    if passed is None or passed.f1 is None or not stops.points:
        return {"fs_lower", "fs_upper"}
    below = {point.f < passed.f1 for point in stops.points}
    if len(below) == 2:
        return {"fs_lower", "fs_upper"}
    return {"fs_upper"} if True in below else {"fs_lower"}


def question(missing: set[str], request: Request, band: str | None, stops: StopBand) -> Text:
    """One or two sentences that ask for everything missing, in the terms of the request."""
    if request.unitless:
        return _unit_question(request, missing)
    clauses = [
        *_first_clauses(missing),
        *_pass_clauses(missing, request, band),
        *_stop_clauses(missing, request, stops),
    ]
    if "R0" in missing:
        clauses.append(("what is the port impedance", "端口阻抗是多少"))
    english = [en for en, _ in clauses]
    if len(english) > 1:
        joined = (
            ", ".join(english[:-1]) + (", and " if len(english) > 2 else ", and ") + english[-1]
        )
    else:
        joined = english[0]
    return joined[0].upper() + joined[1:] + "?", "；".join(zh for _, zh in clauses) + "？"


def _unit_question(request: Request, missing: set[str]) -> Text:
    shown = list(dict.fromkeys(text.strip() for text in request.unitless.values()))
    en = f"What is the unit of {' and '.join([', '.join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]}"
    zh = f"{'、'.join(shown)} 的单位是什么"
    if "ripple_db" in missing:
        en += ", and what pass-band ripple (or return loss) is allowed"
        zh += "；通带波纹（或回波损耗）要求多少"
    return en + " (MHz, GHz)?", zh + "（MHz、GHz）？"


def _first_clauses(missing: set[str]) -> Iterator[Text]:
    if "filter_type" in missing:
        yield "should the response be Chebyshev or Butterworth", "用切比雪夫还是巴特沃斯响应"
    if "filter_band" in missing:
        yield (
            "is it a low-pass, high-pass, band-pass or band-stop filter",
            "是低通、高通、带通还是带阻滤波器",
        )


def _pass_clauses(missing: set[str], request: Request, band: str | None) -> Iterator[Text]:
    if "fc" in missing:
        if band is None:
            yield "which frequencies must pass", "通带频率范围是多少"
        else:
            yield (
                "where is the edge of the pass band (cut-off frequency)",
                "通带边缘（截止频率）是多少",
            )
    center, width = "f_center" in missing, "bandwidth" in missing
    if center and width:
        known = request.f1 if request.f1 is not None else request.f2
        if known is not None:
            yield (
                f"what is the other edge of the pass band (one is {show(known, request)})",
                f"通带的另一个边缘是多少（已知一个是 {show(known, request)}）",
            )
        else:
            yield "from which to which frequency does the pass band reach", "通带从多少到多少"
    elif width:
        at = show(request.center, request) if request.center is not None else ""
        yield f"what is the bandwidth around {at}", f"中心频率 {at}，带宽是多少"
    elif center:
        yield "what is the centre frequency", "中心频率是多少"
    if "ripple_db" in missing:
        yield "what pass-band ripple (or return loss) is allowed", "通带波纹（或回波损耗）要求多少"


def _stop_clauses(missing: set[str], request: Request, stops: StopBand) -> Iterator[Text]:
    frequencies = missing & {"fs", "fs_lower", "fs_upper"}
    if not frequencies:
        if "La_target" in missing:
            yield _attenuation_clause(request, stops)
        return
    where, where_zh = _where(frequencies)
    known = [o for o in stops.open if o.attenuation_db is not None]
    if "La_target" in missing and not known:
        yield (
            f"what attenuation is needed {where}, and at which frequency",
            f"{where_zh}哪个频率处需要多少 dB 的衰减",
        )
        return
    levels = sorted({o.attenuation_db for o in known if o.attenuation_db is not None})
    shown = " / ".join(db(level) for level in levels)
    limit = next((o.limit for o in stops.open if o.limit is not None and o.limit), None)
    up_to = f" (up to {show(limit, request)})" if limit is not None and limit.is_finite() else ""
    up_to_zh = f"（至 {show(limit, request)}）" if up_to and limit is not None else ""
    if up_to:
        yield (
            f"from which frequency on is the attenuation of {shown}{up_to} needed",
            f"{shown} 的阻带衰减从哪个频率开始{up_to_zh}",
        )
    else:
        plural = "frequencies" if len(frequencies) > 1 else "frequency"
        yield (
            f"at which {plural} {where} is the attenuation of {shown} needed",
            f"{where_zh}从哪个频率起需要 {shown} 的衰减",
        )
    if "La_target" in missing and stops.points:
        yield _attenuation_clause(request, stops)


def _where(frequencies: set[str]) -> Text:
    if frequencies == {"fs_lower"}:
        return "below the pass band", "通带下方"
    if frequencies == {"fs_upper"}:
        return "above the pass band", "通带上方"
    if "fs" in frequencies:
        return "in the stop band", "阻带"
    return "below and above the pass band", "通带两侧"


def _attenuation_clause(request: Request, stops: StopBand) -> Text:
    places = [show(p.f, request) for p in stops.points if p.attenuation_db is None]
    if not places:
        return "how much stop-band attenuation is needed", "阻带衰减要求多少 dB"
    en = places[0] if len(places) == 1 else ", ".join(places[:-1]) + " and " + places[-1]
    return f"how much attenuation is needed at {en}", f"{'、'.join(places)} 处需要多少 dB 的衰减"
