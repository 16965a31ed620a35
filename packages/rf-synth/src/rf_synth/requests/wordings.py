"""Loads the clauses that requests are made from, and selects those that fit a request.

A clause in the data (`language/requests/clauses/<lang>/<writer>.json`) is a text, or an object of a
text and its restrictions: its register (or a list of them), the frequency range in Hz at which it
makes sense, and its topic, which occurs at most once in a request.
"""

from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rf_jsonl import loads

from rf_synth.requests.mixing import is_entry
from rf_synth.specs.draws import Draws

REGISTERS = ("form", "chat", "formal", "plain")
"""Registers of a request: a form, a chat, a letter, or plain prose."""
_APART = frozenset(
    ["price", "quantity", "deadline", "supply", "connector", "temperature", "parts", "papers"]
)
"""Topics of products, which do not occur in homework."""
_NOT_HOMEWORK = frozenset(
    ["purpose", "history", "kind", "small_signal", "work", "hobby", "coupling", "harmonics",
     "pa harmonics", "power", "size", "tuning", "measurement", "substrate", "losses", "letter",
     "letter end"]
)  # fmt: skip
_WITHOUT = {
    "homework": _APART.union(_NOT_HOMEWORK),
    "exercise": _APART.union(_NOT_HOMEWORK, ["greeting"]),
    "hobby": _APART - {"parts", "price"} | {"purpose", "small_signal", "work", "if strip"},
    "small_signal": frozenset({"purpose", "power", "harmonics", "multiplex"}),
    "harmonics": frozenset({"purpose", "homework", "if strip"}),
    "pa harmonics": frozenset({"harmonics", "purpose", "homework", "if strip", "small_signal"}),
    "notation": _APART.union(_NOT_HOMEWORK, {"smd", "losses", "delay"}) - {"letter", "letter end"},
    "if strip": frozenset({"purpose", "power", "homework", "multiplex", "small_signal"}),
    "smd": frozenset({"connector", "parts", "power", "size", "hobby", "homework"}),
    "parts": frozenset({"substrate", "stepped lines", "power", "if strip"}),
    "coupling": frozenset({"substrate"}),
    "digital": _APART
    | {"substrate", "power", "size", "smd", "tuning", "coupling"}
    | {"small_signal", "if strip", "purpose", "history", "hobby", "harmonics", "pa harmonics"},
}
"""Topics that exclude one another, in both directions: no watts with an ADC.

`notation` is that of textbooks and programs, which quotations for goods do not use.
"""
_FIELDS = frozenset(["text", "register", "freq", "topic"])
_EVERYWHERE = (0.0, float("inf"))


class ClauseError(ValueError):
    """A clause that cannot be used; the message quotes it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One clause of the data."""

    text: str
    registers: frozenset[str] = frozenset(REGISTERS)
    frequency: tuple[float, float] = _EVERYWHERE
    topic: str = ""

    def fits(self, register: str, frequency: tuple[float, float]) -> bool:
        """Whether the clause fits a request of this register and frequency range in Hz."""
        low, high = self.frequency
        return register in self.registers and low <= frequency[0] and frequency[1] <= high


@dataclass(frozen=True, slots=True)
class Choice:
    """Wordings to choose from, grouped by topic at the positions in `spans`."""

    wordings: tuple[Wording, ...]
    spans: dict[str, tuple[int, int]]

    def pick(self, draws: Draws, said: Set[str]) -> Wording | None:
        """A random wording whose topic is not in `said`; None if none is left."""
        if not self.spans or not said:
            return draws.pick(self.wordings) if self.wordings else None
        closed = sorted([self.spans[topic] for topic in self.spans.keys() & said])
        left = len(self.wordings) - sum(end - start for start, end in closed)
        if not left:
            return None
        place = draws.below(left)
        for start, end in closed:
            if place >= start:
                place += end - start
        return self.wordings[place]


