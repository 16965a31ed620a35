"""How clauses stand on the page: one sentence, several, bullets, a numbered list, slashes."""

from collections.abc import Sequence

from rf_synth.specs.draws import Draws

_JOINERS = {
    "zh": ("，",) * 8 + ("；", "。", "。", " ", ", ", ", ", "、", " / ", "\n", "\n"),
    "en": (", ",) * 8 + ("; ", ". ", ". ", ". ", " ", " / ", " - ", "\n", "\n", " | "),
}
_BULLETS = ("- {}", "* {}", "• {}", "{n}. {}", "{n}) {}", "({n}) {}", "{n}、{}", "> {}")
_BETWEEN = {"zh": ("，", "。", "。", " ", "\n"), "en": (". ", ". ", ", ", "\n")}
_ENDS = {"zh": ("。", "。", "", "", ".", "！"), "en": (".", ".", "", "")}


def laid_out(
    draws: Draws, lang: str, parts: Sequence[str], opening: str = "", closing: str = ""
) -> str:
    """One text of the parts; `opening` and `closing` stand apart from them as sentences."""
    way = draws.below(10)
    if way < 2 and len(parts) > 2:
        body = _listed(draws, parts)
        gap = "\n"
    else:
        body, gap = _in_sentences(draws, lang, parts, mixed=way < 6)
    end = draws.pick(_ENDS[lang])
    texts = [text for text in (opening, body, closing) if text]
    if gap == "\n" or draws.below(8) == 0:
        return "\n".join(texts)
    between = draws.pick(_BETWEEN[lang])
    if lang == "en" and between == ". " and draws.below(3):
        texts = [text[:1].upper() + text[1:] for text in texts]
    return between.join(texts) + end


def _listed(draws: Draws, parts: Sequence[str]) -> str:
    bullet = draws.pick(_BULLETS)
    return "\n".join(
        bullet.replace("{n}", str(n)).replace("{}", part) for n, part in enumerate(parts, 1)
    )


def _in_sentences(draws: Draws, lang: str, parts: Sequence[str], *, mixed: bool) -> tuple[str, str]:
    """The parts behind one another; `mixed` draws what stands between anew for each."""
    joiner = draws.pick(_JOINERS[lang])
    capital = lang == "en" and draws.below(2) == 0
    text = parts[0][:1].upper() + parts[0][1:] if capital else parts[0]
    for part in parts[1:]:
        if mixed and draws.below(3) == 0:
            joiner = draws.pick(_JOINERS[lang][:12])
        if capital and joiner.startswith("."):
            part = part[:1].upper() + part[1:]
        text += joiner + part
    return text, "\n" if joiner == "\n" else ""
