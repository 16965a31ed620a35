"""How the tables of brief requests are compiled."""

import itertools
import re
from collections.abc import Mapping

from rf_synth.language.model import (
    NO_BAND,
    SHORT,
    Clause,
    Clauses,
    Frame,
    clause,
    clauses,
    frames,
    texts,
)

Heads = dict[str, tuple[Clause, ...]]
_CHOICE = re.compile(r"\[([^\]]*)\]")
_KIND = re.compile("cheb|scheff|equi|equal.ripple|切比|契比|等[波纹]", re.IGNORECASE)


def by_band(common: str, lowpass: str, highpass: str) -> dict[str, Clauses]:
    """Clauses that fit any band, and with them those that tell on which side the pass band is.

    `[a|b]` in an entry stands for two entries.
    """
    tables = {NO_BAND: common, "bandpass": common}
    tables |= {"lowpass": common.rstrip() + lowpass, "highpass": common.rstrip() + highpass}
    return {band: clauses(_spelled_out(table)) for band, table in tables.items()}


def brief_heads(
    table: str, with_edge: str, with_center: str, blind: str, words: Mapping[str, str]
) -> tuple[Heads, Heads]:
    """What a filter is called, by band: with its kind, Chebyshev, and without.

    {word} is each of a band's words, {short} LPF, HPF or BPF. `with_edge` and `with_center` name a
    frequency too, of a low- or high-pass and of a band-pass.
    """
    entries = {NO_BAND: list(texts(_spelled_out(blind)))}
    for band, spelled in words.items():
        telling = with_center if band == "bandpass" else with_edge
        entries[band] = [
            entry.replace("{word}", word).replace("{short}", SHORT[band])
            for entry in texts(_spelled_out(f"{table} ¦ {telling}"))
            for word in texts(spelled)
        ]
    with_kind: Heads = {}
    plain: Heads = {}
    for band, said in entries.items():
        for heads, kind in ((with_kind, True), (plain, False)):
            chosen = (text for text in dict.fromkeys(said) if bool(_KIND.search(text)) == kind)
            heads[band] = tuple(map(clause, chosen))
    return with_kind, plain


def brief_frames(prefix: str, table: str) -> tuple[Frame, ...]:
    """Compiles frames as `rf_synth.language.model.frames` does."""
    return frames(f"{prefix}.brief", table)


def sentences(table: str) -> tuple[str, ...]:
    """One a line, with its choices spelled out."""
    return tuple(text for line in table.strip().splitlines() for text in texts(_spelled_out(line)))


def _spelled_out(table: str) -> str:
    """Every entry with a choice as several entries."""
    return "\n".join(
        " ¦ ".join(text for entry in texts(line) for text in _every(entry))
        for line in table.strip().splitlines()
    )


def _every(entry: str) -> list[str]:
    pieces = _CHOICE.split(entry)
    options = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
    return ["".join(choice) for choice in itertools.product(*options)]
