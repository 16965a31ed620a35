"""Units of frequency that a request prints apart from its numbers, or behind other quantities."""

import re

from rf_synth.calls.arguments import FREQUENCY_KEYS
from rf_synth.calls.quantities import frequency

from rf_design.reading.ports import PORT_KEYS
from rf_design.reading.text import NUMBER

_BARE_UNIT = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>[GMkT兆吉千])", re.IGNORECASE)
"""A frequency without the Hz: `144 k`."""
_UNIT_APART = re.compile(
    r"(?<![A-Za-z0-9.])(?<!\d )(?:[GMk]?Hz|(?-i:[GM]))(?![A-Za-z\d])"
    r"|(?<![\d一二两三四五六七八九十百千零点])(?<!\d )(?:兆赫兹?|吉赫兹?|千赫兹?|兆(?![欧瓦]))",
    re.IGNORECASE,
)
"""A unit of frequency that is not behind a number: `(MHz)`, `M/dB`, `all in GHz`."""


def without_foreign_prefix(texts: dict[str, str], said: str) -> dict[str, str]:
    """Frequencies without a prefix that the request prints behind no number: the k of kW.

    A number without a unit takes that of the other frequencies.
    """
    found = dict(texts)
    for key, text in texts.items():
        bare = None if key in PORT_KEYS else _BARE_UNIT.fullmatch(text)
        if bare and not re.search(
            rf"\d\s*{bare['unit']}(?:Hz|赫)?(?![A-Za-z])", said, re.IGNORECASE
        ):
            found[key] = bare["number"]
    return found


def with_only_unit(texts: dict[str, str], said: str) -> dict[str, str]:
    """Frequencies that were all copied without a unit, with the only one that the request prints
    apart from them."""
    stated = {key: frequency(text) for key, text in texts.items() if key in FREQUENCY_KEYS}
    bare = all(read is not None and read.bare and not read.exponent for read in stated.values())
    units = {match[0].lower(): match[0] for match in _UNIT_APART.finditer(said)}
    if not bare or len(units) != 1:
        return texts
    (unit,) = units.values()
    return texts | {key: f"{texts[key]} {unit}" for key in stated}
