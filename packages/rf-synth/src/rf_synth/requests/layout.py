"""How clauses stand on the page: one sentence, several, bullets, a numbered list, slashes."""

from collections.abc import Sequence

from rf_synth.specs.draws import Draws

_JOINERS = {
    ("zh", "plain"): ("，",) * 8 + ("；", "；", "。", "。", "。", ", ", "\n", "\n"),
    ("zh", "chat"): ("，",) * 8 + (" ", " ", ", ", "、", "。", "\n"),
    ("zh", "formal"): ("，", "，", "；", "；", "；", "。", "。", "。", "。\n", "；\n"),
    ("zh", "form"): ("，", "，", "；", "；", ", ", "; ", " / ", "、", "\n", "\n", "\n"),
    ("en", "plain"): (", ",) * 8 + ("; ", "; ", ". ", ". ", ". ", ". ", "\n", "\n"),
    ("en", "chat"): (", ",) * 8 + (" ", " - ", ". ", ". ", "... ", "\n"),
    ("en", "formal"): (", ", ", ", "; ", "; ", ". ", ". ", ". ", ". ", ".\n", ";\n"),
    ("en", "form"): (", ", ", ", "; ", "; ", "; ", " / ", " | ", "\n", "\n", "\n"),
}
"""What stands between two clauses, by language and register."""
_SENTENCE_JOINERS = frozenset(("，", "；", "。", ", ", "; ", ". "))
_BULLETS = {
    "plain": ("- {}", "* {}", "• {}", "{n}. {}", "{n}) {}"),
    "formal": ("- {}", "{n}. {}", "{n}) {}", "({n}) {}"),
    "form": ("- {}", "* {}", "• {}", "{n}. {}", "{n}) {}", "({n}) {}"),
}
_LISTS = {"plain": 1, "chat": 0, "formal": 2, "form": 4}
"""Of ten requests of a register those that are lists."""
_BETWEEN = {"zh": ("，", "。", "。", "。", "\n"), "en": (". ", ". ", ". ", "\n")}
_ENDS: dict[str, dict[str, tuple[str, ...]]] = {
    "plain": {"zh": ("。", "。", "", "！"), "en": (".", ".", "")},
    "chat": {"zh": ("。", "", "", ""), "en": (".", "", "")},
    "formal": {"zh": ("。",), "en": (".",)},
    "form": {"zh": ("。", "", ""), "en": (".", "", "")},
}
CLOSED = (".", "!", "?", "。", "！", "？", "…", ":", "：", ",", "，")
"""Ends of a sentence, behind which no other mark stands."""


def laid_out(
    draws: Draws,
    lang: str,
    register: str,
    parts: Sequence[str],
    around: tuple[str, str] = ("", ""),
) -> str:
    """One text of the parts; an opening and a closing stand `around` them as sentences."""
    opening, closing = around
    capital = lang == "en" and (register == "formal" or draws.below(2) == 0)
    if len(parts) > 2 and draws.below(10) < _LISTS[register]:
        body, gap = _listed(draws, register, parts), "\n"
    else:
        body, gap = _in_sentences(draws, _JOINERS[lang, register], parts, capital=capital)
    texts = [text for text in (opening, body, closing) if text]
    lines = gap == "\n" or draws.below(8) == 0
    if capital:
        ends = ["", *texts]
        texts = [
            _capital(text) if lines or not ends[at].endswith(",") else text
            for at, text in enumerate(texts)
        ]
    if lines:
        return "\n".join(texts)
    return _joined(texts, draws.pick(_BETWEEN[lang]), draws.pick(_ENDS[register][lang]))


def _joined(texts: Sequence[str], between: str, end: str) -> str:
    """Sentences behind one another; a mark that one ends with already is not set again."""
    text = texts[0]
    for more in texts[1:]:
        gap = between.lstrip(".,。，") if text.endswith(CLOSED) else between
        text += gap + more
    return text if text.endswith(CLOSED) else text + end


def _listed(draws: Draws, register: str, parts: Sequence[str]) -> str:
    bullet = draws.pick(_BULLETS[register])
    return "\n".join(
        bullet.replace("{n}", str(n)).replace("{}", part) for n, part in enumerate(parts, 1)
    )


def _in_sentences(
    draws: Draws, joiners: Sequence[str], parts: Sequence[str], *, capital: bool
) -> tuple[str, str]:
    """The parts behind one another; one in three texts changes what stands between them."""
    joiner = draws.pick(joiners)
    changes = joiner in _SENTENCE_JOINERS and draws.below(3) == 0
    text = parts[0]
    for part in parts[1:]:
        if changes and draws.below(3) == 0:
            joiner = draws.pick([j for j in joiners if j in _SENTENCE_JOINERS])
        if capital and joiner[0] == ".":
            part = _capital(part)
        mark = joiner.lstrip(".,。，") if text.endswith(CLOSED) else joiner
        text += mark + part
    return text, "\n" if joiner == "\n" else ""


def _capital(text: str) -> str:
    """`text` with a capital, unless its first word is a symbol (`fc`, `f0=…`) or a slot."""
    word = text.split(" ", 1)[0]
    plain = (word.isalpha() and len(word) > 2) or word in ("a", "an", "we", "my", "it", "is", "no")
    return text[:1].upper() + text[1:] if plain else text
