"""Compiles the tables of brief requests ("shorthand").

Shorthand has clauses without verbs, values before or after their names, sides of the pass band
given by "below" and "above", 50R, 2.4ghz, impedances without a unit. Still, every number of an
answer is in the text, digit for digit: pass bands are not given by their two edges, from which the
centre would have to be computed, nor decimals without a leading zero (.5 dB). Half of the
incomplete requests say that something missing is not known yet ("ripple TBD"): a model that never
saw this takes the mention of a name for its value.
"""

import itertools
import re
from collections.abc import Mapping, Sequence

from rf_synth.language.model import NO_BAND, SHORT, Clause, Clauses, Shorthand, clause, texts
from rf_synth.language.model import clauses as compiled_clauses
from rf_synth.language.model import frames as compiled_frames
from rf_synth.language.numbers import NumberForms

Heads = dict[str, tuple[Clause, ...]]
_CHOICE = re.compile(r"\[([^\]]*)\]")
_KIND = re.compile("cheb|scheff|equi|equal.ripple|切比|契比|等[波纹]", re.IGNORECASE)


def shorthand(
    code: str,
    *,
    clauses: tuple[str, str, str],
    heads: tuple[Heads, Heads],
    kinds: str,
    labels: Mapping[str, str],
    impedances: str,
    forms: Sequence[NumberForms],
    pending: str,
    unset: str,
    frames: str,
    openings: str,
    closings: str,
) -> Shorthand:
    """Compiles the tables of a language; an entry with `[a|b]` is expanded to two.

    `clauses` are those for any band, for low-passes and for high-passes; the latter two reveal on
    which side the pass band is. `heads` is the result of `brief_heads`; the other parameters are
    those of `Shorthand`.
    """
    with_kind, plain = heads
    return Shorthand(
        clauses=_by_band(*clauses),
        heads=with_kind,
        plain_heads=plain,
        kinds=texts(kinds),
        labels={name: texts(words) for name, words in labels.items()},
        impedances=tuple(map(clause, texts(impedances))),
        forms=forms,
        pending=_sentences(pending),
        unset=texts(unset),
        frames=compiled_frames(f"{code}.brief", frames),
        openings=_sentences(openings),
        closings=_sentences(closings),
    )


def _by_band(common: str, lowpass: str, highpass: str) -> dict[str, Clauses]:
    tables = {NO_BAND: common, "bandpass": common}
    tables |= {"lowpass": common.rstrip() + lowpass, "highpass": common.rstrip() + highpass}
    return {band: compiled_clauses(_expanded(table)) for band, table in tables.items()}


def brief_heads(
    table: str, with_edge: str, with_center: str, blind: str, words: Mapping[str, str]
) -> tuple[Heads, Heads]:
    """Names of a filter by band, those that say Chebyshev and those that do not.

    {word} is each of a band's words, {short} LPF, HPF or BPF. Heads in `with_edge` (low-pass and
    high-pass) and `with_center` (band-pass) also state a frequency.
    """
    entries = {NO_BAND: list(texts(_expanded(blind)))}
    for band, spelled in words.items():
        telling = with_center if band == "bandpass" else with_edge
        entries[band] = [
            entry.replace("{word}", word).replace("{short}", SHORT[band])
            for entry in texts(_expanded(f"{table} ¦ {telling}"))
            for word in texts(spelled)
        ]
    with_kind: Heads = {}
    plain: Heads = {}
    for band, said in entries.items():
        for heads, kind in ((with_kind, True), (plain, False)):
            chosen = (text for text in dict.fromkeys(said) if bool(_KIND.search(text)) == kind)
            heads[band] = tuple(map(clause, chosen))
    return with_kind, plain


def _sentences(table: str) -> tuple[str, ...]:
    """All entries of the lines, with alternatives expanded."""
    return tuple(text for line in table.strip().splitlines() for text in texts(_expanded(line)))


def _expanded(table: str) -> str:
    """The table with alternatives expanded to several entries."""
    return "\n".join(
        " ¦ ".join(text for entry in texts(line) for text in _every(entry))
        for line in table.strip().splitlines()
    )


def _every(entry: str) -> list[str]:
    pieces = _CHOICE.split(entry)
    options = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
    return ["".join(choice) for choice in itertools.product(*options)]
