"""Draws the clauses of a stop band: its points, their sides, and the way they are stated."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from rf_synth.requests.pass_bands import LADDERS
from rf_synth.requests.plausible import words_in
from rf_synth.specs.draws import Draws

_NUMBERED = re.compile(r"(?<=\{)(stop|to|offset|multiple|att)([1-6])")
_TRIES = 6
"""Draws for a clause of few words."""
_SINGLE = re.compile(
    r"\b(?:image|LO|nearest|first|carrier|blocker|tower|neighbour|somebody|transmitter"
    r"|channel|symmetrical|sides?|either|both)\b|镜像|本振|最近|邻|载波|干扰|有个|发射机|信道|基站"
    r"|一律|都|均|测试|泄漏|落到|那[边儿里头]",
    re.IGNORECASE,
)
"""Signals that are named once."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
_MOST_CHINESE = 5
"""Chinese characters of a clause that may be repeated."""

Side = Literal["", "upper", "lower", "pair", "falling"]


class Clause(NamedTuple):
    """A clause and the side of its stop points.

    `pair` is a lower and an upper point, numbered in this order; `falling` an upper and a lower
    point, in the order of the text.
    """

    text: str
    side: Side = ""


class Pool(Protocol):
    """A source of clauses of one language."""

    draws: Draws

    def one(self, *path: str) -> str:
        """Draws a clause of the list at `path`."""


def numbered(clauses: Iterable[Clause]) -> tuple[list[Clause], dict[int, bool]]:
    """The clauses with their points renumbered in order of appearance.

    Also the sides of points that a clause determines, True above the pass band.
    """
    counted: list[Clause] = []
    sides: dict[int, bool] = {}
    points = 0
    for clause in clauses:
        text, own = _counted_on(clause.text, points)
        for place, local in enumerate(own, start=1):
            number = points + place
            if clause.side in ("upper", "lower"):
                sides[number] = clause.side == "upper"
            elif clause.side == "pair":
                sides[number] = local == "2"
            elif clause.side == "falling":
                sides[number] = place == 1
        points += len(own)
        counted.append(Clause(text, clause.side))
    return counted, sides


@lru_cache(maxsize=1 << 15)
def _counted_on(text: str, before: int) -> tuple[str, tuple[str, ...]]:
    """A clause with its points renumbered from `before` + 1, and their original numbers."""
    own: dict[str, int] = {}
    for match in _NUMBERED.finditer(text):
        own.setdefault(match[2], before + len(own) + 1)
    counted = _NUMBERED.sub(lambda match: f"{match[1]}{own[match[2]]}", text) if own else text
    return counted, tuple(own)


def stop_clauses(pool: Pool, band: str, gaps: frozenset[str]) -> list[Clause]:
    """The clauses of the stop band, without what the request leaves out."""
    if {"stop", "att"} <= gaps:
        return []
    if "stop" in gaps:  # `20 dB up to 10 GHz` does not state where the stop band begins
        begins_nowhere = band == "lowpass" and pool.draws.below(6) == 0
        return [Clause(pool.one("up_to" if begins_nowhere else "att"))]
    if "att" in gaps:
        return _points_alone(pool, band)
    if band in LADDERS:
        return _of_ladder(pool, band)
    return _of_bandpass(pool) if band == "bandpass" else _of_notch(pool)


def impossible_stops(pool: Pool, band: str) -> list[Clause]:
    """Points with attenuations, for impossible numbers."""
    if band in LADDERS:
        return [Clause(pool.one("stop_att", band))]
    return _pair(pool) if band == "bandpass" else _of_notch(pool)


def answered_stops(pool: Pool, name: str) -> Clause:
    """An answer of the list `name`; for a band-pass it may state a pair of points."""
    text = pool.one("answers", name)
    both = name.endswith("bandpass") and "{stop1" in text and "{stop2" in text
    return Clause(text, "pair" if both else "")


def _points_alone(pool: Pool, band: str) -> list[Clause]:
    if band in LADDERS:
        return [Clause(pool.one("stop", band))]
    if band == "bandpass" and pool.draws.below(4) == 0:
        return [Clause(pool.one("offset_bare"))]
    if band == "bandstop":
        return [Clause(pool.one("notch_pair"), "pair")]
    return [_pair_alone(pool)]


