"""The tables of a language, and their compilation for fast rendering.

In the tables `¦` separates entries, `{…}` is a placeholder and `[a|b]` are alternatives:
`截止频率{fc}` is a clause, `[请|麻烦]设计{head}：{clauses}。` the text of a frame. They are
compiled once, on import.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rf_synth.language.numbers import NumberForms

Part = str | tuple[str, ...]
"""A literal, a placeholder, or alternatives to choose from."""

SHORT = {"lowpass": "LPF", "highpass": "HPF", "bandpass": "BPF"}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CHOICE = re.compile(r"\[([^\]{}]*\|[^\]{}]*)\]")
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Clause:
    """A statement of one or more parameters: their names and the literals around their values.

    `loose` literals have a space between a Han character and a value, `tight` ones do not.
    """

    names: tuple[str, ...]
    loose: tuple[str, ...]
    tight: tuple[str, ...]


Clauses = Mapping[tuple[str, ...], tuple[Clause, ...]]


@dataclass(frozen=True, slots=True)
class Frame:
    """A family of phrasings: the text around the parameters, and their layout.

    Attributes
    ----------
    before, after : the text before and after the parameters
    layout : "prose", "spoken" or "shorthand" (clauses of that table), "items" (name, `sep`,
        value), "symbols" (such as fc, `sep`, value), "labels" (names of the shorthand) or "bare"
        (values only)
    joiner, last : separator of the parameters, and that before the last one
    bullet : text before each parameter, in which `#` is its number
    """

    id: str
    layout: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    joiner: str
    last: str
    sep: str
    bullet: str

    @property
    def around(self) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
        """The text around the parameters."""
        return self.before, self.after


NO_BAND = ""
"""The key of tables for requests that do not state the band."""


@dataclass(frozen=True)
class Shorthand:
    """The tables of one language for brief requests, as engineers type them.

    Attributes
    ----------
    clauses, heads, plain_heads : by band or `NO_BAND`; a head may state a value ("2.4 GHz BPF"),
        and a plain one does not say Chebyshev
    kinds : statements of the filter type for requests with a plain head
    labels : names for lists
    impedances : clauses for an impedance without a unit
    forms : number formats
    pending, unset : a sentence that {name} is not known yet, and its replacement in a list
    frames : frames with the layout "shorthand" or "labels"
    openings, closings : sentences before and after, which say nothing about the filter
    """

    clauses: Mapping[str, Clauses]
    heads: Mapping[str, tuple[Clause, ...]]
    plain_heads: Mapping[str, tuple[Clause, ...]]
    kinds: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    impedances: tuple[Clause, ...]
    forms: Sequence[NumberForms]
    pending: tuple[str, ...]
    unset: tuple[str, ...]
    frames: tuple[Frame, ...]
    openings: tuple[str, ...]
    closings: tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """The tables of one language.

    Attributes
    ----------
    forms : number formats
    heads, blind_heads : names of a filter, by band and without a band
    bands : names of the bands
    clauses, spoken : statements in writing and speech, by the parameters that they state
    shorthand : tables for brief requests
    names, symbols : names of parameters in lists
    full, partial, replies : frames
    questions, asked, list_joiners : the assistant's questions
    corrections : sentences that change a value
    system : the system prompt
    """

    code: str
    forms: Sequence[NumberForms]
    heads: Mapping[str, tuple[str, ...]]
    blind_heads: tuple[str, ...]
    bands: Mapping[str, tuple[str, ...]]
    clauses: Clauses
    spoken: Clauses
    shorthand: Shorthand
    names: Mapping[str, tuple[str, ...]]
    symbols: Mapping[str, tuple[str, ...]]
    full: tuple[Frame, ...]
    partial: tuple[Frame, ...]
    replies: tuple[Frame, ...]
    questions: tuple[str, ...]
    asked: Mapping[str, str]
    list_joiners: tuple[str, str]
    corrections: tuple[str, ...]
    sentence_end: str
    system: str


def texts(table: str) -> tuple[str, ...]:
    """The entries of a one-line table."""
    return tuple(entry.strip(" ") for entry in table.split("¦"))


def heads(table: str, words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """All names of a filter, by band; {word} is each of the band's words, {short} LPF etc."""
    return {
        band: tuple(
            dict.fromkeys(
                entry.replace("{word}", word).replace("{short}", SHORT[band])
                for entry in texts(table)
                for word in texts(spelled)
            )
        )
        for band, spelled in words.items()
    }


def clauses(table: str) -> Clauses:
    """Compiles clauses and groups them by the parameters that they state."""
    grouped: dict[tuple[str, ...], tuple[Clause, ...]] = {}
    for line in table.strip().splitlines():
        for entry in texts(line):
            one = clause(entry)
            grouped[one.names] = (*grouped.get(one.names, ()), one)
    return grouped


def frames(prefix: str, table: str) -> tuple[Frame, ...]:
    """Compiles frames, one per line: `name ¦ layout ¦ joiner ¦ sep ¦ bullet ¦ text`.

    In the cells `\\n` is a line break, `~` a space and `_` empty; `a+b` are joiner and last joiner.
    """
    return tuple(_frame(prefix, line) for line in table.strip().splitlines())


def is_han(character: str) -> bool:
    """Whether this is a Chinese character."""
    return "\u4e00" <= character <= "\u9fff"


def clause(text: str) -> Clause:
    """Compiles a clause: `截止{fc}` is a literal, a placeholder and an empty literal."""
    pieces = _PLACE.split(text)
    literals, names = pieces[0::2], pieces[1::2]
    loose = []
    for index, literal in enumerate(literals):
        before = " " if index > 0 and _HAN.match(literal) else ""
        after = " " if index < len(names) and _HAN.match(literal[-1:]) else ""
        loose.append(before + literal + after)
    return Clause(tuple(names), tuple(loose), tuple(literals))


def _frame(prefix: str, line: str) -> Frame:
    name, layout, joiner, sep, bullet, text = (cell.strip(" ") for cell in line.split("¦"))
    joiner, sep, bullet, text = map(_spelled, (joiner, sep, bullet, text))
    joiner, _, last = joiner.partition("+")
    before, after = text.split("{clauses}")
    return Frame(
        f"{prefix}.{name}",
        layout,
        _parts(before),
        _parts(after),
        joiner,
        last or joiner,
        sep,
        bullet,
    )


def _spelled(cell: str) -> str:
    return "" if cell == "_" else cell.replace("\\n", "\n").replace("~", " ")


def _parts(text: str) -> tuple[Part, ...]:
    """`[请|麻烦]设计{head}` → (("请", "麻烦"), "设计", "{head}")."""
    found: list[Part] = []
    for index, piece in enumerate(_CHOICE.split(text)):
        if index % 2:
            found.append(tuple(piece.split("|")))
        else:
            found += [bit for bit in re.split(r"(\{\w+\})", piece) if bit]
    return tuple(found)
