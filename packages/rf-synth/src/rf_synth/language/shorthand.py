"""How the tables of brief requests are compiled."""

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


def by_band(common: str, lowpass: str, highpass: str) -> dict[str, Clauses]:
    """Clauses that fit any band, and with them those that tell on which side the pass band is."""
    return {
        NO_BAND: clauses(common),
        "lowpass": clauses(common.rstrip() + lowpass),
        "highpass": clauses(common.rstrip() + highpass),
        "bandpass": clauses(common),
    }


def brief_heads(
    table: str, with_edge: str, with_center: str, blind: str, words: Mapping[str, str]
) -> dict[str, tuple[Clause, ...]]:
    """What a filter is called: {word} is each of its band's words, {short} LPF, HPF or BPF.

    `with_edge` and `with_center` name a frequency too, of a low- or high-pass and of a band-pass.
    """
    heads = {NO_BAND: tuple(map(clause, texts(blind)))}
    for band, spelled in words.items():
        telling = with_center if band == "bandpass" else with_edge
        said = dict.fromkeys(
            entry.replace("{word}", word).replace("{short}", SHORT[band])
            for entry in texts(f"{table} ¦ {telling}")
            for word in texts(spelled)
        )
        heads[band] = tuple(map(clause, said))
    return heads


def brief_frames(prefix: str, table: str) -> tuple[Frame, ...]:
    """Compiles frames as `rf_synth.language.model.frames` does."""
    return frames(f"{prefix}.brief", table)
