"""Values that a request labels with their quantity, where the model left them out."""

import re

from rf_synth.calls.bands import BANDPASS, band
from rf_synth.calls.families import family

from rf_design.reading.intent import EQUAL_RIPPLE_KEYS
from rf_design.reading.text import NUMBER

_RIPPLE = re.compile(
    rf"(?<![\d.])(?P<before>{NUMBER}\s*(?:dB)?)\s*(?:of\s+|passband\s+|pp\s+)?ripple\b"
    rf"|\b(?:ripple|rip)\s*(?:[:=]|of|is|about|max\.?|<=?|≤|约|取|为)?\s*"
    rf"(?P<behind>{NUMBER}\s*(?:dB)?)(?![\d.]|\s*(?:[GMk]?Hz|%|mV|V))"
    rf"|(?:[波纹][波纹]|起伏)\s*(?:[:：=]|不超过|小于|约|取|为|<=?|≤)?\s*"
    rf"(?P<chinese>{NUMBER}\s*(?:dB)?)(?![\d.]|\s*(?:[GMk]?Hz|%|mV|V))",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:电源|供电|supply|\bDC|hum)\s*$"
    r"|(?:\b(?:previous|old|existing|present|current|former|last|other|in there|now|used to|had)\b"
    r"|旧|老|原|现用|现在|以前|之前|上一|上次|别的|另)[^.;。；\n]{0,40}$",
    re.IGNORECASE,
)
"""Before the ripple of a voltage, or of another filter."""
_MOST_RIPPLE = 3.5
_LOADED_Q = re.compile(
    rf"(?<![A-Za-z_])Q\s*值?\s*(?:[:：=≈~]|of|is|about|around|大约|约|为|是|取)?\s*(?P<q>{NUMBER})(?![\d.])"
)
_OF_A_PART = re.compile(
    r"(?:无载|空载|unloaded|\bcoils?\b|\binductors?\b|\bresonators?\b|\bcrystals?\b|电感|线圈|谐振"
    r"|元件|晶体)[^,，;；。.\n]{0,16}$",
    re.IGNORECASE,
)
_MOST_Q = 60.0
_WIDTHS = frozenset(["width", "fbw", "q", "f1", "f2"])


def with_labelled(texts: dict[str, str], said: str) -> dict[str, str]:
    """The call with a ripple and a loaded Q that the normalised request labels, if it has none.

    Only where the request prints a single such value, and no other key uses its number.
    """
    return _with_q(_with_ripple(texts, said), said)


def _with_ripple(texts: dict[str, str], said: str) -> dict[str, str]:
    if EQUAL_RIPPLE_KEYS & texts.keys() or family(texts.get("family", "")).kind == "butterworth":
        return texts
    found = {
        match[match.lastgroup or 0].strip()
        for match in _RIPPLE.finditer(said)
        if not _ELSEWHERE.search(said[: match.start()])
    }
    return _with_only("ripple", found, texts, _MOST_RIPPLE)


def _with_q(texts: dict[str, str], said: str) -> dict[str, str]:
    kind = band(texts.get("band", ""))
    if "center" not in texts or _WIDTHS & texts.keys() or kind not in (BANDPASS, None):
        return texts
    found = {
        match["q"]
        for match in _LOADED_Q.finditer(said)
        if not _OF_A_PART.search(said[: match.start()])
    }
    return _with_only("q", found, texts, _MOST_Q)


def _with_only(key: str, found: set[str], texts: dict[str, str], most: float) -> dict[str, str]:
    """The call with the only text found for a key."""
    if len(found) != 1:
        return texts
    (text,) = found
    (number,) = re.findall(NUMBER, text)
    used = {n for other in texts.values() for n in re.findall(NUMBER, other)}
    if number in used or not 0 < float(number.replace(",", ".")) <= most:
        return texts
    return texts | {key: text}
