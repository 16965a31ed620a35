"""Band-stop filters: which frequencies bound what passes, and which what is stopped."""

import math
import re

from rf_synth.calls.bands import BANDSTOP, band

from rf_design.reading.intent import EQUAL_RIPPLE_KEYS, states_stop_band
from rf_design.reading.printed import HERTZ, PLUS_MINUS, half_widths, hertz
from rf_design.reading.text import NUMBER

_BANDSTOP_WORDS = re.compile(
    r"带阻|陷波|带拒|\bnotch\b|\bband[- ]?(?:stop|reject)\b", re.IGNORECASE
)
_REMOVED = re.compile(
    r"(?:\b(?:take (?:out|away)|remov\w+|reject\w*|kill\w*|block\w*|suppress\w*|notch\w* out"
    r"|get rid of|knock\w* out|cut out)\b|滤掉|滤除|去掉|抑制|压掉|压制|挡掉|陷掉)"
    r"[^.;。；\n]{0,24}$",
    re.IGNORECASE,
)
"""Before a range that is not to pass."""
_REMOVED_BEHIND = re.compile(
    rf"\s*(?:{HERTZ})?\s*(?:要|需要?|得|to be |must be |should be )?\s*"
    r"(?:reject|suppress|notch|kill|block|抑制|压[掉制到下]?|滤[掉除])",
    re.IGNORECASE,
)
"""Behind a range that is not to pass."""
_PASS_LEVELS = EQUAL_RIPPLE_KEYS | {"edge_db"}


def named_bandstop(texts: dict[str, str], said: str) -> dict[str, str]:
    """A stop band inside of the pass band is that of the band-stop filter that the request names.

    It may also name another band: "more notch than low-pass".
    """
    inside = [hertz(texts.get(key)) for key in ("f1", "stop1", "to1", "f2")]
    low, stop, to, high = inside
    if low is None or stop is None or to is None or high is None or not low < stop < to < high:
        return texts
    named = _BANDSTOP_WORDS.search(said)
    if named is None or band(texts.get("band", "")) == BANDSTOP:
        return texts
    return texts | {"band": named[0]}


def stop_within_pass(texts: dict[str, str]) -> dict[str, str]:
    """A band-stop: of its four frequencies the inner two bound what it stops."""
    last = "to1" if "to1" in texts else "stop2"
    keys = ("f1", "f2", "stop1", last)
    if band(texts.get("band", "")) != BANDSTOP or not texts.keys() >= set(keys):
        return texts
    known = [(value, texts[key]) for key in keys if (value := hertz(texts[key])) is not None]
    if len(known) < len(keys):
        return texts
    in_order = known == sorted(known)
    swapped = known[2][0] < known[0][0] < known[1][0] < known[3][0]
    if not in_order and not swapped:
        return texts
    low, first, second, high = (text for _, text in sorted(known))
    rest = {key: text for key, text in texts.items() if key not in ("stop2", "att2")}
    return rest | {"f1": low, "f2": high, "stop1": first, "to1": second}


def stopped_range(texts: dict[str, str], said: str) -> dict[str, str]:
    """The only range of a band-stop, copied as its pass-band edges, as what it is to take out."""
    if band(texts.get("band", "")) != BANDSTOP or not texts.keys() >= {"f1", "f2"}:
        return texts
    if states_stop_band(texts):
        return texts
    low, high = (re.match(NUMBER, texts[key]) for key in ("f1", "f2"))
    at, end = (said.find(number[0]) if number else -1 for number in (low, high))
    before = at >= 0 and texts.keys().isdisjoint(_PASS_LEVELS) and _REMOVED.search(said[:at])
    behind = high is not None and end >= 0 and _REMOVED_BEHIND.match(said, end + len(high[0]))
    names = {"f1": "stop1", "f2": "to1"} if before or behind else {}
    return {names.get(key, key): text for key, text in texts.items()}


def stopped_around(texts: dict[str, str], said: str) -> dict[str, str]:
    """What a band-stop is to take out, `抑制1575MHz±10MHz`, copied as its pass band, as a distance
    from the centre."""
    centre, width = texts.get("center", ""), texts.get("width", "")
    number = re.match(NUMBER, centre)
    if band(texts.get("band", "")) != BANDSTOP or not width.startswith("±") or number is None:
        return texts
    if states_stop_band(texts):
        return texts
    printed = next(half_widths(number[0], said), None)
    if printed is None or not _REMOVED.search(said[: printed.start()]):
        return texts
    return {"offset1" if key == "width" else key: text for key, text in texts.items()}


def offset_from_printed_centre(texts: dict[str, str], said: str) -> dict[str, str]:
    """The centre of what a band-stop removes, `1575±10`, of which only the distance was copied."""
    number = re.search(NUMBER, texts.get("offset1", ""))
    low, high = hertz(texts.get("f1")), hertz(texts.get("f2"))
    if number is None or low is None or high is None or band(texts.get("band", "")) != BANDSTOP:
        return texts
    if {"center", "stop1", "multiple1"} & texts.keys():
        return texts
    around = rf"(?P<centre>{NUMBER}){PLUS_MINUS}{re.escape(number[0])}(?![\d.])"
    printed = re.search(around, said, re.IGNORECASE)
    if printed is None:
        return texts
    unit = printed["centre_unit"] or texts["offset1"][number.end() :].strip()
    centre = f"{printed['centre']} {unit}".strip()
    in_the_middle = math.isclose(2 * (hertz(centre) or 0), low + high, rel_tol=1e-3)
    return texts if in_the_middle else texts | {"center": centre}


def stop_around_centre(texts: dict[str, str], said: str) -> dict[str, str]:
    """The distance of `2450±10` from the middle of a band-stop, of which 2450 alone was copied."""
    key = "offset1" if "offset1" in texts else "stop1"
    low, high, stop = (hertz(texts.get(name)) for name in ("f1", "f2", key))
    if band(texts.get("band", "")) != BANDSTOP or low is None or high is None or stop is None:
        return texts
    number = re.match(NUMBER, texts[key])
    if number is None or "to1" in texts or not math.isclose(2 * stop, low + high, rel_tol=1e-3):
        return texts
    printed = next(half_widths(number[0], said), None)
    if printed is None:
        return texts
    unit = printed["unit"] or texts[key][number.end() :].strip()
    rest = {name: text for name, text in texts.items() if name != key}
    return rest | {"offset1": f"±{printed['number']} {unit}".strip()}
