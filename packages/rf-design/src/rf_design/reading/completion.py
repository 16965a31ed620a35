"""What the request adds to the copied values: the other end of a range, the only impedance, a
corrected number.

A small model sometimes copies one number of two that belong together, or leaves one out. The
request shows which ones do, so the call is completed from there. Nothing is added that the request
does not print.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from rf_synth.calls.arguments import FREQUENCY_KEYS
from rf_synth.calls.bands import BANDSTOP, HIGHPASS, LOWPASS, band
from rf_synth.calls.multiples import multiple
from rf_synth.calls.quantities import frequency, order_number

from rf_design.reading.band_stops import (
    named_bandstop,
    offset_from_printed_centre,
    stop_around_centre,
    stop_within_pass,
    stopped_around,
    stopped_range,
)
from rf_design.reading.intent import states_stop_band
from rf_design.reading.labelled import with_labelled
from rf_design.reading.order_calls import with_order_call, without_calculator
from rf_design.reading.pass_edges import (
    end_of_range,
    settled_edges,
    stop_bandwidth,
    stop_not_transition,
)
from rf_design.reading.ports import with_impedance
from rf_design.reading.printed import HERTZ, TO, as_printed, half_widths, hertz
from rf_design.reading.text import NUMBER, everywhere, number_alone
from rf_design.reading.units import with_only_unit, without_foreign_prefix

_RANGE = re.compile(
    rf"(?<![\d.,±+-])(?P<low>{NUMBER})\s*(?P<low_unit>{HERTZ})?"
    rf"\s*(?:{TO}|\bthrough\b)\s*"
    rf"(?P<high>{NUMBER})\s*(?P<high_unit>{HERTZ})",
    re.IGNORECASE,
)
_EACH_SIDE_BEFORE = re.compile(
    r"(?:边|侧|距|左右|上下|中心)[^，,;；。\n]{0,8}各(?:为|是|约|有)?\s*$"
)
_EACH_SIDE_AFTER = re.compile(
    r"\s*(?:(?:on|to|at) )?(?:each|either) side|\s*both ways\b|\s*(?:each|either) way\b",
    re.IGNORECASE,
)
LEVEL_KEYS = frozenset(["ripple", "return_loss", "att", *(f"att{i}" for i in range(1, 7))])
_NAMED_HARMONIC = re.compile(
    r"(?:\d(?:st|nd|rd|th)|second|third|[二三四五2-5]次)\s*(?:harmonics?|谐波)"
    r"\s*(?:[(（:：=@]|at|在|即|为)\s*$",
    re.IGNORECASE,
)
"""Before the frequency of a harmonic whose number was just said: `2nd harmonic (14)`."""
_CUT_OFF = re.compile(
    r"(?:\bcut-?off(?: frequency| freq)?|\bfc|截止(?:频率)?)\s*"
    r"(?:[:：=]|of|at|is|为|是|在|改[成为到])?\s*"
    rf"(?P<text>(?P<number>{NUMBER})(?:\s*(?:{HERTZ}))?)(?!\s*(?:dB|%|[-–~到至]))",
    re.IGNORECASE,
)
"""A frequency that is labelled as the edge."""
_PARTICLES = "吧呢啊吗呀哦的了那 "
_ORDER = re.compile(
    r"(?<![\d.第])(?P<number>\d{1,2}|[一二两三四五六七八九十]{1,3})\s*阶(?!谐波|互调|交调|导)"
    r"|\b(?P<word>\d{1,2}(?:st|nd|rd|th)?|[a-z]{3,8})[- ](?:order|poles?)\b"
    r"|\border\s*[:=]?\s*(?P<after>\d{1,2})(?![\d.])",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\s*-?\s*(?:[阶节级极腔个段只]|orders?|poles?|sections?|stages?|resonators?|elements?|cavit)"
    r"|(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
"""After an order."""
_CHANGED_TO = re.compile(r"(?:改[成为到]|换成|变成|becomes|now)\s*$", re.IGNORECASE)
"""Before an order that replaces another one."""
_FROM_DC = re.compile(
    rf"(?:DC|直流)\s*(?:{TO})\s*(?P<text>(?P<number>{NUMBER})(?:\s*{HERTZ})?)", re.IGNORECASE
)
_DEPTH = ("att", "transition")
"""Beginnings of keys that, without a stop frequency, still decide the order."""
_CORRECTION = re.compile(
    r"[，,;；。.!！\n—-]\s*"
    r"(?:[啊哦噢呃]?不[，,]?(?:对[，,]?)?|说错了[，,]?|no[,.]? |sorry[,.]? |wait[,.]? ){1,3}"
    r"(?:改成|改为|应该是|应为|是|make (?:that|it) |I meant? |it'?s |that'?s )"
    rf"\s*(?P<new>(?P<number>{NUMBER})\s*(?P<unit>{HERTZ}|dB))",
    re.IGNORECASE,
)
"""A value that replaces one of the same sentence: `54 MHz 处 40 dB。啊不，改成 50 MHz`."""
_FREQUENCY, _DECIBELS = (
    re.compile(rf"({NUMBER})\s*{unit}", re.IGNORECASE) for unit in (HERTZ, "dB")
)
_FROM_CENTRE = re.compile(
    r"(?:f_?[0c]|中心(?:频率)?|cent(?:er|re)(?: frequency)?)\s*([-+])\s*$", re.IGNORECASE
)
_SENTENCE = 40
"""Characters before a correction that belong to it."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Two printed frequencies with their unit, in the order of the request."""

    low: str
    high: str
    numbers: tuple[str, str]


