"""The report of a design: what was read, the order with its proof, parts, checks, remarks."""

import unicodedata
from collections.abc import Iterable, Iterator

from rf_jsonl import printable

from rf_design.core import Design, Filter
from rf_design.evaluation.checks import Check
from rf_design.ladder.network import Branch, Ladder
from rf_design.ladder.prefixes import with_prefix, without_zeros
from rf_design.terminal.remarks import remarks
from rf_design.terminal.words import ASSUMED, call_key, word

MOST_LINES = 39
_LABEL = 10
_MOST = {"order": 5, "parts": 10, "checks": 6, "buildable": 4}
"""Maximum lines of each block, so that the whole report has fewer than 40."""
_ONE_COLUMN = 9
"""Up to this order each branch has a separate line."""


def render(design: Design, files: Iterable[str] = ()) -> str:
    """The whole report, fewer than 40 lines, without terminal control sequences."""
    lines = [*_reading(design)]
    if design.filter is not None:
        lines += [*_filter(design, design.filter)]
    else:
        lines += [*_answer(design)]
    names = list(files)
    if names:
        lines.append(_labelled("files", design.lang, "  ".join(names)))
    return "\n".join(printable(line) for line in lines[:MOST_LINES])


def _answer(design: Design) -> Iterator[str]:
    """The question, the reason, or an order for which no ladder is listed."""
    for key in ("question", "reason", "reply"):
        text = design.result.get(key)
        if text:
            label = "order" if key == "reply" else key
            yield _labelled(label, design.lang, text[design.lang])
            return


def _reading(design: Design) -> Iterator[str]:
    if design.call:
        read = " · ".join(
            f"{call_key(key, design.lang)} {value}" for key, value in design.call.items()
        )
        yield _labelled("read", design.lang, _shortened(read, 400))
    if design.unread:
        yield _labelled(
            "unread", design.lang, _shortened(_listed(list(design.unread), design.lang), 200)
        )
    assumed = design.result.get("assumed")
    if assumed:
        names = [ASSUMED.get(key, (key, key))[design.lang == "zh"] for key in assumed]
        yield _labelled("assumed", design.lang, _listed(names, design.lang))


def _filter(design: Design, built: Filter) -> Iterator[str]:
    lang = design.lang
    yield from _heading(design, built)
    yield from _block(
        "buildable", lang, [f"! {c.zh if lang == 'zh' else c.en}" for c in built.concerns]
    )
    yield from _proof(built, lang)
    yield from _parts(built, lang)
    checks = [_check(check, lang) for check in built.checks]
    if built.rounded:
        series = f"E{built.rounded.series}"
        checks += [
            _check(check, lang) + _in_brackets(series, lang) for check in built.rounded.checks
        ]
    yield from _block("checks", lang, checks)
    for label, texts in remarks(design, built):
        yield from _block(label, lang, texts)


def _heading(design: Design, built: Filter) -> Iterator[str]:
    spec, lang = built.spec, design.lang
    zh = lang == "zh"
    order = f"{built.order} 阶" if zh else f"order {built.order}"
    at_edge = "edge_loss" if spec.family == "butterworth" else "ripple"
    n_exact = design.result.get("n_exact")
    exact = f"n = {n_exact:.4g}" if isinstance(n_exact, float | int) else ""
    name = f"{word(spec.family, lang)}{'' if zh else ' '}{word(spec.band, lang)}"
    loss = f"{word(at_edge, lang)} {spec.ripple_db:.4g} dB"
    yield _labelled(
        "filter", lang, _commas((name, loss, f"{order}{_in_brackets(exact, lang)}"), lang)
    )
    edges = "pass_edges" if spec.family == "butterworth" else "edges"
    yield _labelled(None, lang, f"{word(edges, lang)} {_span(spec.edges_hz, lang)}")
    yield from _half_power(built, lang)
    if spec.has_two_edges:
        centers = (
            _hertz(spec.arithmetic_center_hz) + _in_brackets(word("arithmetic", lang), lang),
            _hertz(spec.geometric_center_hz) + _in_brackets(word("geometric", lang), lang),
        )
        yield _labelled(None, lang, f"{word('center', lang)} {_commas(centers, lang)}")


def _half_power(built: Filter, lang: str) -> Iterator[str]:
    """The 3 dB points of the exact parts, then of the rounded ones."""
    series = f"E{built.rounded.series}" if built.rounded else ""
    for points, whose in ((built.half_power_hz, ""), (built.rounded_half_power_hz, series)):
        if points is not None:
            text = f"{word('half_power', lang)} {_span(points, lang)}"
            yield _labelled(None, lang, text + _in_brackets(whose, lang))


def _span(edges_hz: tuple[float, ...], lang: str) -> str:
    if len(edges_hz) == 1:
        return _hertz(edges_hz[0])
    width = _hertz(edges_hz[1] - edges_hz[0])
    wide = f"{word('wide', lang)} {width}" if lang == "zh" else f"{width} {word('wide', lang)}"
    return _commas((f"{_hertz(edges_hz[0])} … {_hertz(edges_hz[1])}", wide), lang)


