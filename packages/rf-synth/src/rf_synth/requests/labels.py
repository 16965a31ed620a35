"""Specifications as lists of labels and values: `fc=7.4e+08 Hz; La=47.49 dB; R0=50 ohm`.

Forms, data sets and data sheets state a specification this way, in any order, with any label and
any separator: too many ways to write them one by one. The labels of each language are data
(`language/requests/labels/<lang>.json`); here they are put together into slotted requests.
"""

from functools import cache
from importlib.resources import files
from typing import Any

from rf_jsonl import loads

from rf_synth.requests.pass_bands import LADDERS
from rf_synth.requests.plausible import FREQUENCIES, missing_keys, unit_of
from rf_synth.requests.slots import parse
from rf_synth.requests.voices import Request
from rf_synth.specs.draws import Draws

_GAPS = (
    ("ripple",), ("ripple",), ("stop", "att"), ("stop", "att"), ("att",), ("att",), ("stop",),
    ("stop",), ("ripple", "stop", "att"), ("ripple", "att"), ("ripple", "stop"), ("pass",),
    ("pass", "ripple"),
)  # fmt: skip
"""What a list leaves out."""


@cache
def pool(lang: str) -> dict[str, Any]:
    """The labels of one language."""
    path = files("rf_synth") / "language" / "requests" / "labels" / f"{lang}.json"
    labels: dict[str, Any] = loads(path.read_bytes())
    return labels


class _Writer:
    """Writes the lines of one list; `suffix` is how its values are slotted."""

    def __init__(self, draws: Draws, lang: str, frequency: tuple[float, float]) -> None:
        self.draws, self.pool = draws, pool(lang)
        self.sign, self.joiner = draws.pick(self.pool["seps"])
        self._in_label = draws.below(6) == 0
        self._unit = unit_of(frequency)
        draws.below(3)  # read by nothing; leaving it out would change every later draw

    def line(self, names: str | list[str], key: str) -> str:
        """One label with its value."""
        label = names if isinstance(names, str) else self.draws.pick(names)
        unit = {"z0": "ohm", "att": "dB", "ripple": "dB", "return_loss": "dB"}.get(key, self._unit)
        if key in ("vswr", "fbw", "order"):
            return (
                f"{label}{self.sign}{{{key}+%}}" if key == "fbw" else f"{label}{self.sign}{{{key}}}"
            )
        if self._in_label:
            bracket = self.draws.pick((f"({unit})", f" ({unit})", f" [{unit}]", f"/{unit}"))
            return f"{label}{bracket}{self.sign}{{{key}!{unit}}}"
        return f"{label}{self.sign}{{{key}}}"

    def words(self, key: str, words: str) -> str:
        """A line that names the family or the band."""
        template: str = self.draws.pick(self.pool[key])
        return template.replace(f"{{{key}}}", f"{{{key}:{words}}}")


def assemble(draws: Draws, lang: str, kind: str, band: str) -> Request:
    """A request of `kind` (full, gap, outside) for a filter of `band`."""
    frequency = draws.pick(FREQUENCIES)
    writer = _Writer(draws, lang, frequency)
    gaps = _gaps(draws) if kind == "gap" else frozenset[str]()
    lines = _pass_lines(writer, band, "pass" in gaps)
    lines += _ripple_lines(writer, "ripple" in gaps)
    lines += _stop_lines(writer, kind, band, gaps)
    lines += _other_lines(writer, kind, band)
    _mark_open(writer, lines, gaps)
    lines = draws.shuffled(lines)
    words = writer.pool
    head, tail = draws.pick(words["heads"]), draws.pick(words["tails"])
    body = writer.joiner.join(lines)
    gap = "\n" if "\n" in writer.joiner else " "
    text = gap.join(part for part in (head, body, tail) if part)
    return Request(
        id=f"{lang}/labels",
        lang=lang,
        voice=f"{lang}/labels",
        turns=(parse(text),),
        kind=kind,
        band=band,
        missing=missing_keys(band, gaps),
        frequency=frequency,
        register="form",
        topics=frozenset(["order"]),  # most lists ask for it
    )


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
    first, second = draws.pick(words["f1f2"])
    return [writer.line(first, "f1"), writer.line(second, "f2")]


def _ripple_lines(writer: _Writer, left_out: bool) -> list[str]:
    if left_out:
        return []
    key = writer.draws.pick(("ripple",) * 8 + ("return_loss", "return_loss", "vswr"))
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
    if band == "bandpass" and draws.below(8) == 0:
        return [*lines, writer.line(draws.pick(words["stops"])[draws.below(2)], "stop1")]
    first, second = draws.pick(words["stops"])
    return [*lines, writer.line(first, "stop1"), writer.line(second, "stop2")]


def _other_lines(writer: _Writer, kind: str, band: str) -> list[str]:
    """Family, band, impedance and what is no parameter."""
    draws, words = writer.draws, writer.pool
    lines = [writer.words("band", draws.pick(words["bands"][band]))]
    foreign = kind == "outside" and draws.below(2) == 0
    if foreign:
        lines.append(writer.words("family", draws.pick(words["outsiders"])))
    elif draws.below(8):
        lines.append(writer.words("family", draws.pick(words["families"])))
    if kind == "outside" and not foreign:
        lines.append(draws.pick(words["other"]))
    if draws.below(3):
        lines.append(writer.line(words["z0"], "z0"))
    if draws.below(4) == 0:
        lines += [draws.pick(words["noise"]) for _ in range(1 + draws.below(3))]
    return lines


def _mark_open(writer: _Writer, lines: list[str], gaps: frozenset[str]) -> None:
    """Of what is left out, some lists say that it is open."""
    for gap in sorted(gaps):
        if writer.draws.below(2) == 0 and gap in ("ripple", "att"):
            label = writer.draws.pick(writer.pool[gap])
            lines.append(f"{label}{writer.sign}{writer.draws.pick(writer.pool['tbd'])}")
