"""Which of two frequencies bounds the pass band, where a request does not use the usual words."""

import re
from decimal import Decimal

from rf_synth.calls.bands import BANDPASS, BANDSTOP, HIGHPASS, LOWPASS, band

from rf_design.reading.intent import states_stop_band
from rf_design.reading.printed import DECIBEL, HERTZ, hertz, level
from rf_design.reading.text import NUMBER

_TRANSITION = re.compile(r"过渡|滚降|transition|roll-?off|skirt|之?内|里面|within", re.IGNORECASE)
_LEVEL = rf"(?P<att>{NUMBER}\s*{DECIBEL})"
_WIDTH = rf"(?P<width>\d+(?:[.,]\d+)?)\s*(?P<unit>{HERTZ})"
_IS = (
    r"\s*(?:不大于|不超过|小于|at most|no more than|less than|max(?:imum)?\.?|of|is|[≤<:：=为])*"
    r"=?\s*"
)
_STOP_WIDTHS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LEVEL}\s*的?(?:带宽|bandwidth|BW){_IS}{_WIDTH}",
        rf"(?:带宽|bandwidth|\bBW)\s*[(（@]?\s*{_LEVEL}\s*[)）]?{_IS}{_WIDTH}",
        rf"(?:带宽|bandwidth|\bBW){_IS}{_WIDTH}\s*(?:at|@)\s*{_LEVEL}",
        rf"{_WIDTH}\s*(?:wide|宽)\s*(?:at|@)\s*{_LEVEL}",
    )
]
_COPIED_AS = re.compile(r"(?:stop|to|offset)\d|transition")
"""Keys under which a model puts such a width."""
_LARGEST_EDGE_LEVEL = 6.1
"""dB; a band between points further down is no pass band."""
_NARROW = 0.35
"""Largest ratio of a width to the centre in front of it."""


def settled_edges(texts: dict[str, str]) -> dict[str, str]:
    """Centre and width that were copied as two edges: `300 MHz, 20 MHz`.

    Nobody states the edges of a wide pass band with the upper one first.
    """
    first, second = hertz(texts.get("f1")), hertz(texts.get("f2"))
    if first is None or second is None or band(texts.get("band", "")) not in (BANDPASS, None):
        return texts
    if not 0 < second < _NARROW * first or {"center", "width"} & texts.keys():
        return texts
    names = {"f1": "center", "f2": "width"}
    return {names.get(key, key): text for key, text in texts.items()}


def stop_not_transition(texts: dict[str, str], said: str) -> dict[str, str]:
    """A stop frequency that was copied as the width of the transition: `102 MHz 起 forward band`.

    Only where the request has no word for a transition, and the width would exceed the edge of a
    low-pass.
    """
    edge, width = hertz(texts.get("edge")), hertz(texts.get("transition"))
    rest = {key: text for key, text in texts.items() if key != "transition"}
    if edge is None or width is None or states_stop_band(rest):
        return texts
    if band(texts.get("band", "")) != LOWPASS or width <= edge or _TRANSITION.search(said):
        return texts
    return rest | {"stop1": texts["transition"]}


def stop_bandwidth(texts: dict[str, str], said: str) -> dict[str, str]:
    """Stop bands that are stated by their bandwidth, as distances from the centre:
    `40 dB 带宽不大于 12 MHz`, `BW(60 dB) = 50 MHz`."""
    inner, centre = hertz(texts.get("width")), hertz(texts.get("center"))
    kind = band(texts.get("band", ""))
    if inner is None or centre is None or kind not in (BANDPASS, BANDSTOP, None):
        return texts
    widths = {
        value: (match["att"], f"±{_half(match['width'])} {match['unit']}")
        for pattern in _STOP_WIDTHS
        for match in pattern.finditer(said)
        if (value := hertz(f"{match['width']} {match['unit']}"))
        and (level(match["att"]) or 0.0) > _LARGEST_EDGE_LEVEL
        and (value < inner if kind == BANDSTOP else value > inner)
    }
    rest = {k: v for k, v in texts.items() if not (_COPIED_AS.fullmatch(k) and hertz(v) in widths)}
    if not widths or states_stop_band(rest):
        return texts
    rest = {key: text for key, text in rest.items() if not key.startswith("att")}
    if len(widths) == 1:
        ((depth, half),) = widths.values()
        return rest | {"att": depth, "offset1": half}
    for number, (depth, half) in enumerate(widths.values(), start=1):
        rest |= {f"offset{number}": half, f"att{number}": depth}
    return rest


def _half(width: str) -> str:
    return f"{Decimal(width.replace(',', '.')) / 2:f}"


def end_of_range(texts: dict[str, str], low: str, high: str) -> dict[str, str]:
    """The edge of a pass band that is printed as a range of which the wrong end was copied:
    `high pass from 2 to 6 GHz`, `low pass, must pass 1.8 to 30 MHz`."""
    edge, kind = hertz(texts.get("edge")), band(texts.get("band", ""))
    if edge is None or not states_stop_band(texts):
        return texts
    if kind == HIGHPASS and edge == hertz(high):
        return texts | {"edge": low}
    stop = hertz(texts.get("stop1"))
    if kind == LOWPASS and edge == hertz(low) and (stop or 0) > (hertz(high) or 0):
        return texts | {"edge": high}
    return texts