def _proof(built: Filter, lang: str) -> Iterator[str]:
    if not built.proof:
        return
    n = built.order
    columns = [f"N={n - 1}", f"N={n}", f"N={n + 1}", word("margin", lang)]
    head = _pad(word("stop_point", lang), 16) + _right(word("needs", lang), 8)
    yield _labelled("order", lang, head + "".join(_right(column, 9) for column in columns))
    for line in built.proof[: _MOST["order"] - 1]:
        numbers = (line.at_order_minus_1, line.at_order, line.at_order_plus_1)
        needs = "" if line.required_db is None else f"{line.required_db:.4g} dB"
        row = _pad(_hertz(line.f_hz), 16) + _right(needs, 8)
        row += "".join(_right(f"{value:.2f}", 9) for value in numbers)
        row += "" if line.margin_db is None else _right(f"{line.margin_db:+.2f}", 9)
        yield _labelled(None, lang, row + (f"  {word('decides', lang)}" if line.decides else ""))


def _parts(built: Filter, lang: str) -> Iterator[str]:
    ladder = built.ladder
    zh = lang == "zh"
    form, ohm = (" 型", "Ω") if zh else ("", "ohm")
    ends = _commas(
        (
            f"{built.topology.capitalize()}{form}",
            f"{word('source', lang)} {ladder.source_ohm:.5g} {ohm}",
            f"{word('load', lang)} {ladder.load_ohm:.5g} {ohm}",
        ),
        lang,
    )
    rounded = built.rounded.ladder if built.rounded else None
    if built.rounded:
        series = word("rounded_to", lang).format(series=f"E{built.rounded.series}")
        ends += f"{'；' if zh else '; '}{series} →"
    yield _labelled("parts", lang, ends)
    rows = list(_branch_rows(ladder, rounded, lang))
    if len(rows) > _ONE_COLUMN:
        half = (len(rows) + 1) // 2
        left = [_pad(row, 52) for row in rows[:half]]
        rows = [a + b for a, b in zip(left, [*rows[half:], ""], strict=False)]
    for row in _cut(rows, _MOST["parts"] - 1, lang):
        yield _labelled(None, lang, row.rstrip())


def _branch_rows(ladder: Ladder, rounded: Ladder | None, lang: str) -> Iterator[str]:
    """One line per branch: its parts, and their rounded values."""
    chosen = rounded.elements() if rounded else None
    for number, (branch, parts) in enumerate(ladder.branches(), start=1):
        texts = [f"{part.name} {with_prefix(part.value, part.unit)}" for part in parts]
        row = f"{number:>2} {_pad(word(branch.orientation, lang), 7)}" + _joined(branch, texts)
        if chosen is not None:
            series = (without_zeros(next(chosen).value, part.unit, 3) for part in parts)
            row = _pad(row, 46) + " → " + ", ".join(series)
        yield row


def _joined(branch: Branch, texts: list[str]) -> str:
    return (" ∥ " if branch.connection == "parallel" else " + ").join(_pad(t, 13) for t in texts)


def _check(check: Check, lang: str) -> str:
    verdict = _pad(word("pass" if check.passed else "fail", lang), 6 if lang == "zh" else 5)
    at = "" if check.f_hz is None else _hertz(check.f_hz)
    what = word(check.quantity, lang).format(f=at)
    sign = "≤" if check.quantity == "pass_band_loss_db" else "≥"
    margin = 0.0 if abs(check.margin) < 5e-5 else check.margin
    reached = f"{verdict} {what} {check.value:.4g} dB {sign} {check.limit:.4g} dB"
    return _commas((reached, f"{word('margin', lang)} {margin:.3g} dB"), lang)


def _block(label: str, lang: str, texts: list[str]) -> Iterator[str]:
    """Lines with a label before the first; a long list is truncated."""
    for index, text in enumerate(_cut(texts, _MOST.get(label, 1), lang)):
        yield _labelled(label if index == 0 else None, lang, text)


def _cut(texts: list[str], most: int, lang: str) -> list[str]:
    """The texts, or the first of them and a count of the rest."""
    if len(texts) <= most:
        return texts
    return [*texts[: most - 1], word("more", lang).format(n=len(texts) - most + 1)]


def _labelled(label: str | None, lang: str, text: str) -> str:
    return _pad("" if label is None else word(label, lang), _LABEL) + text


def _commas(parts: Iterable[str], lang: str) -> str:
    """Parts of a line, joined with the comma of its language."""
    return ("，" if lang == "zh" else ", ").join(parts)


def _in_brackets(text: str, lang: str) -> str:
    """A remark in parentheses with the space before it; empty if it is empty."""
    if not text:
        return ""
    return f"（{text}）" if lang == "zh" else f" ({text})"


def _listed(names: list[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(names)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _hertz(f_hz: float) -> str:
    return without_zeros(f_hz, "Hz", 6)


def _width(text: str) -> int:
    """Width in terminal columns; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, columns: int) -> str:
    return text + " " * max(0, columns - _width(text))


def _right(text: str, columns: int) -> str:
    return " " * max(0, columns - _width(text)) + text
