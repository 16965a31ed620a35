"""Which of two frequencies bounds the pass band, where a request does not use the usual words."""

import re
from decimal import Decimal

from rf_synth.calls.bands import BANDPASS, HIGHPASS, LOWPASS, band

from rf_design.reading.intent import states_stop_band
from rf_design.reading.printed import DECIBEL, HERTZ, hertz, level
from rf_design.reading.text import NUMBER

_TRANSITION = re.compile(r"过渡|滚降|transition|roll-?off|skirt|之?内|里面|within", re.IGNORECASE)
_STOP_WIDTH = re.compile(
    rf"(?P<att>{NUMBER}\s*{DECIBEL})\s*(?:带宽|bandwidth|BW)\s*"
    r"(?:不大于|不超过|小于|at most|no more than|less than|max(?:imum)?\.?|of|is|[≤<:：=为])*=?\s*"
    rf"(?P<width>\d+(?:[.,]\d+)?)\s*(?P<unit>{HERTZ})",
    re.IGNORECASE,
)
_COPIED_WIDTH = ("transition", "offset1", "stop1")
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
    """A band-pass whose stop band is told by its width, `40 dB 带宽不大于 12 MHz`, as a distance to
    either side of the centre."""
    inner, centre = hertz(texts.get("width")), hertz(texts.get("center"))
    if inner is None or centre is None:
        return texts
    for match in _STOP_WIDTH.finditer(said):
        outer = hertz(f"{match['width']} {match['unit']}") or 0.0
        rest = {k: v for k, v in texts.items() if k not in _COPIED_WIDTH or hertz(v) != outer}
        deep = (level(match["att"]) or 0.0) > _LARGEST_EDGE_LEVEL
        if deep and outer > inner and not states_stop_band(rest):
            half = f"±{Decimal(match['width'].replace(',', '.')) / 2} {match['unit']}"
            return rest | {"att": match["att"], "offset1": half}
    return texts


def lower_end_of_highpass(texts: dict[str, str], low: str, high: str) -> dict[str, str]:
    """The edge of a high-pass whose pass band is printed as a range of which the upper end was
    copied: `high pass from 2 to 6 GHz`."""
    edge = hertz(texts.get("edge"))
    if band(texts.get("band", "")) != HIGHPASS or edge is None or not states_stop_band(texts):
        return texts
    return texts | {"edge": low} if edge == hertz(high) else texts
