"""What is missing from a request, as published keys, and the question that asks for it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from rf_synth.calls.bands import BANDPASS, BANDSTOP
from rf_synth.calls.draft import Draft
from rf_synth.calls.hertz import db, show
from rf_synth.calls.passband import PassBand
from rf_synth.calls.request import Request
from rf_synth.calls.stopband import StopBand

Text = tuple[str, str]
"""English and Chinese."""
KEYS = (
    *("filter_type", "filter_band", "ripple_db", "fc", "f_center", "bandwidth"),
    *("fs", "fs_lower", "fs_upper", "R0", "La_target"),
)
"""Published keys, in the order in which missing ones are listed."""
_STOP_EDGES = {"fs", "fs_lower", "fs_upper"}
_UNKNOWN_EDGES = (
    ("what are the edges of the pass band", "通带从多少到多少"),
    ("what are the edges of the two pass bands", "两侧通带的边缘频率各是多少"),
)
"""For a band-pass and for a band-stop."""
_RIPPLE = ("what pass-band ripple (or return loss) is allowed", "通带波纹（或回波损耗）要求多少")


def stop_gaps(band: str | None, passed: PassBand | None, stops: StopBand) -> set[str]:
    """Those of fs, fs_lower, fs_upper and La_target that the stop band leaves unknown."""
    two_sided = band in (BANDPASS, BANDSTOP)
    if stops.empty:
        return {"fs_lower", "fs_upper", "La_target"} if two_sided else {"fs", "La_target"}
    gaps: set[str] = set()
    for point in stops.points:
        if point.attenuation_db is None:
            gaps.add("La_target")
    for opened in stops.open:
        if opened.attenuation_db is None:
            gaps.add("La_target")
        gaps |= _open_sides(opened.side, passed, stops) if two_sided else {"fs"}
    return gaps


def _open_sides(side: str, passed: PassBand | None, stops: StopBand) -> set[str]:
    """The stop edges that are missing: those on the sides without a stop point."""
    if side:
        return {f"fs_{side}"}
    if passed is None or passed.f1 is None or not stops.points:
        return {"fs_lower", "fs_upper"}
    below = {point.f < passed.f1 for point in stops.points}
    if len(below) > 1:
        return {"fs_lower", "fs_upper"}
    return {"fs_upper"} if True in below else {"fs_lower"}


# --- the question ------------------------------------------------------------------------------


def question(draft: Draft) -> Text:
    """One or two sentences that ask for everything missing, in the terms of the request."""
    request, missing = draft.request, draft.missing
    if request.unitless:
        first: list[Text] = [_unit_clause(request)]
        if "ripple_db" in missing:
            first.append(_RIPPLE)
        return _sentences([first])
    pass_side = [*_kind_clauses(draft), *_pass_clauses(draft)]
    stop_side = [*_stop_clauses(draft)]
    if "R0" in missing:
        stop_side.append(("what is the port impedance", "端口阻抗是多少"))
    if sum(map(len, (pass_side, stop_side))) <= 1 or not pass_side:
        return _sentences([pass_side + stop_side])
    return _sentences([pass_side, stop_side])


def _sentences(groups: Iterable[list[Text]]) -> Text:
    """One sentence per group of clauses."""
    english, chinese = [], []
    for clauses in groups:
        if not clauses:
            continue
        joined = _listed([en for en, _ in clauses], ", and ")
        english.append(joined[0].upper() + joined[1:] + "?")
        chinese.append("，".join(zh for _, zh in clauses) + "？")
    return " ".join(english), "".join(chinese)


def _listed(words: list[str], last: str = " and ") -> str:
    """Words joined by commas, except for `last` before the last one."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + last + words[-1]


def _unit_clause(request: Request) -> Text:
    shown = list(dict.fromkeys(text.strip() for text in request.unitless.values()))
    return (
        f"what is the unit of {_listed(shown)} (kHz, MHz, GHz)",
        f"{'、'.join(shown)} 的单位是什么（kHz、MHz、GHz）",
    )


