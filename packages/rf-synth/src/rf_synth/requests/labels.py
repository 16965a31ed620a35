"""Assembles specifications as lists of labels and values: `fc=7.4e+08 Hz; La=47.49 dB; R0=50 ohm`.

Forms, data sets and data sheets state a specification this way, in any order, with any label and
any separator: too many ways to write by hand. The labels of each language are data
(`language/requests/labels/<lang>.json`); here they become slotted requests.
"""

import re
from collections.abc import Set
from functools import cache
from importlib.resources import files
from typing import Any

from rf_jsonl import loads

from rf_synth.requests.clauses import DIGITAL, REFLECTIONS
from rf_synth.requests.layout import CLOSED
from rf_synth.requests.mixing import in_languages_of
from rf_synth.requests.pass_bands import LADDERS
from rf_synth.requests.plausible import (
    NO_RIPPLE,
    draw_frequency,
    impedances_of,
    missing_keys,
    unit_of,
)
from rf_synth.requests.slots import parse
from rf_synth.requests.stop_clauses import Clause, Side, numbered
from rf_synth.requests.voices import Request
from rf_synth.requests.wordings import Choice, choice_of, closed_by, read_wording
from rf_synth.specs.draws import Draws

_GAPS = (
    ("ripple",), ("ripple",), ("stop", "att"), ("stop", "att"), ("att",), ("att",), ("stop",),
    ("stop",), ("ripple", "stop", "att"), ("ripple", "att"), ("ripple", "stop"), ("pass",),
    ("pass", "ripple"),
)  # fmt: skip
"""What lists leave out."""


_SIGN = re.compile(r"=|: ?|：")
"""Separators of label and value in the data; a list uses the same one throughout."""
_NOTATIONS = (
    re.compile(r".*"),
    re.compile(r"[^ %]+"),
    re.compile(r"(?!gpass|gstop|w[ps]$|alpha|[^_]*_).*"),
)
"""Labels of any kind, of a program (`fs_lower`), and of a form (`stopband edge`)."""
_NOTATIONS_ZH = (_NOTATIONS[2], _NOTATIONS[2], re.compile(r"[!-$&-~αρδ]+"))
"""Labels of Chinese lists: of a form, or of a program as far as there are any."""
_NOT_BOUGHT = frozenset(["order", "price", "quantity", "if strip"])
"""Topics of purchases, which most lists are not."""
_COUNTED = re.compile(r"(?<=抑制点)[12]|(?<=^fs)[12]")
"""The number in the label of the first or second of two stop edges."""
_ASKS_ORDER = re.compile(r"order|\b[Nn]\b|阶|级")


@cache
def pool(lang: str) -> dict[str, Any]:
    """The labels of one language."""
    path = files("rf_synth") / "language" / "requests" / "labels" / f"{lang}.json"
    labels: dict[str, Any] = loads(path.read_bytes())
    return labels


@cache
def _fitting(lang: str, name: str, frequency: tuple[float, float]) -> Choice:
    """The complete lines of the list `name` that fit this frequency range."""
    lines = map(read_wording, pool(lang)[name])
    return choice_of([line for line in lines if line.fits("form", frequency)])


_UNSAID = {
    "bandpass": ("stepped lines",),
    "bandstop": ("multiplex", "stepped lines", "coupling", "delay"),
    "lowpass": ("coupling",),
    "highpass": ("coupling", "stepped lines", "substrate", "delay"),
}
"""Topics that do not fit a band."""


