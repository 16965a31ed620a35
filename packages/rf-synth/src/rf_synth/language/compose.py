"""Composes messages from a frame, a head, and parameters in some order and number format."""

from collections.abc import Mapping, Sequence
from typing import Any

from rf_synth.language.model import NO_BAND, Clause, Clauses, Frame, Language, Part, is_han
from rf_synth.language.numbers import LOWER, LOWER_SPACED, NumberForms
from rf_synth.language.reading import has_han
from rf_synth.specs.draws import Draws

Values = Mapping[str, Any]
"""Values by parameter name, as in a specification; also return_loss and vswr."""


BRIEF = ("shorthand", "labels")
"""The layouts of brief requests, as engineers type them."""


class Composer:
    """Writes the requests and replies of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._spaced = language.code == "mix"
        self._capital = language.code == "en"
        self._together: dict[tuple[str, ...], list[tuple[str, ...]]] = {}

    def request(
        self,
        draws: Draws,
        frame: Frame,
        values: Values,
        names: list[str],
        band: str | None,
        *,
        pending: Sequence[str] = (),
    ) -> str:
        """A request that states `names`, and the band unless it is None.

        Brief requests also say that the parameters in `pending` are not known yet.
        """
        language = self.language
        if frame.layout in BRIEF:
            return self._brief_request(
                draws, frame, values, names, band or NO_BAND, pending=pending
            )
        head = draws.pick(language.heads[band] if band else language.blind_heads)
        forms = draws.pick(language.forms)
        stated = self._statements(draws, frame, forms, values, names)
        return self._assembled(draws, frame, forms, head, stated)

    def _brief_request(
        self,
        draws: Draws,
        frame: Frame,
        values: Values,
        names: list[str],
        band: str,
        *,
        pending: Sequence[str],
    ) -> str:
        """A brief request, without what its head already states ("2.4 GHz BPF").

        With units in lower case (ghz), everything is in lower case.
        """
        brief = self.language.shorthand
        forms = draws.pick(brief.forms)
        plain = draws.below(2) == 1
        heads = (brief.plain_heads if plain else brief.heads)[band]
        said = draws.pick(heads)
        if said.names and not _may_state(said.names[0], names, forms):
            said = draws.pick([head for head in heads if not head.names])
        names = [name for name in names if name not in said.names]
        if frame.layout == "labels":
            given = {name: values[name] for name in names}
            stated = self._named(draws, frame, brief.labels, forms, given)
        else:
            table = brief.clauses[band]
            groups = self._joined_freely(draws, band, names)
            stated = self._clauses(draws, table, forms, values, groups)
        if plain and draws.below(4):
            stated.insert(draws.below(len(stated) + 1), draws.pick(brief.kinds))
        for name in pending:
            stated.insert(draws.below(len(stated) + 1), self._unknown(draws, frame, name))
        stated = _bulleted(stated, frame.bullet)
        text = self._assembled(draws, frame, forms, _text_of(said, forms, values), stated)
        text = self._in_context(draws, frame, text)
        return text.lower() if forms.frequency in (LOWER, LOWER_SPACED) else text

    def _unknown(self, draws: Draws, frame: Frame, name: str) -> str:
        """A statement that a value is not known yet: ripple TBD."""
        brief = self.language.shorthand
        if frame.layout == "labels":
            said = _joined(draws.pick(brief.labels[name]), frame.sep)
            return said + draws.pick(brief.unset)
        said = draws.pick(brief.pending)
        return _naming(said, draws.pick(self.language.names[name]))

    def _in_context(self, draws: Draws, frame: Frame, text: str) -> str:
        """The request with, at random, a sentence before and after it.

        A Chinese request without Chinese characters ("LPF fc=1G …") gets a closing that has some.
        """
        brief, by_lines = self.language.shorthand, "\n" in frame.joiner
        if draws.below(3) == 0:
            gap = "\n" if by_lines else " " if self._capital else ""
            text = draws.pick(brief.openings) + gap + text
        foreign = not self._capital and not has_han(text)
        if foreign or draws.below(3) == 0:
            if by_lines:
                text = text.rstrip("\n") + "\n"
            elif text[-1] in ".?!。？！":
                text += " " if self._capital else ""
            else:
                text += self.language.sentence_end
            closings = brief.closings
            text += draws.pick([c for c in closings if has_han(c)] if foreign else closings)
        return text

    def reply(
        self, draws: Draws, frame: Frame, values: Values, names: list[str], band: str | None
    ) -> str:
        """A user's answer that states `band`, if given, and then `names`."""
        forms = draws.pick(self.language.forms)
        stated = self._statements(draws, frame, forms, values, names, keep_order=True)
        if band:
            stated.insert(0, frame.bullet.replace("#", "0") + draws.pick(self.language.bands[band]))
        return self._assembled(draws, frame, forms, "", stated)

    def correction(self, draws: Draws, name: str, value: float | int) -> str:
        """A sentence that changes the value of a parameter."""
        said = draws.pick(self.language.corrections)
        forms = draws.pick(self.language.forms)
        before, after = said.split("{value}")
        before = _naming(before, draws.pick(self.language.names[name]))
        return before + _behind(before, forms) + forms.text(name, value) + after

    def question(self, draws: Draws, missing: list[str]) -> str:
        """The assistant's question for exactly the missing parameters."""
        asked = [self.language.asked[name] for name in missing]
        comma, last = self.language.list_joiners
        listed = last.join([comma.join(asked[:-1]), asked[-1]] if len(asked) > 1 else asked)
        return draws.pick(self.language.questions).replace("{asked}", listed)

    def _assembled(
        self, draws: Draws, frame: Frame, forms: NumberForms, head: str, stated: list[str]
    ) -> str:
        text = self._filled(draws, frame.before, "", head)
        body = frame.joiner.join(stated[:-1])
        body = body + frame.last + stated[-1] if body else stated[-1]
        if text and is_han(text[-1]) and body[0] < "\u2000" and (self._spaced or not forms.tight):
            text += " "
        text = self._filled(draws, frame.after, text + body, head)
        if self._capital and text[0].islower():
            return text[0].upper() + text[1:]
        return text

    def _filled(self, draws: Draws, template: tuple[Part, ...], text: str, head: str) -> str:
        """`text` followed by a frame's text, its alternatives chosen and its head filled in."""
        for part in template:
            if isinstance(part, tuple):
                text += draws.pick(part)
            elif part == "{head}":
                text = _apart(text, head) if self._spaced else text + head
            elif part == "{a_head}":
                text += ("an " if head[0] in "aeiou8" else "a ") + head
            elif self._spaced and is_han(part[0]) and text and text[-1] < "\u2000":
                text += f" {part}" if text[-1].isalnum() else part
            else:
                text += part
        return text

    def _statements(
        self,
        draws: Draws,
        frame: Frame,
        forms: NumberForms,
        values: Values,
        names: list[str],
        *,
        keep_order: bool = False,
    ) -> list[str]:
        """One text per clause or list item, in their final order."""
        if frame.layout in ("prose", "spoken"):
            prose = frame.layout == "prose"
            table = self.language.clauses if prose else self.language.spoken
            groups = self._groups(draws, table, names)
            return self._clauses(draws, table, forms, values, groups)
        if frame.layout == "bare":
            return [forms.text(name, values[name]) for name in names]
        words = self.language.symbols if frame.layout == "symbols" else self.language.names
        given = {name: values[name] for name in names}
        stated = self._named(draws, frame, words, forms, given, keep_order=keep_order)
        return _bulleted(stated, frame.bullet)

    def _named(
        self,
        draws: Draws,
        frame: Frame,
        words: Mapping[str, Sequence[str]],
        forms: NumberForms,
        given: Values,
        *,
        keep_order: bool = False,
    ) -> list[str]:
        """List items: each name, in the words of `words`, with its value."""
        names = list(given)
        if not keep_order and draws.below(2):
            names = draws.shuffled(names)
        stated = []
        for name in names:
            said = _joined(draws.pick(words[name]), frame.sep)
            stated.append(said + _behind(said, forms) + forms.text(name, given[name]))
        return stated

    def _clauses(
        self,
        draws: Draws,
        table: Clauses,
        forms: NumberForms,
        values: Values,
        groups: list[tuple[str, ...]],
    ) -> list[str]:
        said = []
        for group in groups:
            clauses = table[group]
            if group == ("R0",) and not forms.ohm:
                clauses = self.language.shorthand.impedances
            text = _text_of(draws.pick(clauses), forms, values)
            if forms.before_noun and "R0" in group:
                text = text.replace(*forms.before_noun)
            said.append(text)
        return said

    def _groups(self, draws: Draws, table: Clauses, names: list[str]) -> list[tuple[str, ...]]:
        """The parameters in the order of mention, grouped where one clause states several."""
        key = tuple(names)
        together = self._together.get(key)
        if together is None:
            known = {**self.language.clauses, **self.language.spoken}
            wanted = [group for group in known if len(group) > 1]
            together = [group for group in wanted if set(group) <= set(names)]
            self._together[key] = together
        groups: list[tuple[str, ...]] = []
        left = names
        for group in together:
            if group in table and draws.below(2) and all(name in left for name in group):
                groups.append(group)
                left = [name for name in left if name not in group]
        return self._in_some_order(draws, groups, left, names)

    def _joined_freely(self, draws: Draws, band: str, names: list[str]) -> list[tuple[str, ...]]:
        """As `_groups`, for brief requests, whose table has many clauses that state several.

        A quarter of the requests groups nothing; the others start at a random place in the table.
        """
        key = (band, *names)
        together = self._together.get(key)
        if together is None:
            table = self.language.shorthand.clauses[band]
            together = [g for g in table if len(g) > 1 and set(g) <= set(names)]
            self._together[key] = together
        groups: list[tuple[str, ...]] = []
        left = names
        if together and draws.below(4):
            start = draws.below(len(together))
            for group in together[start:] + together[:start]:
                if all(name in left for name in group) and draws.below(2):
                    groups.append(group)
                    left = [name for name in left if name not in group]
        return self._in_some_order(draws, groups, left, names)

    @staticmethod
    def _in_some_order(
        draws: Draws, groups: list[tuple[str, ...]], left: list[str], names: list[str]
    ) -> list[tuple[str, ...]]:
        """The groups and single parameters, shuffled or in the order of the names."""
        groups += [(name,) for name in left]
        if draws.below(2):
            return draws.shuffled(groups)
        return sorted(groups, key=lambda group: names.index(group[0]))