def choice_of(wordings: list[Wording]) -> Choice:
    """The wordings ordered by topic."""
    ordered = sorted(wordings, key=lambda wording: wording.topic)
    spans: dict[str, tuple[int, int]] = {}
    for place, wording in enumerate(ordered):
        if wording.topic:
            spans[wording.topic] = (spans.get(wording.topic, (place, 0))[0], place + 1)
    return Choice(tuple(ordered), spans)


def read_wording(entry: str | dict[str, Any]) -> Wording:
    """Parses a clause of the data. Raises ClauseError."""
    if isinstance(entry, str):
        return Wording(entry)
    if not entry.keys() <= _FIELDS or not isinstance(entry.get("text"), str):
        raise ClauseError(f"{entry!r} is not a clause: expected text, register, freq and topic")
    named, (low, high) = entry.get("register", REGISTERS), entry.get("freq", _EVERYWHERE)
    registers = frozenset([named] if isinstance(named, str) else named)
    if not registers or not registers <= frozenset(REGISTERS) or not low < high:
        raise ClauseError(f"{entry!r} has an unknown register or an invalid range of frequencies")
    return Wording(entry["text"], registers, (float(low), float(high)), entry.get("topic", ""))


@cache
def closed_by(topic: str) -> frozenset[str]:
    """The topics that are excluded in a request once it has `topic`."""
    apart = {name for name, others in _WITHOUT.items() if topic in others}
    own = {topic} - {"notation"}  # a text stays in its notation
    return frozenset(own | apart | _WITHOUT.get(topic, frozenset())) if topic else frozenset()


@cache
def clauses(lang: str) -> dict[str, Any]:
    """The clauses of all writers of one language, by what they state."""
    folder = files("rf_synth") / "language" / "requests" / "clauses" / lang
    pool: dict[str, Any] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        _join(pool, loads(entry.read_bytes()))
    return pool


def _join(pool: dict[str, Any], more: dict[str, Any]) -> None:
    for name, values in more.items():
        if isinstance(values, dict):
            _join(pool.setdefault(name, {}), values)
        else:
            pool.setdefault(name, []).extend(map(read_wording, values))


def all_wordings(lang: str) -> list[Wording]:
    """All clauses of one language."""
    found: list[Wording] = []
    pools = [clauses(lang)]
    while pools:
        for part in pools.pop().values():
            if isinstance(part, dict):
                pools.append(part)
            else:
                found += part
    return found


@cache
def fitting(
    lang: str,
    path: tuple[str, ...],
    register: str,
    frequency: tuple[float, float],
    containing: str = "",
    *,
    entries: bool = False,
) -> Choice:
    """The clauses of the list at `path` that fit a request and contain the text `containing`.

    With `entries` only those without grammar, which may also occur in Chinese text.
    """
    of_register, limits = _of_register(lang, path, register, containing, entries)
    within = frozenset([limit for limit in limits if _holds(limit, frequency)])
    if len(within) == len(limits):
        return of_register
    return _within(lang, path, register, containing, entries, limits=within)


def _holds(limit: tuple[float, float], frequency: tuple[float, float]) -> bool:
    return limit[0] <= frequency[0] and frequency[1] <= limit[1]


@cache
def _within(
    lang: str, path: tuple[str, ...], register: str, containing: str, entries: bool,
    *, limits: frozenset[tuple[float, float]],
) -> Choice:  # fmt: skip
    """The clauses of `_of_register` with one of `limits`, which many frequency ranges share."""
    of_register, _ = _of_register(lang, path, register, containing, entries)
    return choice_of([w for w in of_register.wordings if w.frequency in limits])


@cache
def _of_register(
    lang: str, path: tuple[str, ...], register: str, containing: str, entries: bool
) -> tuple[Choice, frozenset[tuple[float, float]]]:
    """As `fitting` for any frequency, with all of the frequency limits of the clauses."""
    pool: Any = clauses(lang)
    for name in path:
        pool = pool[name]
    found = [w for w in pool if register in w.registers and containing in w.text
             and (not entries or is_entry(w.text))]  # fmt: skip
    return choice_of(found), frozenset([w.frequency for w in found])