def completed(call: Mapping[str, object], said: str) -> dict[str, object]:
    """The call with values completed by what stands beside them in the normalised request."""
    texts = {key: text for key, text in call.items() if isinstance(text, str)}
    if len(texts) < len(call):
        return dict(call)
    texts = without_calculator(texts, said)
    if "other" in texts:
        return dict(call)
    found = _readable_frequencies(_readable_multiples(texts))
    found = as_printed(with_order_call(_without_particles(found), said), said)
    found = _hertz_as_stops(found, said)
    found = _corrected(with_only_unit(without_foreign_prefix(found, said), said), said)
    found = _width_around_centre(_width_to_each_side(_bandwidth(found, said), said), said)
    found = _offsets(found, said)
    for printed in _ranges(said):
        found = _with_both_ends(found, printed)
    found = _labelled_edge(_other_ends(found, said), said)
    found = stop_not_transition(settled_edges(found), said)
    found = stop_bandwidth(stopped_around(found, said), said)
    found = stopped_range(_stop_at_edge(found, said), said)
    found = stop_within_pass(_two_pass_bands(named_bandstop(found, said), said))
    found = offset_from_printed_centre(stop_around_centre(found, said), said)
    return dict(_with_order(with_impedance(with_labelled(found, said), said), said))


def _readable_multiples(texts: dict[str, str]) -> dict[str, str]:
    """Multiples without the words that were copied behind them, where only those can be read."""
    found = dict(texts)
    for key, text in texts.items():
        if key.startswith("multiple") and multiple(text) is None:
            shorter = (text[:end] for end in range(len(text) - 1, 0, -1))
            found[key] = next((part for part in shorter if multiple(part) is not None), text)
    return found


def _readable_frequencies(texts: dict[str, str]) -> dict[str, str]:
    """Frequencies whose unit was left out, without the words that were copied in its place; no
    words that hold no frequency, and no lonely end of a range."""
    found = dict(texts)
    for key, text in texts.items():
        number = re.match(NUMBER, text)
        unread = frequency(text) is None and multiple(text) is None
        if key in FREQUENCY_KEYS and number and unread:
            found[key] = number[0]
        lonely_end = key.startswith("to") and key.replace("to", "stop") not in texts
        if lonely_end or (key in FREQUENCY_KEYS and unread and not number):
            del found[key]
    return found


def _hertz_as_stops(texts: dict[str, str], said: str) -> dict[str, str]:
    """Multiples that the request prints as frequencies, as stop frequencies: `the 14 MHz 2nd`,
    `2nd harmonic (14)`."""
    found = dict(texts)
    for key, text in texts.items():
        stop = key.replace("multiple", "stop")
        if not key.startswith("multiple") or stop in texts or not re.fullmatch(NUMBER, text):
            continue
        number = number_alone(text)
        printed = re.findall(rf"{number}\s*(?:{HERTZ}|[兆吉千])", said, re.IGNORECASE)
        if not printed and everywhere(
            number, said, lambda place: _NAMED_HARMONIC.search(said[: place.start()])
        ):
            printed = re.findall(number, said)
        if printed and len(printed) == len(re.findall(number, said)):
            del found[key]
            found[stop] = printed[0]
    return found


def _without_particles(texts: dict[str, str]) -> dict[str, str]:
    """Frequencies without the Chinese particle that was copied behind them: `144 吧`."""
    found = dict(texts)
    for key, text in texts.items():
        shorter = text.rstrip(_PARTICLES)
        if key in FREQUENCY_KEYS and frequency(text) is None and frequency(shorter) is not None:
            found[key] = shorter
    return found


