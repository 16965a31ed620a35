"""What the words beside a copied value add to it: the other end of a range, a width to each side.

A small model sometimes copies one number of two that belong together. The request shows which ones
do, so the value is completed from there. Nothing is added that the request does not print.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rf_synth.calls.bands import BANDSTOP, band
from rf_synth.calls.multiples import multiple
from rf_synth.calls.quantities import frequency

from rf_design.reading.text import NUMBER

_HERTZ = r"(?:[GMk]?Hz|[兆吉千]?赫兹?|[GMk])(?![A-Za-z])"
_RANGE = re.compile(
    rf"(?<![\d.,±+-])(?P<low>{NUMBER})\s*(?P<low_unit>{_HERTZ})?"
    r"\s*(?:-|–|—|~|～|\bto\b|\bthrough\b|到|至)\s*"
    rf"(?P<high>{NUMBER})\s*(?P<high_unit>{_HERTZ})",
    re.IGNORECASE,
)
_EACH_SIDE_BEFORE = re.compile(
    r"(?:边|侧|距|左右|上下|中心)[^，,;；。\n]{0,8}各(?:为|是|约|有)?\s*$"
)
_EACH_SIDE_AFTER = re.compile(
    r"\s*(?:(?:on|to|at) )?(?:each|either) side|\s*both ways\b|\s*(?:each|either) way\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Range:
    """Two printed frequencies with their unit, in the order of the request."""

    low: str
    high: str
    numbers: tuple[str, str]


def completed(call: Mapping[str, object], said: str) -> dict[str, object]:
    """The call with values completed by what stands beside them in the normalised request."""
    texts = {key: text for key, text in call.items() if isinstance(text, str)}
    if len(texts) < len(call) or "other" in texts:
        return dict(call)
    found = _readable_multiples(texts)
    found = _width_to_each_side(found, said)
    for printed in _ranges(said):
        found = _with_both_ends(found, printed)
    return dict(_two_pass_bands(found, said))


def _readable_multiples(texts: dict[str, str]) -> dict[str, str]:
    """Multiples without the words that were copied behind them, where only those can be read."""
    found = dict(texts)
    for key, text in texts.items():
        if key.startswith("multiple") and multiple(text) is None:
            shorter = (text[:end] for end in range(len(text) - 1, 0, -1))
            found[key] = next((part for part in shorter if multiple(part) is not None), text)
    return found


def _width_to_each_side(texts: dict[str, str], said: str) -> dict[str, str]:
    """A width that is said to reach to each side, as ± of it: `各 3 MHz`, `3 MHz either side`."""
    width = texts.get("width", "")
    if not width[:1].isdigit():
        return texts
    places = list(re.finditer(rf"(?<![\d.]){re.escape(width)}", said))
    halves = bool(places) and all(
        _EACH_SIDE_BEFORE.search(said[: place.start()]) or _EACH_SIDE_AFTER.match(said, place.end())
        for place in places
    )
    return texts | {"width": f"±{width}"} if halves else texts


def _ranges(said: str) -> Iterator[_Range]:
    for match in _RANGE.finditer(said):
        unit = match["low_unit"] or match["high_unit"]
        low, high = f"{match['low']} {unit}", f"{match['high']} {match['high_unit']}"
        yield _Range(low, high, (match["low"], match["high"]))


def _with_both_ends(texts: dict[str, str], printed: _Range) -> dict[str, str]:
    """A stop range of which one end was copied, with the other one."""
    low, high = (_keys_with(number, texts) for number in printed.numbers)
    if high and not low and high[0].startswith("to"):
        stop = f"stop{high[0][2:]}"
        return texts | {stop: printed.low}
    if low and not high and low[0].startswith("stop"):
        to = f"to{low[0][4:]}"
        return texts if to in texts else texts | {to: printed.high}
    if not low and not high and _is_notched(texts, printed):
        return texts | {"stop1": printed.low, "to1": printed.high}
    return texts


def _is_notched(texts: Mapping[str, str], printed: _Range) -> bool:
    """Whether an unused range surrounds the only stop frequency of a band-stop."""
    if band(texts.get("band", "")) != BANDSTOP or {"to1", "stop2", "offset1"} & texts.keys():
        return False
    low, stop, high = (_hertz(text) for text in (printed.low, texts.get("stop1"), printed.high))
    return low is not None and stop is not None and high is not None and low < stop < high


def _two_pass_bands(texts: dict[str, str], said: str) -> dict[str, str]:
    """A band-stop whose first pass band was taken for the only one: DC–400 and 520–1000 MHz.

    Its edges are the upper end of the first and the lower end of the second.
    """
    edge = _hertz(texts.get("f2"))
    if band(texts.get("band", "")) != BANDSTOP or texts.get("f1") != "DC" or edge is None:
        return texts
    unused = (r for r in _ranges(said) if not any(_keys_with(n, texts) for n in r.numbers))
    second = next((r for r in unused if (low := _hertz(r.low)) is not None and low > edge), None)
    return texts if second is None else texts | {"f1": texts["f2"], "f2": second.low}


def _keys_with(number: str, texts: Mapping[str, str]) -> list[str]:
    """The keys whose values contain a printed number, those of the stop band first."""
    found = [key for key, text in texts.items() if number in re.findall(NUMBER, text)]
    return sorted(found, key=lambda key: not key.startswith(("stop", "to")))


def _hertz(text: str | None) -> float | None:
    read = None if text is None else frequency(text)
    return None if read is None else float(read.value)
