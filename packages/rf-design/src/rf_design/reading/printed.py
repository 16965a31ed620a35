"""What a request prints so plainly that it needs no model.

Pairs such as `30 dB @ 2460 MHz` or `2460-2480 MHz: 30 dB`, the unit behind a range, the arguments
of MATLAB's and scipy's `buttord` and `cheb1ord`.
A call that disagrees was copied wrongly, and is corrected from the print.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rf_synth.calls.quantities import decibels, frequency

from rf_design.reading.ports import PORT_KEYS
from rf_design.reading.text import NUMBER, compact

HERTZ = r"(?:[GMk]?Hz|[兆吉千]?赫兹?|[GMk])(?![A-Za-z])"
"""Pattern of a printed unit of frequency."""
DECIBEL = r"(?:dBc?|decibels?|分贝)(?![A-Za-z])"
"""Pattern of a printed unit of level."""
TO = r"-|–|—|~|～|\bto\b|到|至"
"""Alternatives between the two ends of a range."""
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
_ORDER_CALL = re.compile(
    r"\b(?P<name>buttord|cheb1ord)\s*\((?P<arguments>(?:[^()]|\([^()]*\))*)\)", re.IGNORECASE
)
_BESIDE_A_CALL = PORT_KEYS | {"order"}
_CALCULATOR = re.compile(r"buttord|cheb1ord|scipy|signal|matlab|python", re.IGNORECASE)
_LADDER = re.compile(
    r"\bLC\b|\bladders?\b|\bpassive\b|\b(?:inductor|capacitor|component|element|part)s?\b|\b[LC]s\b"
    r"|梯形|无源|元件|电感|电容|综合",
    re.IGNORECASE,
)
_ANALOG = re.compile(r"^(?:['\"]s['\"]|analog\s*=\s*True)$", re.IGNORECASE)
_TOP_LEVEL_COMMA = re.compile(r",(?![^\[(]*[\])])")
_EDGE = rf"(?:2\s?\*?\s?(?:(?:np|numpy|math)\.)?(?:pi|π)\s?\*\s?)?{NUMBER}"
_EDGES = re.compile(rf"{_EDGE}|[\[(]\s*(?P<low>{_EDGE})[\s,]+(?P<high>{_EDGE})\s*[\])]")
_PI_OF_A_MODULE = re.compile(r"\b(?:np|numpy|math)\.(?=pi)")


def hertz(text: str | None) -> float | None:
    """A frequency in Hz, however it is printed; None if it cannot be read."""
    read = None if text is None else frequency(text)
    return None if read is None else float(read.value)


def as_printed(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call with what the normalised request prints plainly."""
    called = _order_call(said)
    if called:  # its arguments are the whole specification
        texts = {key: text for key, text in texts.items() if key in _BESIDE_A_CALL} | called
    return _without_zero_ripple(_pairs_at(_units(texts, said), said), said)


def without_calculator(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call without the tool as another task, where its result is to become a ladder."""
    calculated = _CALCULATOR.search(texts.get("other", "")) and _order_call(said)
    if not calculated or not _LADDER.search(said):
        return texts
    return {key: text for key, text in texts.items() if key != "other"}


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


def _order_call(said: str) -> dict[str, str]:
    """The specification in the arguments of `cheb1ord(Wp, Ws, Rp, Rs, 's')`, if all are numbers."""
    called = _ORDER_CALL.search(said)
    if called is None:
        return {}
    arguments = [part.strip() for part in _TOP_LEVEL_COMMA.split(called["arguments"])]
    *numbers, last = arguments
    if len(numbers) != 4 or not _ANALOG.match(last):
        return {}
    numbers = [re.sub(r"^\w+\s*=\s*", "", part) for part in numbers]  # gpass=0.25
    passed, stopped = (_edges(part) for part in numbers[:2])
    levels = [part for part in numbers[2:] if re.fullmatch(NUMBER, part)]
    if len(levels) != 2 or not passed or len(passed) != len(stopped):
        return {}
    found = {"family": called["name"], "ripple": f"{levels[0]} dB", "att": f"{levels[1]} dB"}
    if len(passed) == 1:
        return found | {"edge": passed[0], "stop1": stopped[0]}
    inside = (hertz(passed[0]) or 0) < (hertz(stopped[0]) or 0)
    last_stop = "to1" if inside else "stop2"  # a band-stop stops a range between its pass bands
    found |= {"f1": passed[0], "f2": passed[1], "stop1": stopped[0], last_stop: stopped[1]}
    return found


def _edges(argument: str) -> list[str]:
    """One or two frequencies in rad/s, of which `2*pi*` is printed or not; else none."""
    match = _EDGES.fullmatch(argument)
    if match is None:
        return []
    texts = [match["low"], match["high"]] if match["low"] else [argument]
    return [f"{_PI_OF_A_MODULE.sub('', text)} rad/s" for text in texts]