def _corrected(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call with values that the request replaces in the same breath, as it says last."""
    for match in _CORRECTION.finditer(said):
        kind = _DECIBELS if match["unit"].upper() == "DB" else _FREQUENCY
        replaced = kind.findall(said[max(0, match.start() - _SENTENCE) : match.start()])
        keys = _keys_with(replaced[-1], texts) if replaced else []
        if len(keys) == 1 and not _keys_with(match["number"], texts):
            texts = texts | {keys[0]: match["new"]}
    return texts


def _width_to_each_side(texts: dict[str, str], said: str) -> dict[str, str]:
    """A width that is said to reach to each side, as ± of it: `各 3 MHz`, `3 MHz either side`."""
    width = texts.get("width", "")
    if not width[:1].isdigit():
        return texts
    places = _places(width, said)
    halves = bool(places) and all(
        _EACH_SIDE_BEFORE.search(said[: place.start()]) or _EACH_SIDE_AFTER.match(said, place.end())
        for place in places
    )
    return texts | {"width": f"±{width}"} if halves else texts


def _bandwidth(texts: dict[str, str], said: str) -> dict[str, str]:
    """A relative width without a unit that is printed as `B=0.14` has the unit of the centre."""
    number, centre = texts.get("fbw", ""), texts.get("center", "")
    unit = re.search(rf"{HERTZ}$", centre, re.IGNORECASE)
    if unit is None or "width" in texts or not re.fullmatch(NUMBER, number):
        return texts
    if not re.search(rf"(?<![A-Za-z_])BW?\s*[=＝]\s*{re.escape(number)}(?![\d.])", said):
        return texts
    rest = {key: text for key, text in texts.items() if key != "fbw"}
    return rest | {"width": f"{number} {unit[0]}"}


def _width_around_centre(texts: dict[str, str], said: str) -> dict[str, str]:
    """The width where `70±18MHz` is printed: half of it copied without its sign, or none of it."""
    half = texts.get("width", "")
    if half and everywhere(rf"(?<![\d.]){re.escape(half)}", said, partial(_sign_before, said)):
        return texts | {"width": f"±{half}"}
    if "±" in texts.get("width", "±").lstrip("±"):  # `70±18 MHz` as a whole
        texts = {key: text for key, text in texts.items() if key != "width"}
    centre, width = texts.get("center", ""), texts.get("width")
    number = re.search(NUMBER, centre)  # it may be in words
    if number is None or hertz(centre) is None or {"fbw", "q", "f1", "f2"} & texts.keys():
        return texts
    if width is not None and hertz(width) != hertz(centre):
        return texts
    printed = {m["half"]: m["number"] for m in half_widths(number[0], said) if m["unit"]}
    if len(printed) != 1:
        return texts
    ((half, number_of_half),) = printed.items()
    return texts if _keys_with(number_of_half, texts) else texts | {"width": f"±{half}"}


def _other_ends(texts: dict[str, str], said: str) -> dict[str, str]:
    """The upper ends of stop ranges that are printed without a unit: `notch out 88-108`."""
    found = dict(texts)
    for key, text in texts.items():
        to = key.replace("stop", "to")
        if not key.startswith("stop") or to in texts or not re.fullmatch(NUMBER, text):
            continue
        printed = re.findall(
            rf"(?<![\d.]){re.escape(text)}\s*(?:{TO})\s*({NUMBER})(?![\d.])", said, re.IGNORECASE
        )
        if len(set(printed)) == 1 and not _keys_with(printed[0], texts):
            found[to] = printed[0]
    return found


def _labelled_edge(texts: dict[str, str], said: str) -> dict[str, str]:
    """The edge that the request labels as such, where another frequency was copied."""
    stated = re.match(NUMBER, texts.get("edge", ""))
    labelled = {m["text"].strip(): m["number"] for m in _CUT_OFF.finditer(said)}
    if stated is None or len(labelled) != 1:
        return texts
    ((text, number),) = labelled.items()
    if text == number:  # without a unit, it has that of the other frequency
        text += texts["edge"][stated.end() :]
    return texts if _keys_with(number, texts) else texts | {"edge": text}


def _stop_at_edge(texts: dict[str, str], said: str) -> dict[str, str]:
    """The only unused frequency as edge or stop, where the same one was copied as both."""
    edge, stop = hertz(texts.get("edge")), hertz(texts.get("stop1"))
    kind = band(texts.get("band", ""))
    if edge is None or edge != stop or kind not in (LOWPASS, HIGHPASS):
        return texts
    used = {hertz(text) for text in texts.values()}
    printed = {found: m[0] for m in _FREQUENCY.finditer(said) if (found := hertz(m[0]))}
    left = {found: text for found, text in printed.items() if found not in used}
    if len(left) != 1:
        return texts
    ((other, text),) = left.items()
    return texts | {"edge" if (other < edge) == (kind == LOWPASS) else "stop1": text}


def _sign_before(said: str, place: re.Match[str]) -> re.Match[str] | None:
    return re.search(r"(?:±|\+/-|正负)\s*$", said[: place.start()])


def _offsets(texts: dict[str, str], said: str) -> dict[str, str]:
    """Stop frequencies that are printed as distances from the centre: `f0 - 500 kHz`."""
    found: dict[str, str] = {}
    for key, text in texts.items():
        point = key.removeprefix("stop")
        alone = point != key and f"to{point}" not in texts
        sign = _sign_behind_centre(text, said) if alone else ""
        found[f"offset{point}" if sign else key] = sign + text
    return found


def _sign_behind_centre(text: str, said: str) -> str:
    """The sign between the centre and a value that is printed once; else empty."""
    places = _places(text, said)
    sign = _FROM_CENTRE.search(said[: places[0].start()]) if len(places) == 1 else None
    return sign[1] if sign else ""


def _places(text: str, said: str) -> list[re.Match[str]]:
    """Where a value is printed, but not as the end of a longer number."""
    return list(re.finditer(rf"(?<![\d.]){re.escape(text)}", said))


def _ranges(said: str) -> Iterator[_Range]:
    for match in _RANGE.finditer(said):
        unit = match["low_unit"] or match["high_unit"]
        low, high = f"{match['low']} {unit}", f"{match['high']} {match['high_unit']}"
        yield _Range(low, high, (match["low"], match["high"]))


def _with_both_ends(texts: dict[str, str], printed: _Range) -> dict[str, str]:
    """A stop range of which one end was copied, with the other one."""
    low, high = (_keys_with(number, texts) for number in printed.numbers)
    if high and not low and high[0].startswith("stop") and f"to{high[0][4:]}" in high:
        return texts | {high[0]: printed.low}  # its upper end was copied twice
    if high and not low and high[0].startswith("to"):
        stop = f"stop{high[0][2:]}"
        return texts | {stop: printed.low}
    if low and not high and low[0].startswith("stop"):
        to = f"to{low[0][4:]}"
        return texts if to in texts else texts | {to: printed.high}
    if ["edge"] in (low, high) and [] in (low, high):
        return end_of_range(texts, printed.low, printed.high)
    if not low and not high and _is_notched(texts, printed):
        return texts | {"stop1": printed.low, "to1": printed.high}
    return texts


def _is_notched(texts: Mapping[str, str], printed: _Range) -> bool:
    """Whether an unused range surrounds the only stop frequency of a band-stop."""
    if band(texts.get("band", "")) != BANDSTOP or {"to1", "stop2", "offset1"} & texts.keys():
        return False
    low, stop, high = (hertz(text) for text in (printed.low, texts.get("stop1"), printed.high))
    return low is not None and stop is not None and high is not None and low < stop < high


def _two_pass_bands(texts: dict[str, str], said: str) -> dict[str, str]:
    """A band-stop whose first pass band was taken for the only one: DC–400 and 520–1000 MHz.

    Its edges are the upper end of the first and the lower end of the second, which may have no
    upper end: `DC到75M和125M以上`.
    """
    edge = hertz(texts.get("f2"))
    if band(texts.get("band", "")) != BANDSTOP or texts.get("f1") != "DC" or edge is None:
        return texts
    unused = (r for r in _ranges(said) if not any(_keys_with(n, texts) for n in r.numbers))
    second = next((r for r in unused if (low := hertz(r.low)) is not None and low > edge), None)
    if second is not None:
        return texts | {"f1": texts["f2"], "f2": second.low}
    first = _FROM_DC.search(said)
    if first is None or _keys_with(first["number"], texts):
        return texts
    return texts | {"f1": first["text"].strip()}


def _with_order(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call with the only order that the request states, if it has another one that counts
    nothing (the 六 of 六米波段), or neither an order nor a stop band."""
    copied = texts.get("order")
    if copied is None:
        settled = states_stop_band(texts) or any(key.startswith(_DEPTH) for key in texts)
    else:
        settled = any(
            _COUNT.match(said, place.end()) or _CHANGED_TO.search(said[: place.start()])
            for place in _places(copied, said)
        )
    if settled:
        return texts
    stated = [match[match.lastgroup or 0] for match in _ORDER.finditer(said)]
    orders = {order: text for text in stated if (order := order_number(text)) is not None}
    if len(orders) != 1 or order_number(copied or "") in orders:
        return texts
    return texts | {"order": next(iter(orders.values()))}


def _keys_with(number: str, texts: Mapping[str, str]) -> list[str]:
    """The keys whose values contain a printed number, those of the stop band first."""
    found = [key for key, text in texts.items() if number in re.findall(NUMBER, text)]
    return sorted(found, key=lambda key: not key.startswith(("stop", "to")))
