"""The arguments of MATLAB's and scipy's `buttord` and `cheb1ord`, which are a whole specification.

They are numbers, or variables that the request sets: `wp = [9.5e6 11.5e6]`. A level that is only
named is not stated.
"""

import re

from rf_synth.calls.others import other_task

from rf_design.reading.ports import PORT_KEYS
from rf_design.reading.printed import hertz
from rf_design.reading.text import NUMBER

_ORDER_CALL = re.compile(
    r"\b(?P<name>buttord|cheb1ord)\s*\((?P<arguments>(?:[^()]|\([^()]*\))*)\)", re.IGNORECASE
)
_VARIABLE = re.compile(
    r"(?<![\w.])(?P<name>[A-Za-z]\w*)\s*=\s*(?P<value>(?:\[[^\]]*\]|[^;,\n\[=])+)"
)
_FUNCTION = re.compile(r"(?<![A-Za-z])(?:buttord|cheb1ord)(?![A-Za-z]|\s*\()", re.IGNORECASE)
_BESIDE_A_CALL = PORT_KEYS | {"order"}
_CALCULATOR = re.compile(r"buttord|cheb1ord|scipy|signal|matlab|python", re.IGNORECASE)
_LADDER = re.compile(
    r"(?<![A-Za-z])LC(?![A-Za-z])|\bladders?\b|\bpassive\b|\b[LC]s\b"
    r"|\b(?:inductor|capacitor|component|element|part)s?\b"
    r"|梯形|无源|元件|电感|电容|综合",
    re.IGNORECASE,
)
_IN_HERTZ = re.compile(r"\bin (?P<en>[kMG]?Hz)\b|单位[是为:：]?\s*(?P<zh>[kMG]?Hz)", re.IGNORECASE)
_ANALOG = re.compile(r"^(?:['\"]s['\"]|analog\s*=\s*True)$", re.IGNORECASE)
_TOP_LEVEL_COMMA = re.compile(r",(?![^\[(]*[\])])")
_EDGE = rf"(?:2\s?\*?\s?(?:(?:np|numpy|math)\.)?(?:pi|π)\s?\*\s?)?{NUMBER}"
_EDGES = re.compile(rf"{_EDGE}|[\[(]\s*(?P<low>{_EDGE})[\s,]+(?P<high>{_EDGE})\s*[\])]")
_PI_OF_A_MODULE = re.compile(r"\b(?:np|numpy|math)\.(?=pi)")


def with_order_call(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call with the specification in a call of `buttord` or `cheb1ord`, if there is one; where
    only the function is named, with the family that it stands for."""
    called = _order_call(said)
    if not called:
        names = {match[0].lower(): match[0] for match in _FUNCTION.finditer(said)}
        return {"family": next(iter(names.values()))} | texts if len(names) == 1 else texts
    return {key: text for key, text in texts.items() if key in _BESIDE_A_CALL} | called


def without_calculator(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call without the tool as another task, where its result is to become a ladder."""
    other = texts.get("other")
    if not other or not _LADDER.search(said) or not _order_call(said):
        return texts
    if not _CALCULATOR.search(other) and other_task(other).code != "other":
        return texts
    return {key: text for key, text in texts.items() if key != "other"}


def _order_call(said: str) -> dict[str, str]:
    """The specification in the arguments of `cheb1ord(Wp, Ws, Rp, Rs, 's')`; empty without one.

    Without the `'s'` only where a ladder is wanted and the frequencies are said to be in hertz.
    """
    called = _ORDER_CALL.search(said)
    if called is None:
        return {}
    arguments = [part.strip() for part in _TOP_LEVEL_COMMA.split(called["arguments"])]
    values, last, unit = arguments[:4], arguments[4:], "rad/s"
    if not last and _LADDER.search(said) and (stated := _IN_HERTZ.search(said)):
        unit = stated["en"] or stated["zh"]
    elif len(last) != 1 or not _ANALOG.match(last[0]):
        return {}
    values = [re.sub(r"^\w+\s*=\s*", "", part) for part in values]  # gpass=0.25
    known = {m["name"]: m["value"].strip() for m in _VARIABLE.finditer(said[: called.start()])}
    values = [known.get(part, part) for part in values]
    passed, stopped = (_edges(part, unit) for part in values[:2])
    if not passed or len(passed) != len(stopped):
        return {}
    levels = {
        key: f"{text} dB"
        for key, text in zip(("ripple", "att"), values[2:], strict=True)
        if re.fullmatch(NUMBER, text)
    }
    return {"family": called["name"]} | levels | _bands(passed, stopped) if levels else {}


def _bands(passed: list[str], stopped: list[str]) -> dict[str, str]:
    """Pass and stop edges as arguments; a band-stop stops a range between its pass bands."""
    if len(passed) == 1:
        return {"edge": passed[0], "stop1": stopped[0]}
    inside = (hertz(passed[0]) or 0) < (hertz(stopped[0]) or 0)
    last_stop = "to1" if inside else "stop2"
    return {"f1": passed[0], "f2": passed[1], "stop1": stopped[0], last_stop: stopped[1]}


def _edges(argument: str, unit: str) -> list[str]:
    """One or two frequencies in rad/s, of which `2*pi*` is printed or not, or in Hz; else none."""
    match = _EDGES.fullmatch(argument)
    if match is None:
        return []
    texts = [match["low"], match["high"]] if match["low"] else [argument]
    return [f"{_PI_OF_A_MODULE.sub('', text)} {unit}" for text in texts]
