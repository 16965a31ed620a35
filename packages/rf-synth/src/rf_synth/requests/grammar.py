"""Requests assembled from clauses: wider than what people wrote, less natural.

A pool of slotted clauses per language (`language/requests/grammar/<lang>.json`) says each fact in
many ways; here a request is put together from them: opening, head, clauses in any order, closing.
"""

from functools import cache
from importlib.resources import files

from rf_jsonl import loads

from rf_synth.specs.draws import Draws
from rf_synth.requests.slots import Slot, parse
from rf_synth.requests.voices import Request

Pool = dict[str, list[str]]
_RIPPLES = ("ripple",) * 6 + ("return_loss",) * 2 + ("vswr",) + ("gamma",)
_FREQUENCIES = ((1e3, 1e5), (1e5, 3e7), (1e6, 3e8), (1e7, 1e9), (1e8, 6e9), (5e8, 3e9), (2e9, 2e10))


@cache
def pool(lang: str) -> Pool:
    """The clauses of one language."""
    path = files("rf_synth") / "language" / "requests" / "grammar" / f"{lang}.json"
    clauses: Pool = loads(path.read_bytes())
    return clauses


@cache
def _parsed(text: str) -> tuple[Slot, ...]:
    return parse(text)


def assemble(draws: Draws, lang: str, kind: str, band: str) -> Request:
    """A request of `kind` (full, gap, outside) for a filter of `band`."""
    clauses = pool(lang)
    if kind == "outside" and draws.below(5) < 2:
        text = draws.pick(clauses["outside_question"])
        return _request(draws, lang, kind, None, text, ())
    named = draws.below(6) > 0
    if band == "bandstop" or kind == "gap":
        named = True
    head = draws.pick(clauses[f"head_{band}" if named else "head_unnamed"])
    parts, missing = _parts(draws, clauses, kind, band, head)
    draws.shuffled(parts)
    joiner = draws.pick(clauses["joiners"])
    spaced = "\n" in joiner
    text = joiner.join([head, *parts])
    if draws.below(3) == 0:
        text = draws.pick(clauses["opening"]) + ("\n" if spaced else " " if lang == "en" else "") + text
    if draws.below(2) == 0:
        text += ("\n" if spaced else ". " if lang == "en" else "。") + draws.pick(clauses["closing"])
    return _request(draws, lang, kind, band, text, missing)


def _request(
    draws: Draws, lang: str, kind: str, band: str | None, text: str, missing: tuple[str, ...]
) -> Request:
    return Request(
        id=f"{lang}/grammar",
        lang=lang,
        voice=f"{lang}/grammar",
        turns=(_parsed_once(text),),
        kind=kind,
        band=band,
        missing=missing,
        frequency=draws.pick(_FREQUENCIES),
    )


def _parsed_once(text: str) -> tuple[Slot, ...]:
    return parse(text)


def _parts(
    draws: Draws, clauses: Pool, kind: str, band: str, head: str
) -> tuple[list[str], tuple[str, ...]]:
    """The clauses of a request, and what they leave out."""
    parts: list[str] = []
    butterworth = kind == "full" and draws.below(16) == 0 and "{family" not in head
    if "{family" not in head:
        if kind == "outside" and draws.below(2):
            parts.append(draws.pick(clauses["outside_family"]))
        elif butterworth:
            parts.append(draws.pick(clauses["butterworth"]))
        elif draws.below(3):
            parts.append(draws.pick(clauses["family"]))
    if kind == "outside" and not any("{family" in part for part in parts) or (
        kind == "outside" and draws.below(4) == 0
    ):
        parts.append(draws.pick(clauses["outside"]))
    gaps = _gaps(draws) if kind == "gap" else set()
    missing: list[str] = []
    three_db = draws.below(8) == 0
    if "pass" in gaps:
        missing += ["fc"] if band in ("lowpass", "highpass") else ["f_center", "bandwidth"]
    else:
        parts += _pass_clauses(draws, clauses, band, head, three_db)
    if "ripple" in gaps:
        missing.append("ripple_db")
    elif not butterworth:
        parts.append(draws.pick(clauses[draws.pick(_RIPPLES)]))
        if draws.below(25) == 0:
            parts.append(draws.pick(clauses["return_loss"]))
    parts += _stop_clauses(draws, clauses, kind, band, gaps, missing)
    if draws.below(2):
        parts.append(draws.pick(clauses["impedance"]))
    if kind == "full" and draws.below(8) == 0 and not any("{order" in part for part in parts):
        parts.append(draws.pick(clauses["order_guess"]))
    for _ in range(draws.pick((0, 0, 0, 1, 1, 2))):
        parts.append(draws.pick(clauses["noise"]))
    return parts, tuple(missing)


def _gaps(draws: Draws) -> set[str]:
    return set(draws.pick((
        ("ripple",), ("ripple",), ("stop",), ("stop",), ("att",), ("frequency",), ("frequency",),
        ("ripple", "stop"), ("ripple", "stop"), ("ripple", "att"), ("ripple", "frequency"), ("pass",),
        ("pass", "ripple"),
    )))  # fmt: skip


def _pass_clauses(
    draws: Draws, clauses: Pool, band: str, head: str, three_db: bool
) -> list[str]:
    ladder = band in ("lowpass", "highpass")
    if ladder:
        if "{edge" in head:
            return []
        name = f"edge_3db_{band}" if three_db else f"edge_{band}"
        return [draws.pick(clauses[name])]
    if "{center" in head:
        wanted = ("{width", "{fbw", "{q")
        name = draws.pick(("center_width", "center_width", "center_fbw", "center_q"))
        for _ in range(40):
            clause = draws.pick(clauses[name])
            if any(slot in clause for slot in wanted):
                return [clause]
    if three_db:
        return [draws.pick(clauses[draws.pick(("center_width_3db", "edges_3db"))])]
    names = ("edges",) * 7 + ("center_width",) * 8 + ("center_fbw",) * 4 + ("center_q",)
    return [draws.pick(clauses[draws.pick(names)])]


def _stop_clauses(
    draws: Draws, clauses: Pool, kind: str, band: str, gaps: set[str], missing: list[str]
) -> list[str]:
    edges = ["fs"] if band in ("lowpass", "highpass") else ["fs_lower", "fs_upper"]
    if "stop" in gaps:
        missing += [*edges, "La_target"]
        return []
    if "frequency" in gaps:
        missing += edges
        up_to = band == "lowpass" and draws.below(4) == 0
        return [draws.pick(clauses["up_to" if up_to else "att_only"])]
    if "att" in gaps:
        missing.append("La_target")
        return [draws.pick(clauses["stop_only_lowpass" if band == "lowpass" else "stops_only"])]
    if kind == "full" and band != "bandstop" and draws.below(14) == 0:
        return [draws.pick(clauses["order"])]
    return [draws.pick(clauses[draws.pick(_STOPS[band])])]


_STOPS = {
    "lowpass": ("stop_lowpass",) * 10 + ("multiple_lowpass",) * 2 + ("range_upper", "transition", "stops_lowpass_two"),
    "highpass": ("stop_highpass",) * 10 + ("multiple_highpass", "range_lower", "transition"),
    "bandpass": ("stops_two",) * 8 + ("stops_two_own",) * 4 + ("offset",) * 4
    + ("stop_lower", "stop_upper", "offsets_two", "ranges_two", "range_upper", "range_lower", "transition"),
    "bandstop": ("stopband_bandstop",),
}  # fmt: skip