class _Writer:
    """Writes the lines of one list."""

    def __init__(self, draws: Draws, lang: str, frequency: tuple[float, float], band: str) -> None:
        labels = pool(lang)  # a band-stop has its own labels for pass edges
        self.draws = draws
        self.pool = labels | labels.get("notch", {}) if band == "bandstop" else labels
        self.sign, self.joiner = draws.pick(self.pool["seps"])
        brackets = ("({})", " ({})", " [{}]", "/{}")
        self._bracket = draws.pick(brackets) if draws.below(6) == 0 else ""
        self._unit = unit_of(frequency)
        self.notation = draws.pick(_NOTATIONS if lang == "en" else _NOTATIONS_ZH)
        self.lang, self._frequency = lang, frequency
        self.said = set(_UNSAID.get(band, ()))
        self.reflections = frequency[1] > REFLECTIONS
        self.sides: dict[str, Side] = {}
        """The side of the pass band of each line with a stop edge."""

    def line(self, names: str | list[str], key: str) -> str:
        """One label with its value."""
        label = names if isinstance(names, str) else self.of_notation(names)
        unit = {"z0": "ohm", "att": "dB", "ripple": "dB", "return_loss": "dB"}.get(key, self._unit)
        if key in ("vswr", "fbw", "order"):
            return (
                f"{label}{self.sign}{{{key}+%}}" if key == "fbw" else f"{label}{self.sign}{{{key}}}"
            )
        if self._bracket and not label.endswith("_db"):
            return f"{label}{self._bracket.format(unit)}{self.sign}{{{key}!{unit}}}"
        return f"{label}{self.sign}{{{key}}}"

    def of_notation(self, names: list[Any]) -> Any:
        """One of `names` (labels, or pairs of them) that fits the notation of the list."""
        fits = self.notation.fullmatch
        fitting = [
            name
            for name in names
            if all(fits(_SIGN.split(n)[0]) for n in ([name] if isinstance(name, str) else name))
        ]
        return self.draws.pick(fitting or names)

    def words(self, key: str, words: str) -> str:
        """A line with the family or the band."""
        twice = words.endswith("型")  # 切比雪夫I型型
        templates = [text for text in self.pool[key] if not (twice and text.endswith("型"))]
        if words[-1] in "F型" and self.lang != "en":  # LPF滤波器, 种类=带阻型
            templates = [text for text in templates if "滤波器" not in text or words[-1] == "型"]
            if key == "band" and words[-1] == "型":
                templates = [text for text in templates if text.startswith("{")]
        template = _SIGN.sub(lambda _: self.sign, self.of_notation(templates), count=1)
        return template.replace(f"{{{key}}}", f"{{{key}:{words}}}")

    def whole(self, name: str) -> list[str]:
        """A line without a value of the call, on a topic that has not occurred yet; or none."""
        line = _fitting(self.lang, name, self._frequency).pick(self.draws, self.said)
        if line is None:
            return []
        self.said |= closed_by(line.topic) | {line.topic}
        return [line.text.replace("：", self.sign, 1)]


def assemble(draws: Draws, lang: str, kind: str, band: str) -> Request:
    """A request of `kind` (full, gap, outside) for a filter of `band`."""
    return in_languages_of(lang, lambda: _assembled(draws, lang, kind, band))


def _assembled(draws: Draws, lang: str, kind: str, band: str) -> Request:
    frequency = draw_frequency(draws)
    writer = _Writer(draws, lang, frequency, band)
    gaps = _gaps(draws) if kind == "gap" else frozenset[str]()
    groups = [_pass_lines(writer, band, "pass" in gaps)]
    groups += [_ripple_lines(writer, "ripple" in gaps), _stop_lines(writer, kind, band, gaps)]
    others, noise = _other_lines(writer, kind, band)
    if any(map(NO_RIPPLE.search, others)):
        groups = [group for group in groups if "{ripple" not in group[0]]
    groups += [[line] for line in others + noise + _open_lines(writer, gaps)]
    if draws.below(4) == 0:  # some lists are completely shuffled
        groups = [part for group in groups for part in _apart(writer, group)]
    lines = [line for group in draws.shuffled(groups) for line in group]
    if lang != "en":  # what is not of the response comes last
        lines.sort(key=noise.__contains__)
    counted, upper = numbered(Clause(line, writer.sides.get(line, "")) for line in lines)
    text = _page(writer, [clause.text for clause in counted])
    return Request(
        id=f"{lang}/labels",
        lang=lang,
        voice=f"{lang}/labels",
        turns=(parse(text),),
        kind=kind,
        band=band,
        missing=missing_keys(band, gaps),
        frequency=frequency,
        impedances=impedances_of([text]),
        upper=upper,
        register="form",
        topics=frozenset(writer.said | _NOT_BOUGHT | _closed(writer, text, gaps)),
    )


def _apart(writer: _Writer, group: list[str]) -> list[list[str]]:
    """The lines of a group one by one; in Chinese both edges of a pair stay together."""
    if writer.lang == "en":
        return [[line] for line in group]
    pair = [line for line in group if line in writer.sides or "{f1" in line or "{f2" in line]
    return [[line] for line in group if line not in pair] + [pair] * bool(pair)


def _closed(writer: _Writer, text: str, gaps: Set[str]) -> set[str]:
    """Topics that may not follow: no exercise about a gap, no second ending."""
    ended = any(tail and text.endswith(tail) for tail in writer.pool["tails"])
    return ({"homework", "exercise"} if gaps else set()) | ({"closings"} if ended else set())


