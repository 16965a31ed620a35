"""Lays out clauses: one sentence, several sentences, bullets, a numbered list, slashes."""

import re
from collections.abc import Sequence

from rf_synth.specs.draws import Draws

_JOINERS = {
    ("zh", "plain"): ("，",) * 8 + ("；", "；", "。", "。", "。", ", ", "\n", "\n"),
    ("zh", "chat"): ("，",) * 9 + (" ", ", ", "。", "。", "\n"),
    ("zh", "formal"): ("，", "，", "；", "；", "；", "。", "。", "。", "。\n", "；\n"),
    ("zh", "form"): ("，", "，", "；", "；", ", ", "; ", " / ", "\n", "\n", "\n"),
    ("en", "plain"): (", ",) * 8 + ("; ", "; ", ". ", ". ", ". ", ". ", "\n", "\n"),
    ("en", "chat"): (", ",) * 9 + (". ", ". ", ". ", "\n"),
    ("en", "formal"): (", ", ", ", "; ", "; ", ". ", ". ", ". ", ". ", ".\n", ";\n"),
    ("en", "form"): (", ", ", ", "; ", "; ", "; ", " / ", " | ", "\n", "\n", "\n"),
}
"""Separators of clauses, by language and register."""
_SENTENCE_JOINERS = frozenset(("，", "；", "。", ", ", "; ", ". "))
_INSIDE = frozenset((", ", "; ", "，", "；"))
"""Separators inside of a sentence."""
_BULLETS = {
    "plain": ("- {}", "* {}", "• {}", "{n}. {}", "{n}) {}"),
    "formal": ("- {}", "{n}. {}", "{n}) {}", "({n}) {}"),
    "form": ("- {}", "* {}", "• {}", "{n}. {}", "{n}) {}", "({n}) {}"),
}
_LISTS = {"plain": 1, "chat": 0, "formal": 2, "form": 4}
"""Lists among ten requests, by register."""
_BETWEEN = {"zh": ("，", "。", "。", "。", "\n"), "en": (". ", ". ", ". ", "\n")}
_ORDINARY = frozenset(
    "The A An It In Is There To For From We What How Can Could Please Passband Stopband Rejection "
    "Input Power Size Weight Kindly Both Need Design Derive Determine Given Solve Show Prove This "
    "That My Our Frequency Lowest Highest Upper Lower Loss Attenuation Impedance Centre".split()
)
"""Words that begin clauses with a capital letter only at the beginning of a sentence."""
_FRAGMENT = re.compile(r"with\b")
"""The beginning of a clause that is part of a sentence, not one of its own or an item."""
_TABLE = re.compile(r"[\])] ?[:=]")
"""A label of a table, `Cutoff (MHz): 12`, which stands on a line of its own or in a list."""
_SMALL_WORDS = frozenset("a an we my it is no in at by to up on if of as do".split())
"""Words of one or two letters that begin sentences, unlike symbols (`fc`)."""
_ENDS: dict[str, dict[str, tuple[str, ...]]] = {
    "plain": {"zh": ("。", "。", ""), "en": (".", ".", "")},
    "chat": {"zh": ("。", "", "", ""), "en": (".", "", "")},
    "formal": {"zh": ("。",), "en": (".",)},
    "form": {"zh": ("。", "", ""), "en": (".", "", "")},
}
_ASKS = re.compile(
    r"(?:what|how|which|who|is|are|can|could|does|do (?:you|we|I)|am I|should I|may I"
    r"|will (?!send)|would (?:you|it|\{)|any(?:thing)? (?:else|idea|chance))\b[^,;.\n?]*$",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"(?:[吗呢]|多少|[几多]少?阶|几[节腔级]|是否可行|行不行|能不能做|可以么|能否提供[^，。；\n]*)$"
)
_LEADS = re.compile(r"如下|见下|下列|下面的条件|看指标")
"""What stands above a list."""
_HEADING = re.compile(
    r"\b(?:as follows|like this|meets this|below particulars|data given|scheme below|spec|request"
    r"|requirements?)$|\bthe following\b|\bspecified below\b|\} below$"
)
"""An English heading, which ends with a colon."""
_SENTENCE = re.compile(r"\b(?:I|I'm|[Ww]e|[Mm]y|[Oo]ur|designing|needs?|wants?)\b|:$")
"""An English sentence, which is no item of a list but stands above it."""
CLOSED = (".", "!", "?", "。", "！", "？", "…", ":", "：", ",", "，")
"""Endings that no punctuation mark may follow."""


