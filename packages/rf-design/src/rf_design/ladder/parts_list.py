"""A ladder from a list of its parts: "Pi: C 1500p, L 6.58u, C 3300p"."""

import re

from rf_design.errors import DesignError
from rf_design.ladder.network import Branch, Connection, Ladder, Orientation
from rf_design.ladder.prefixes import parse_value
from rf_design.specification import DEFAULT_OHM

_PART = re.compile(r"([LC])\d*(?:\s*[=:]\s*|\s+)(.+)", re.IGNORECASE)


def ladder_of_parts(
    text: str, source_ohm: float = DEFAULT_OHM, load_ohm: float | None = None
) -> Ladder:
    """The ladder that a list of parts describes.

    `text` is the topology and a colon, then the branches from source to load, separated by commas:
    an element ("L 6.58u", "C2=3300p"), or a resonator as "L 1u | C 10p" (in parallel) or
    "L 1u + C 10p" (in series). Branches alternate between shunt and series, with shunt first in a
    Pi and series first in a Tee. Raises DesignError.
    """
    name, colon, parts = text.partition(":")
    topology = name.strip().lower()
    if not colon or topology not in ("pi", "tee", "t"):
        raise DesignError(f"{text[:40]!r}: expected 'Pi: …' or 'Tee: …'")
    orientation: Orientation = "shunt" if topology == "pi" else "series"
    branches, values = [], []
    for part in parts.split(","):
        connection, numbers = _branch(part)
        branches.append(Branch(orientation, connection))
        values.extend(numbers)
        orientation = "series" if orientation == "shunt" else "shunt"
    return Ladder(tuple(branches), tuple(values), source_ohm, load_ohm or source_ohm)


def _branch(text: str) -> tuple[Connection, list[float]]:
    """The connection of the elements of one branch, and their values, the inductor's first."""
    connection: Connection = "parallel" if "|" in text else "series"
    pieces = re.split(r"\|+|\+(?!\d)", text)
    found = dict(_element(piece) for piece in pieces)
    if len(found) != len(pieces) or len(pieces) > 2:
        raise DesignError(f"{text.strip()!r}: a resonator is one inductor and one capacitor")
    if len(pieces) == 1:
        (kind,) = found
        return ("inductor" if kind == "L" else "capacitor"), list(found.values())
    return connection, [found["L"], found["C"]]


def _element(text: str) -> tuple[str, float]:
    match = _PART.fullmatch(text.strip())
    if match is None:
        raise DesignError(f"{text.strip()!r}: expected a part such as 'L 6.58u' or 'C 1500p'")
    try:
        value = parse_value(match[2])
    except ValueError as error:
        raise DesignError(str(error)) from None
    if value <= 0:
        raise DesignError(f"{text.strip()!r}: a part's value must be above 0")
    return match[1].upper(), value