def _kind_clauses(draft: Draft) -> Iterator[Text]:
    missing = draft.missing
    if "filter_type" in missing:
        yield "should the response be Chebyshev or Butterworth", "用切比雪夫还是巴特沃斯响应"
    if "filter_band" in missing and draft.request.edge is not None:
        yield "is it a low-pass or a high-pass filter", "是低通还是高通滤波器"
    elif "filter_band" in missing:
        yield (
            "is it a low-pass, high-pass, band-pass or band-stop filter",
            "是低通、高通、带通还是带阻滤波器",
        )


def _pass_clauses(draft: Draft) -> Iterator[Text]:
    request, missing = draft.request, draft.missing
    if "fc" in missing:
        if draft.band is None:
            yield "which frequencies must pass", "通带是多少"
        else:
            yield "where is the pass-band edge (cut-off frequency)", "通带边缘（截止频率）是多少"
    if {"f_center", "bandwidth"} <= missing:
        known = request.f2 if request.f1 is None else request.f1
        if known is None:
            yield _UNKNOWN_EDGES[draft.band == BANDSTOP]
        else:
            at = show(known, request)
            yield (
                f"what is the other pass-band edge (one is {at})",
                f"通带一端是 {at}，另一端是多少",
            )
    elif "bandwidth" in missing:
        at = show(request.center, request)
        if draft.band == BANDSTOP:
            yield f"what are the pass-band edges around {at}", f"{at} 两侧的通带边缘频率各是多少"
        else:
            yield f"what is the bandwidth around {at}", f"中心频率 {at}，带宽是多少"
    elif "f_center" in missing:
        yield "what is the centre frequency", "中心频率是多少"
    if "ripple_db" in missing:
        yield _RIPPLE


def _stop_clauses(draft: Draft) -> Iterator[Text]:
    missing, stops = draft.missing, draft.stops
    edges = missing & _STOP_EDGES
    if not edges:
        if "La_target" in missing:
            yield _attenuation_clause(draft)
        return
    known = sorted({o.attenuation_db for o in stops.open if o.attenuation_db is not None})
    plural, where, where_zh = _where(edges)
    if draft.band == BANDSTOP:
        yield _stop_range_clause(known)
        return
    if not known:
        yield (
            f"what attenuation is needed, and at which {plural}{where}",
            f"{where_zh}从什么频率开始、要求衰减多少 dB",
        )
        return
    level, level_zh = " and ".join(map(db, known)), "、".join(map(db, known))
    limit = next((o.limit for o in stops.open if o.limit and o.limit.is_finite()), None)
    if limit is not None:
        end = show(limit, draft.request)
        yield (
            f"from which frequency (up to {end}) is {level} of attenuation needed",
            f"到 {end} 为止、从什么频率开始要求 {level_zh} 的衰减",
        )
    else:
        yield (
            f"at which {plural}{where} is {level} of attenuation needed",
            f"{where_zh}从什么频率开始要求 {level_zh} 的衰减",
        )
    if "La_target" in missing and any(p.attenuation_db is None for p in stops.points):
        yield _attenuation_clause(draft)


def _stop_range_clause(known: list[Decimal]) -> Text:
    if not known:
        return (
            "which frequency range must be stopped, and by how many dB",
            "要抑制的频率范围是多少、衰减多少 dB",
        )
    level = " / ".join(map(db, known))
    return (
        f"in which frequency range is {level} of attenuation needed",
        f"在哪个频率范围内要求 {level} 的衰减",
    )


def _where(edges: set[str]) -> tuple[str, str, str]:
    if edges == {"fs_lower"}:
        return "frequency", " below the pass band", "通带低端一侧"
    if edges == {"fs_upper"}:
        return "frequency", " above the pass band", "通带高端一侧"
    if "fs" in edges:
        return "stop-band frequency", "", "阻带"
    return "frequencies", " below and above the pass band", "通带两侧"


def _attenuation_clause(draft: Draft) -> Text:
    points = [p.f for p in draft.stops.points if p.attenuation_db is None]
    places = [show(f, draft.request) for f in dict.fromkeys(points)]
    if not places:
        return "how much stop-band attenuation is needed", "阻带衰减要求多少 dB"
    en, zh = _listed(places), "、".join(places)
    return f"how much attenuation is needed at {en}", f"{zh} 处需要多少 dB 的衰减"