def _pair_alone(pool: Pool) -> Clause:
    if pool.draws.below(5) == 0:
        return Clause(pool.one("stop_pair_falling"), "falling")
    return Clause(pool.one("stop_pair"), "pair")


def _pair(pool: Pool) -> list[Clause]:
    """Both stop edges with the same attenuation."""
    if pool.draws.below(2):
        return [Clause(pool.one("stop_pair_att"), "pair")]
    return [_pair_alone(pool), Clause(pool.one("att"))]


def _of_ladder(pool: Pool, band: str) -> list[Clause]:
    way = pool.draws.below(100)
    if way < 48:
        return [Clause(pool.one("stop_att", band))]
    if way < 70:
        return [Clause(pool.one("stop", band)), Clause(pool.one("att"))]
    if way < 83:
        return [Clause(_brief(pool, "stop_att", band))] * (2 + (way > 80))
    if way < 94:
        return [Clause(pool.one("multiple", band))]
    return [Clause(pool.one("transition")), Clause(pool.one("att"))]


def _of_bandpass(pool: Pool) -> list[Clause]:
    way = pool.draws.below(100)
    for percent, clauses in _BANDPASS_WAYS:
        way -= percent
        if way < 0:
            return clauses(pool)
    raise AssertionError("the ways of a band-pass add up to 100 per cent")


def _brief(pool: Pool, *path: str) -> str:
    """A clause of few words, which may be repeated for every point of a mask."""
    texts = [pool.one(*path) for _ in range(_TRIES)]
    return min(
        filter(None, texts),
        key=lambda text: (
            bool(_SINGLE.search(text)) or len(_CHINESE.findall(text)) > _MOST_CHINESE,
            max(words_in(text), 4),
        ),
        default="",
    )


def _of_notch(pool: Pool) -> list[Clause]:
    """The stop band of a band-stop, with both of its edges."""
    way = pool.draws.below(4)
    if way == 0:
        return [Clause(pool.one("notch_range"))]
    if way == 1:
        return [Clause(pool.one("notch_pair"), "pair"), Clause(pool.one("att"))]
    return [Clause(pool.one("notch_pair_att"), "pair")]


def _at(pool: Pool, side: Literal["upper", "lower"]) -> Clause:
    return Clause(pool.one("stop_att", side), side)


def _briefly_at(pool: Pool, side: Literal["upper", "lower"]) -> Clause:
    return Clause(_brief(pool, "stop_att", side), side)


def _ranges(pool: Pool) -> list[Clause]:
    upper = Clause(pool.one("stop_range", "upper"), "upper")
    lower = Clause(pool.one("stop_range", "lower"), "lower")
    return pool.draws.pick(([upper], [lower], [lower, upper], [upper, lower]))


def _of_both_sides(pool: Pool) -> list[Clause]:
    return pool.draws.shuffled([_at(pool, "lower"), _at(pool, "upper")])


def _of_one_side(pool: Pool) -> list[Clause]:
    return [_at(pool, pool.draws.pick(("upper", "upper", "lower")))]


def _offsets(pool: Pool) -> list[Clause]:
    if pool.draws.below(4):
        return [Clause(pool.one("offset"))]
    return [Clause(_brief(pool, "offset"))] * 2


_BANDPASS_WAYS: tuple[tuple[int, Callable[[Pool], list[Clause]]], ...] = (
    (36, _pair),
    (8, lambda pool: [Clause(pool.one("stop_pair_own"), "pair")]),
    (12, _of_both_sides),
    (10, _of_one_side),
    (12, _offsets),
    (4, lambda pool: [Clause(pool.one("offset_bare")), Clause(pool.one("att"))]),
    (4, lambda pool: [Clause(pool.one("multiple", "bandpass"))]),
    (8, _ranges),
    (2, lambda pool: [Clause(pool.one("transition")), Clause(pool.one("att"))]),
    (4, lambda pool: [_at(pool, "lower"), *[_briefly_at(pool, "upper")] * 2]),
)
"""Ways to state the stop band of a band-pass, with their shares in per cent."""
