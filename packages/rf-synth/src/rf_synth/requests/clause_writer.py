"""Draws clauses that one person would write in one text: one register, person and notation."""

import re
from collections.abc import Iterable
from functools import lru_cache

from rf_synth.requests.mixing import LETTER_VOCABULARIES, VOCABULARIES, with_terms
from rf_synth.requests.plausible import unit_of
from rf_synth.requests.wordings import closed_by, fitting
from rf_synth.specs.draws import Draws

_ENTRIES = {"openings": 0, "closings": 0, "questions": 0, "order": 2, "open": 2, "noise": 2} | {
    "families": 6
}
"""English entries among ten clauses of a list in a mixed request; 3 for other lists."""
_PERSONS = (re.compile(r"\bI[ '\u2019]|\b[Mm]y\b"), re.compile(r"\b(?:[Ww]e|[Oo]ur)\b"))
"""Words of one person who writes, and of several; not the I of `Chebyshev I`."""
_NOTATIONS = {
    "program": re.compile(
        r"[a-z]_[a-z]|gpass|gstop|\b[Ww][sp] ?=|\br[ps]="
        r"|\b(?:[bf]type|atten?|stop|approx|rho|ord|order|offset|transition)="
    ),
    "formula": re.compile(r"\||\b(?:A|S21|dB)\(|[αδρω]|·|\b[fA] ?[≤≥]"),
}
"""Notations of forms that do not meet in one."""
_MANNERS = {
    "spoken": re.compile(
        r"[哈呗嘛啦呢啊咱嘞俺哦嗯呀咋啥喽咯]|搞|弄|[来整做]个|来一|给压|吧(?![\u4e00-\u9fff])|\d?个dB"
    ),
    "written": re.compile(
        r"[\u4e00-\u9fff][≥≤]|允许|不应|不得|应[在为大小高低]|考核|均[为应需]|须"
    ),
}
"""Manners of Chinese chats that do not meet in one."""
_STYLES = _NOTATIONS | _MANNERS
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SLOT = re.compile(r"\{[^{}]*\}")
_TRIES = 12
"""Draws for a clause that does not jar with the others."""


@lru_cache(maxsize=1 << 15)
def _style_of(text: str) -> tuple[frozenset[int], frozenset[str]]:
    """Who speaks in a clause, one (0) or several (1), and its notations."""
    persons = frozenset(i for i, words in enumerate(_PERSONS) if words.search(text))
    plain = _SLOT.sub("", text)
    return persons, frozenset(name for name, signs in _STYLES.items() if signs.search(plain))


class ClauseWriter:
    """Draws the clauses of one request that fit its language, register and frequencies.

    `said` holds the excluded topics, and the lists of clauses already used.
    """

    def __init__(
        self,
        draws: Draws,
        lang: str,
        frequency: tuple[float, float],
        register: str,
        said: Iterable[str] = (),
    ) -> None:
        self.draws, self.lang, self.register = draws, lang, register
        self.base = lang if lang != "mix" else "zh"
        """The language of the sentences; English in the quoted part of a mixed request."""
        self.said, self._texts = set(said), set[str]()
        letters = LETTER_VOCABULARIES if register == "formal" else range(len(VOCABULARIES))
        self._terms = (draws.pick(letters), draws.pick(("", "", " "))) if lang == "mix" else (0, "")
        self._notation = draws.pick(("", *_NOTATIONS)) if register == "form" else ""
        manners = (draws.pick(tuple(_MANNERS)),) if register == "chat" else _MANNERS
        self._styles = frozenset((self._notation, *manners))
        self.frequency = frequency
        self._unit = unit_of(frequency)

    def one(self, *path: str, containing: str = "") -> str:
        """A clause of the list at `path` with its unit filled in; empty if none is left."""
        if path[0] == "noise" and self._programmed:
            return ""
        wording = None
        if (
            self.lang == "mix"
            and self.base == "zh"
            and (self.register != "formal" or path[0] == "families")
            and self.draws.below(10) < _ENTRIES.get(path[0], 3)
        ):
            choice = fitting("en", path, self.register, self.frequency, containing, entries=True)
            wording = choice.pick(self.draws, self.said)
        if wording is None:
            choice = fitting(self.base, path, self.register, self.frequency, containing)
            for _ in range(_TRIES):  # prefer clauses of the same person that are not used yet
                wording = choice.pick(self.draws, self.said)
                if wording is None or not self._jars(wording.text):
                    break
        if wording is None:
            return ""
        self.said.add(path[0])
        self._texts.add(wording.text)
        if wording.topic:
            self.said |= closed_by(wording.topic)
        if "program" in _style_of(wording.text)[1]:
            self.said |= closed_by("notation")
        text = wording.text
        if "U}" not in text:
            return text
        return text.replace("!U}", f"!{self._unit}}}").replace("{U}", self._unit)

    @property
    def _programmed(self) -> bool:
        """Whether a Chinese request is written as a program, without sentences."""
        return self._notation == "program" and self.base == "zh"

    def _jars(self, text: str) -> bool:
        """Whether the text has been used, has another notation, or says `we` after `I` or back."""
        if text in self._texts:
            return True
        persons, notations = _style_of(text)
        if not notations <= self._styles:
            return True
        if self._programmed and _CHINESE.search(_SLOT.sub("", text)):
            return True
        before = {person for said in self._texts for person in _style_of(said)[0]}
        return any(1 - person in before for person in persons)

    def in_terms(self, text: str) -> str:
        """`text` with the writer's English terms, in a mixed request."""
        return with_terms(text, *self._terms) if self.lang == "mix" else text

    def around_quote(self, name: str) -> str:
        """A Chinese sentence before or after an English quotation."""
        choice = fitting("mix", (name,), self.register, self.frequency)
        return self.draws.pick(choice.wordings).text
