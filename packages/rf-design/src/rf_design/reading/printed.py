"""What a request prints so plainly that it needs no model.

Pairs such as `30 dB @ 2460 MHz` or `2460-2480 MHz: 30 dB`, and the unit behind a range.
A call that disagrees was copied wrongly, and is corrected from the print.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rf_synth.calls.quantities import decibels, frequency

from rf_design.reading.text import NUMBER, compact

HERTZ = r"(?:[GMk]?Hz|[兆吉千]?赫兹?|[GMk])(?![A-Za-z])"
"""Pattern of a printed unit of frequency."""
DECIBEL = r"(?:dBc?|decibels?|分贝)(?![A-Za-z])"
"""Pattern of a printed unit of level."""
TO = r"-|–|—|~|～|\bto\b|到|至"
"""Alternatives between the two ends of a range."""
PLUS_MINUS = rf"\s*(?P<centre_unit>{HERTZ})?\s*(?:±|\+/-)\s*"
"""Pattern between a centre and the distance to both sides of it."""
_PAIR = re.compile(
    rf"(?P<level>{NUMBER}\s*{DECIBEL})\s*@\s*(?P<at>{NUMBER}\s*{HERTZ})"
    rf"|(?:(?P<begin>{NUMBER})\s*(?P<begin_unit>{HERTZ})?[ \t]*(?:{TO})[ \t]*)?"
    rf"(?P<at_first>{NUMBER}\s*(?P<unit>{HERTZ}))[ \t]*[@:：|\t][ \t]*[-−]?"
    rf"(?P<level_last>{NUMBER}\s*{DECIBEL})",
    re.IGNORECASE,
)
_IN_BAND = re.compile(
    r"(?:insertion loss|\bIL\b|\bloss|ripple|return loss|\bRL\b|插损|插入损耗|损耗|[波纹][波纹]"
    r"|起伏|回损|gain|增益)[^,，;；。\n\d]{0,10}$",
    re.IGNORECASE,
)
"""Before a pair that states no attenuation."""
_LEVEL = re.compile(rf"(?P<number>{NUMBER})\s*{DECIBEL}", re.IGNORECASE)
_WITH_UNIT = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>{HERTZ})", re.IGNORECASE)
_MOST_PAIRS = 6
_STOP_POINT = re.compile(r"(?:stop|att|to)\d?")
_OTHER_STOP = re.compile(r"(?:offset|multiple)\d|transition")


def hertz(text: str | None) -> float | None:
    """A frequency in Hz, however it is printed; None if it cannot be read."""
    read = None if text is None else frequency(text)
    return None if read is None else float(read.value)


def as_printed(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call with what the normalised request prints plainly."""
    return _without_zero_ripple(_pairs_at(_units(texts, said), said), said)


def half_widths(centre: str, said: str) -> Iterator[re.Match[str]]:
    """Printed distances from a number to both sides: `half`, its `number` and maybe its `unit`."""
    around = (
        rf"(?<![\d.]){re.escape(centre)}{PLUS_MINUS}"
        rf"(?P<half>(?P<number>{NUMBER})\s*(?P<unit>{HERTZ})?)"
    )
    return re.finditer(around, said, re.IGNORECASE)


def _units(texts: dict[str, str], said: str) -> dict[str, str]:
    """Frequencies with the only unit that is printed behind their numbers or behind their range."""
    found, in_one = dict(texts), compact(said)
    for key, text in texts.items():
        match = _WITH_UNIT.fullmatch(text.strip())
        if match is None or compact(text) in in_one:
            continue
        behind = (
            rf"(?<![\d.]){re.escape(match['number'])}"
            rf"(?:\s*(?:{TO})\s*{NUMBER})?\s*({HERTZ})"
        )
        units = {unit.lower(): unit for unit in re.findall(behind, said, re.IGNORECASE)}
        if len(units) == 1:
            found[key] = f"{match['number']} {next(iter(units.values()))}"
    return found


def _pairs_at(texts: dict[str, str], said: str) -> dict[str, str]:
    """Stop points as printed pairs, if those that were copied are among them."""
    low, high = hertz(texts.get("f1")), hertz(texts.get("f2"))
    elsewhere = {text for key, text in texts.items() if not _STOP_POINT.fullmatch(key)}
    taken = {(hertz(text), level(text)) for text in elsewhere}
    pairs = [
        pair
        for pair in dict.fromkeys(_printed_pairs(said))
        if not any(hertz(pair.at) == f or level(pair.depth) == a for f, a in taken if f or a)
        and not (low and high and low <= (hertz(pair.at) or 0) <= high)
    ]
    copied = {hertz(text) for key, text in texts.items() if key.startswith(("stop", "to"))}
    printed = {hertz(text) for pair in pairs for text in (pair.at, pair.to)}
    known = copied <= printed and not any(map(_OTHER_STOP.fullmatch, texts))
    if not copied or not known or not 1 < len(pairs) <= _MOST_PAIRS:
        return texts
    rest = {key: text for key, text in texts.items() if not _STOP_POINT.fullmatch(key)}
    for number, pair in enumerate(pairs, start=1):
        ends = {f"stop{number}": pair.at} | ({f"to{number}": pair.to} if pair.to else {})
        rest |= ends | {f"att{number}": pair.depth}
    return rest


class _Pair(NamedTuple):
    """A stop frequency, or both ends of a range, and the attenuation there, as printed."""

    at: str
    to: str
    depth: str


def _printed_pairs(said: str) -> Iterator[_Pair]:
    """The pairs of frequency and level that may be attenuations."""
    for match in _PAIR.finditer(said):
        if _IN_BAND.search(said[: match.start()]):
            continue
        if match["begin"]:
            begin = f"{match['begin']} {match['begin_unit'] or match['unit']}"
            yield _Pair(begin, match["at_first"], match["level_last"])
        else:
            at, depth = match["at"] or match["at_first"], match["level"] or match["level_last"]
            yield _Pair(at, "", depth)


def _without_zero_ripple(texts: dict[str, str], said: str) -> dict[str, str]:
    """The other bound for a ripple of 0 dB, as in `-1 dB <= |H| <= 0 dB`."""
    if level(texts.get("ripple")) != 0:
        return texts
    if level(texts.get("edge_db")):
        rest = {key: text for key, text in texts.items() if key != "edge_db"}
        return rest | {"ripple": texts["edge_db"]}
    used = {number for text in texts.values() for number in re.findall(NUMBER, text)}
    others = {m[0] for m in _LEVEL.finditer(said) if m["number"] not in used}
    return texts | {"ripple": others.pop()} if len(others) == 1 else texts


def level(text: str | None) -> float | None:
    """A level in dB, however it is printed; None if it cannot be read."""
    read = None if text is None else decibels(text)
    return None if read is None else float(read[0])
