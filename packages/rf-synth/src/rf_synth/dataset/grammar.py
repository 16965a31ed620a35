"""Requests in the phrasings of the preset `paper`: its grammar, with slots in place of the values.

The grammar names every value in full and in a few hundred frames, as specifications and exercises
do; requests by people (`voices`) rarely do. Only frames that train may use occur.
"""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from rf_synth.language import LANGUAGES
from rf_synth.language.dialogue import Conversation, DialogueConfig, Phrasebook, choose_gap
from rf_synth.language.numbers import AUTO, NumberForms
from rf_synth.requests.plausible import draw_frequency
from rf_synth.requests.slots import parse
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws

BANDS = frozenset(["lowpass", "highpass", "bandpass"])
"""The bands that the grammar can say."""
KINDS = frozenset(["full", "followup_question", "followup_resolve"])
"""The record types that the grammar can say."""
_CONFIG = DialogueConfig(shared_frames=0.5, shorthand=0.4)
_LOWEST = 1e6
"""Lowest frequency in Hz: the grammar speaks of radio."""
_REFLECTIONS: tuple[dict[str, Any], ...] = ({"return_loss": 20}, {"vswr": 1.5})
_UNUSUAL_IMPEDANCE = 4
"""One request in so many is for an impedance that is no standard value."""
_KEYS = {
    "fc": "edge", "fs": "stop", "f_center": "center", "bandwidth": "width", "fs_lower": "lower",
    "fs_upper": "upper", "ripple_db": "ripple", "La_target": "att", "R0": "z0",
    "return_loss": "return_loss", "vswr": "vswr",
}  # fmt: skip
"""Keys of the call by parameter; stop edges are numbered where they are mentioned."""
_STOPS = ("stop", "lower", "upper")
_PARAMETER = re.compile(r"\{(\w+)\}")
_FAMILY = (
    r"equiripple \(Chebyshev\)|Chebyshev[- ]type[- ]I\b|type[- ]I Chebyshev"
    r"|\bCheb(?:yshev|y)?\b|等(?:波纹|纹波)（切比雪夫）|[切契]比雪夫(?:[ⅠI]?型)?"
)
_EQUIRIPPLE = r"(?<!\})(?<!\} )(?:equiripple|equal-ripple|等波纹|等纹波)"
"""Another name of the family; behind a value it is a name of the ripple."""
_BAND = {
    "lowpass": r"\blow[- ]?pass\b|\bLPF?\b|低通",
    "highpass": r"\bhigh[- ]?pass\b|\bHPF?\b|高通",
    "bandpass": r"\bband[- ]?pass\b|\bBPF?\b|带通",
}


class _Slots(NumberForms):
    """Prints the name of a parameter in place of its value: `{fc}`."""

    def text(self, name: str, value: float | int) -> str:
        """The slot of parameter `name`."""
        return f"{{{name}}}"


@dataclass(frozen=True, slots=True)
class _Said:
    """The user's turns with a slot per parameter; what is missing, and what a turn corrects."""

    turns: list[str]
    missing: frozenset[str]
    corrected: list[str]


def assemble(draws: Draws, lang: str, kind: str, band: str) -> Request:
    """A request of the record type `kind` (one of `KINDS`) for a filter of `band` (of `BANDS`)."""
    said = _said(draws, lang, kind, band)
    turns, upper = _in_call_keys(said)
    turns = _words_marked(turns, "family", (_FAMILY, _EQUIRIPPLE))
    turns = _words_marked(turns, "band", (_BAND[band],))
    frequency = draw_frequency(draws)
    while frequency[0] < _LOWEST:
        frequency = draw_frequency(draws)
    unusual = draws.below(_UNUSUAL_IMPEDANCE) == 0
    return Request(
        id=f"{lang}/grammar",
        lang=lang,
        voice=f"{lang}/grammar",
        turns=tuple(map(parse, turns)),
        kind="gap" if kind == "followup_question" else "full",
        band=band,
        missing=_asked(band, said.missing) if kind == "followup_question" else (),
        frequency=frequency,
        impedances=(float(20 + draws.below(281)),) if unusual else (),
        upper=upper,
    )


@cache
def _phrasebook(lang: str) -> Phrasebook:
    """The phrasings of train in one language, with slots for values."""
    language = LANGUAGES[lang]
    forms = tuple(_Slots(AUTO, " dB", " ohm", tight=tight) for tight in (False, True))
    forms = forms if lang != "en" else forms[:1]
    brief = replace(language.shorthand, forms=forms)
    return Phrasebook(replace(language, forms=forms, shorthand=brief), _CONFIG)


def _said(draws: Draws, lang: str, kind: str, band: str) -> _Said:
    """A conversation of this record type, as the grammar of the preset `paper` has it."""
    book = _phrasebook(lang)
    spec: dict[str, Any] = dict.fromkeys(_KEYS, 10**6) | {"filter_band": band}
    spec |= {"R0": 50, "La_target": 40, "ripple_db": 0.1}  # what a correction departs from
    if kind == "full":
        instead = draws.pick(_REFLECTIONS) if draws.below(8) == 0 else {}
        return _turns_of(book.full_request(draws, spec, instead))
    while True:
        gap = choose_gap(draws, spec, _CONFIG, correct=draws.below(6) == 0)
        if kind == "followup_resolve":
            return _turns_of(book.resolved(draws, spec, gap, second_round=draws.below(8) == 0))
        if _asked(band, frozenset(gap.missing)):
            return _turns_of(book.partial_request(draws, spec, replace(gap, earlier={})))


def _turns_of(conversation: Conversation) -> _Said:
    turns = [m["content"] for m in conversation.messages if m["role"] == "user"]
    return _Said(turns, frozenset(conversation.missing), conversation.corrected)


def _asked(band: str, missing: frozenset[str]) -> tuple[str, ...]:
    """The missing parameters that are asked for: no impedance, no second stop edge, and no band,
    which the missing edge decides."""
    asked = missing - {"R0", "filter_band"}
    if not {"fs_lower", "fs_upper"} <= missing:
        asked -= {"fs_lower", "fs_upper"}
    return tuple(name for name in _KEYS if name in asked)


def _in_call_keys(said: _Said) -> tuple[list[str], dict[int, bool]]:
    """The turns with the keys of a call, a star after a corrected one; and the sides of stop
    edges that are named lower or upper, True for upper."""
    numbers: dict[str, int] = {}

    def key(found: re.Match[str]) -> str:
        name = _KEYS[found[1]]
        if name in _STOPS:
            name = f"stop{numbers.setdefault(name, len(numbers) + 1)}"
        return f"{{{name}*}}" if last and found[1] in said.corrected else f"{{{name}}}"

    turns = []
    for place, turn in enumerate(said.turns):
        last = place and place == len(said.turns) - 1
        turns.append(_PARAMETER.sub(key, turn))
    sides = {number: name == "upper" for name, number in numbers.items() if name != "stop"}
    return turns, sides


def _words_marked(turns: list[str], key: str, patterns: tuple[str, ...]) -> list[str]:
    """The turns with the first words of a pattern, the first that occurs, as a slot of `key`."""
    for pattern in patterns:
        for place, turn in enumerate(turns):
            found = re.search(pattern, turn, re.ASCII | re.IGNORECASE)
            if found:
                marked = f"{turn[: found.start()]}{{{key}:{found[0]}}}{turn[found.end() :]}"
                return [*turns[:place], marked, *turns[place + 1 :]]
    return turns