def laid_out(
    draws: Draws,
    lang: str,
    register: str,
    parts: Sequence[str],
    around: tuple[str, str] = ("", ""),
) -> str:
    """One text from the parts, with the opening and closing sentences in `around`."""
    opening, closing = around
    if lang == "en" and _HEADING.search(parts[0]):
        parts = [f"{parts[0]}:", *parts[1:]]
    capital = lang == "en" and (register == "formal" or draws.below(2) == 0)
    fragments = any(map(_FRAGMENT.match, parts[1:]))
    if len(parts) > 2 and draws.below(10) < _LISTS[register] and not fragments:
        lead = parts[0] if _LEADS.search(parts[0]) else ""
        if lang == "en" and _SENTENCE.search(parts[0]):
            lead = parts[0] if parts[0].endswith(CLOSED) else f"{parts[0]}:"
        body, lines = _listed(draws, register, parts[bool(lead) :]), True
        body = f"{lead}\n{body}" if lead else body
    else:
        joiners = _joiners(lang, register, parts)
        sentences = capital or register != "chat"
        body, lines = _in_sentences(draws, joiners, parts, sentences=sentences)
    lines = lines or draws.below(8) == 0
    texts = [text for text in (opening, body, closing) if text]
    if lang == "en":
        texts = _in_case(texts, capital=capital, lines=lines)
    if lines:
        return "\n".join(text + question_mark(text) * capital for text in texts)
    return _joined(texts, draws.pick(_BETWEEN[lang]), draws.pick(_ENDS[register][lang]))


def _joiners(lang: str, register: str, parts: Sequence[str]) -> Sequence[str]:
    """Separators for these parts; a space alone does not separate English clauses."""
    joiners = _JOINERS[lang, register]
    english = any(part.isascii() and " " in part for part in parts)
    if any(map(_FRAGMENT.match, parts[1:])):
        return [joiner for joiner in joiners if joiner in _INSIDE] or joiners
    if english and any(map(_TABLE.search, parts)):
        return [joiner for joiner in joiners if joiner in ("; ", "\n")] or joiners
    return tuple(joiner for joiner in joiners if joiner != " ") if english else joiners


def _in_case(texts: Sequence[str], *, capital: bool, lines: bool) -> list[str]:
    """English texts, capitalized at the beginning of a sentence; `lines` if each is on its own."""
    cased = []
    for at, text in enumerate(texts):
        if at and not lines and texts[at - 1].endswith(","):
            cased.append(_small(text))
        else:
            cased.append(_capital(text) if capital or at else text)
    return cased


def _joined(texts: Sequence[str], between: str, end: str) -> str:
    """The sentences joined, without doubling punctuation marks."""
    text = texts[0]
    for more in texts[1:]:
        text += "：" * text.endswith("如下")
        gap = between.lstrip(".,。，") if text.endswith(CLOSED) else between
        gap = gap or " " * text[-1].isascii()
        if gap[:1] in (".", "。"):
            gap = (question_mark(text) or gap[0]) + gap[1:]
        text += gap + more
    return text if text.endswith(CLOSED) else text + (question_mark(texts[-1]) or end)


def question_mark(text: str) -> str:
    """The question mark of a text that is a question, else empty."""
    return "?" if _ASKS.match(text) else "？" if _ASKS_ZH.search(text) else ""


def _listed(draws: Draws, register: str, parts: Sequence[str]) -> str:
    bullet = draws.pick(_BULLETS[register])
    return "\n".join(
        bullet.replace("{n}", str(n)).replace("{}", part) for n, part in enumerate(parts, 1)
    )


def _in_sentences(
    draws: Draws, joiners: Sequence[str], parts: Sequence[str], *, sentences: bool
) -> tuple[str, bool]:
    """The parts joined, and whether each is on a line of its own.

    One in three texts varies its separators; with `sentences` each begins with a capital letter.
    """
    joiner = draws.pick(joiners)
    changes = joiner in _SENTENCE_JOINERS and draws.below(3) == 0
    text = last = parts[0]
    for part in parts[1:]:
        if changes and draws.below(3) == 0:
            joiner = draws.pick([j for j in joiners if j in _SENTENCE_JOINERS])
        if joiner[0] == "." and sentences:
            part = _capital(part)
        elif joiner in _INSIDE:
            part = _small(part)
        mark = joiner
        if text.endswith("如下"):
            text, mark = text + "：", "\n" * ("\n" in joiner)
        elif text.endswith(CLOSED) and not text.endswith(("=？", "：？")):
            mark = joiner.lstrip(".,。，") or " " * text[-1].isascii()
        if text.endswith(":"):
            mark = "\n" if "\n" in joiner else " "
        if mark[:1] in ("。", "."):
            mark = (question_mark(last) or mark[0]) + mark[1:]
        text, last = text + mark + part, part
    return text, "\n" in joiner


def _small(text: str) -> str:
    """`text` with an ordinary first word in lower case (`The pass band …`, not `IL …`)."""
    return text[:1].lower() + text[1:] if text.split(" ", 1)[0] in _ORDINARY else text


def _capital(text: str) -> str:
    """`text` capitalized, unless its first word is a symbol (`fc`, `f0=…`) or a slot."""
    word = text.split(" ", 1)[0]
    letters = word.replace("-", "").rstrip(":")
    plain = (letters.isalpha() and len(letters) > 2) or word in _SMALL_WORDS
    return text[:1].upper() + text[1:] if plain else text