def _bulleted(stated: list[str], bullet: str) -> list[str]:
    """The statements, each after its bullet or number, if the frame has them."""
    if not bullet:
        return stated
    return [bullet.replace("#", str(place)) + item for place, item in enumerate(stated, start=1)]


def _may_state(name: str, names: list[str], forms: NumberForms) -> bool:
    """Whether the head may state this value: it is not the only one stated, and has a unit."""
    return name in names and len(names) > 1 and (name != "R0" or bool(forms.ohm))


def _text_of(clause: Clause, forms: NumberForms, values: Values) -> str:
    """A clause with its values filled in."""
    literals = clause.tight if forms.tight else clause.loose
    text = literals[0]
    for name, literal in zip(clause.names, literals[1:], strict=True):
        text += forms.text(name, values[name]) + literal
    return text


def _joined(word: str, sep: str) -> str:
    """`word` and `sep`; a leading space of the separator is only used after Latin words.

    Without a separator, a Latin word needs a space before its value: fc 1G, but 截止1G.
    """
    if not sep and not is_han(word[-1]):
        return f"{word} "
    if len(sep) > 1 and is_han(sep[1]) and is_han(word[-1]):
        return word + sep[1:]
    return word + sep


def _naming(template: str, word: str) -> str:
    """The sentence with {name} filled in."""
    before, after = template.split("{name}")
    return _apart(_apart(before, word), after)


def _apart(left: str, right: str) -> str:
    """Both texts, separated by a space if a Han and a Latin character would touch."""
    ends = left[-1:] + right[:1]
    mixed = len(ends) == 2 and ends.isalnum() and is_han(ends[0]) != is_han(ends[1])
    return f"{left} {right}" if mixed else left + right


def _behind(text: str, forms: NumberForms) -> str:
    """The space between a Han character and a value, if these forms have one."""
    return "" if forms.tight or not is_han(text[-1]) else " "