def _page(writer: _Writer, lines: list[str]) -> str:
    """The lines with a heading and an ending at random."""
    head, tail = (writer.draws.pick(writer.pool[name]) for name in ("heads", "tails"))
    given = any("{order}" in line for line in lines)
    head = "" if given and _ASKS_ORDER.search(head) else head
    tail = "" if _ASKS_ORDER.search(head) or (given and _ASKS_ORDER.search(tail)) else tail
    bullet = "- " if writer.joiner.endswith("- ") else ""
    body = bullet + writer.joiner.join(lines)
    if "\n" in writer.joiner:
        return "\n".join(part for part in (head, body, tail) if part)
    if head and not head.endswith(CLOSED):
        head += ":" if head.isascii() else "："
    if tail:
        body += ". " if tail.isascii() else "。"
    return f"{head} {body}{tail}" if head.isascii() and head else f"{head}{body}{tail}"


def _gaps(draws: Draws) -> frozenset[str]:
    return frozenset(draws.pick(_GAPS))


def _pass_lines(writer: _Writer, band: str, left_out: bool) -> list[str]:
    draws, words = writer.draws, writer.pool
    if left_out:
        return []
    if band in LADDERS:
        return [writer.line(words["edge"], "edge")]
    form = draws.below(20)
    if form < 9:
        return [writer.line(words["center"], "center"), writer.line(words["width"], "width")]
    if form < 13:
        return [writer.line(words["center"], "center"), writer.line(words["fbw"], "fbw")]
    first, second = writer.of_notation(words["f1f2"])
    return [writer.line(first, "f1"), writer.line(second, "f2")]


def _ripple_lines(writer: _Writer, left_out: bool) -> list[str]:
    if left_out:
        return []
    key = writer.draws.pick(("ripple",) * 8 + ("return_loss", "return_loss", "vswr"))
    key = key if writer.reflections else "ripple"
    return [writer.line(writer.pool[key], key)]


def _stop_lines(writer: _Writer, kind: str, band: str, gaps: frozenset[str]) -> list[str]:
    draws, words = writer.draws, writer.pool
    if kind == "full" and draws.below(16) == 0 and band != "bandstop":
        return [writer.line(words["order"], "order")]
    lines = [] if "att" in gaps else [writer.line(words["att"], "att")]
    if "stop" in gaps:
        return lines
    if band in LADDERS:
        return [*lines, writer.line(words["stop"], "stop1")]
    lower, upper = (writer.line(label, "stop1") for label in writer.of_notation(words["stops"]))
    writer.sides |= {lower: "lower", upper: "upper"}
    if band == "bandpass" and draws.below(8) == 0:
        sides: tuple[tuple[str, Side], ...] = ((lower, "lower"), (upper, "upper"))
        line, side = draws.pick(sides)
        line = _COUNTED.sub("", line) if writer.lang != "en" else line
        writer.sides[line] = side
        return [*lines, line]
    return [*lines, lower, upper]


def _other_lines(writer: _Writer, kind: str, band: str) -> tuple[list[str], list[str]]:
    """Lines with the family, the band and the impedance, and noise."""
    draws, words = writer.draws, writer.pool
    noise: list[str] = []
    lines = [writer.words("band", draws.pick(words["bands"][band]))]
    foreign = kind == "outside" and draws.below(2) == 0
    if foreign:
        lines.append(writer.words("family", draws.pick(words["outsiders"])))
    elif draws.below(8):
        lines.append(writer.words("family", draws.pick(words["families"])))
    if kind == "outside" and not foreign:
        lines += writer.whole("other")
    if draws.below(3) and not any(map(DIGITAL.search, lines)):
        lines.append(writer.line(words["z0"], "z0"))
    written = writer.notation != _NOTATIONS_ZH[2]  # a program has no size
    if draws.below(4) == 0 and written and (foreign or kind != "outside"):  # nor have numbers
        noise = [line for _ in range(1 + draws.below(3)) for line in writer.whole("noise")]
    return lines, noise


def _open_lines(writer: _Writer, gaps: frozenset[str]) -> list[str]:
    """Lines that say that a missing value is still open, at random."""
    lines = []
    for gap in sorted(gaps):
        if writer.draws.below(2) == 0 and gap in ("ripple", "att"):
            label = writer.draws.pick(writer.pool[gap])
            word = writer.draws.pick(writer.pool["tbd"])
            beside = " " * word.isascii()
            sign = beside if writer.sign == "为" else writer.sign  # 抑制为未定
            lines.append(f"{label}{sign}{word}")
    return lines
