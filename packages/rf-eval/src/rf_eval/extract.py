"""Extracts one JSON object from untrusted text, strictly and with repairs.

`strict` is the object if the whole text is one and nothing else; `recovered` is the object after
the repairs named in `repairs`. Everything here is linear in the length of the text; length and
nesting are limited. Values are never invented: NaN, numbers out of range, duplicate keys and lone
surrogates make an object unreadable, and an answer truncated at the token limit is not repaired.
"""

import re
from dataclasses import dataclass
from typing import Any

from rf_jsonl import MAX_DEPTH, loads

MAX_CHARACTERS = 1_000_000
MAX_OBJECTS = 64
"""If a text has more balanced spans than this, only the last ones are read."""

_OPEN_THINK, _CLOSE_THINK = "<think>", "</think>"
_FENCE = re.compile(r"```[A-Za-z0-9_-]*[ \t]*\r?\n?|~~~[A-Za-z0-9_-]*[ \t]*\r?\n?")
_STRUCTURE = re.compile(r"[{}\[\]\"｛｝［］“”＂]")
_QUOTE = re.compile('["“”＂]')
_STRING_END = {
    '"': re.compile(r'\\.|"', re.DOTALL),
    "“": re.compile(r"\\.|[”“]", re.DOTALL),
    "”": re.compile(r"\\.|[”“]", re.DOTALL),
    "＂": re.compile(r"\\.|＂", re.DOTALL),
}
_OPENING, _CLOSING = "{[｛［", "}]｝］"
_FULL_WIDTH = str.maketrans("｛｝［］：，－＋．\u3000", "{}[]:,-+. ")
_FULL_WIDTH_MARKS = re.compile("[｛｝［］：，－＋．\u3000“”＂]")


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was extracted from a text.

    `strict` and `recovered` are the objects or None; `repairs` names the repairs that give
    `recovered`, in order; `why` is the reason if `recovered` is None.
    """

    strict: dict[str, Any] | None
    recovered: dict[str, Any] | None
    repairs: tuple[str, ...] = ()
    why: str = ""


def extract(text: str, finish_reason: str = "stop") -> Extraction:
    """Reads one JSON object from `text`; never raises. Linear in `len(text)`."""
    if len(text) > MAX_CHARACTERS:
        return Extraction(None, None, why=f"longer than {MAX_CHARACTERS} characters")
    try:
        value = _load(text)
    except ValueError as error:
        why = str(error)
    else:
        return Extraction(value, value)
    if finish_reason == "length":
        return Extraction(None, None, why=f"cut off at the token limit: {why}")
    return _recover(text)


def _recover(text: str) -> Extraction:
    repairs: list[str] = []
    body = text
    if body.startswith("\ufeff"):
        body = body[1:]
        repairs.append("byte order mark")
    if body.lstrip().startswith(_OPEN_THINK):
        _, closed, body = body.partition(_CLOSE_THINK)
        if not closed:
            return Extraction(None, None, tuple(repairs), "the think block never closes")
        repairs.append("think block")
    spans, unbalanced = _balanced_spans(body)
    read = [(span, *_read_span(body[slice(*span)])) for span in spans[-MAX_OBJECTS:]]
    found = [(span, value, full) for span, value, full in read if value is not None]
    thought = _end_of_thinking(body, [span for span, _, _ in found])
    if thought:  # a think block that the prompt opened
        repairs.append("think block")
        found = [one for one in found if one[0][0] >= thought]
    if not found:
        return Extraction(None, None, tuple(repairs), _why_nothing(body, spans, unbalanced))
    _, value, full_width = found[-1]
    shift = [(start - thought, end - thought) for (start, end), _, _ in found]
    repairs += _surroundings(body[thought:], shift)
    if len(found) > 1:
        same = all(other == value for _, other, _ in found)
        repairs.append("the object repeated" if same else "several objects, the last taken")
    if full_width:
        repairs.append("full-width punctuation")
    return Extraction(None, value, tuple(repairs))


def _end_of_thinking(body: str, objects: list[tuple[int, int]]) -> int:
    """The position after the last closing think tag outside the objects, or 0."""
    at = len(body)
    while (at := body.rfind(_CLOSE_THINK, 0, at)) >= 0:
        if not any(start <= at < end for start, end in objects):
            return at + len(_CLOSE_THINK)
    return 0


def _balanced_spans(text: str) -> tuple[list[tuple[int, int]], bool]:
    """The outermost spans of balanced braces outside strings, and whether a brace never closes.

    An opening brace that never closes is skipped, so that balanced spans after it are found.
    """
    spans: list[tuple[int, int]] = []
    opened: list[int] = []
    endless: set[str] = set()
    at = 0
    while mark := _STRUCTURE.search(text, at):
        at, character = mark.end(), mark.group()
        if character in _OPENING:
            opened.append(mark.start())
        elif character in _CLOSING:
            if opened:
                _close(text, opened.pop(), at, spans)
        elif opened and character not in endless:
            end = _string_end(text, at, character)
            if end < 0:
                endless.add(character)
            else:
                at = end
    return spans, bool(opened)


def _close(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    """Adds the span of a pair of braces, replacing the spans inside it; brackets are ignored."""
    if text[start] in "{｛":
        while spans and spans[-1][0] > start:
            spans.pop()
        spans.append((start, end))


def _string_end(text: str, at: int, quote: str) -> int:
    """The position after the string that was opened by `quote` before `at`; -1 if it has no end."""
    for mark in _STRING_END[quote].finditer(text, at):
        if not mark.group().startswith("\\"):
            return mark.end()
    return -1


def _read_span(span: str) -> tuple[dict[str, Any] | None, bool]:
    """The object in a balanced span, and whether full-width punctuation had to be replaced."""
    try:
        return _load(span), False
    except ValueError:
        pass
    if not _FULL_WIDTH_MARKS.search(span):
        return None, False
    try:
        return _load(_half_width(span)), True
    except ValueError:
        return None, False


def _half_width(span: str) -> str:
    """The span with ASCII punctuation outside strings; full-width quotes become `"`."""
    parts, at = [], 0
    while mark := _QUOTE.search(span, at):
        end = _string_end(span, mark.end(), mark.group())
        end = len(span) if end < 0 else end
        parts += [span[at : mark.start()].translate(_FULL_WIDTH), '"']
        parts += [span[mark.end() : end - 1], '"']
        at = end
    return "".join([*parts, span[at:].translate(_FULL_WIDTH)])


def _surroundings(body: str, spans: list[tuple[int, int]]) -> list[str]:
    """Names of what surrounds the objects: fences, prose."""
    outside, at = [], 0
    for start, end in spans:
        outside.append(body[at:start])
        at = end
    around = "".join([*outside, body[at:]])
    without_fences, fences = _FENCE.subn("", around)
    names = ["code fence"] if fences else []
    if without_fences.strip():
        return [*names, "prose around it"]
    return [*names, "white space unknown to JSON"] if without_fences.strip(" \t\r\n") else names


def _why_nothing(body: str, spans: list[tuple[int, int]], unbalanced: bool) -> str:
    if spans:
        try:
            _load(body[slice(*spans[-1])])
        except ValueError as error:
            return str(error)
    if unbalanced:
        return "the object never closes"
    return "no JSON object" if body.strip() else "empty"


def _load(text: str) -> dict[str, Any]:
    """Parses strictly. Raises ValueError with the reason."""
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate is not text") from None
    return loads(data)


def _depth(text: str) -> int:
    """The deepest nesting of brackets outside strings."""
    depth = deepest = at = 0
    while mark := _STRUCTURE.search(text, at):
        at, character = mark.end(), mark.group()
        if character in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}]":
            depth -= 1
        elif character == '"':
            end = _string_end(text, at, character)
            if end < 0:
                break
            at = end
    return deepest
