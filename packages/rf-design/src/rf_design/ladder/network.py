"""A ladder of series and shunt branches between two resistances, and its elements by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Orientation = Literal["series", "shunt"]
Connection = Literal["inductor", "capacitor", "series", "parallel"]
Kind = Literal["inductor", "capacitor"]


@dataclass(frozen=True, slots=True)
class Branch:
    """One rung of the ladder: in the signal path (`series`) or to ground (`shunt`).

    `connection` is the lone element, or how an inductor and a capacitor form a resonator.
    """

    orientation: Orientation
    connection: Connection

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The elements of the branch, the inductor first."""
        if self.connection == "inductor":
            return ("inductor",)
        return ("capacitor",) if self.connection == "capacitor" else ("inductor", "capacitor")


Structure = tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """A part: `value` in H or F; `resonator` counts the branches from the source, from 1."""

    name: str
    kind: Kind
    orientation: Orientation
    resonator: int
    value: float

    def as_json(self) -> dict[str, Any]:
        """The object that stands in design.json."""
        return {
            "name": self.name,
            "kind": self.kind,
            "branch": self.orientation,
            "resonator": self.resonator,
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class Ladder:
    """Branches from source to load, their values in order, and the terminations in ohm.

    `values` holds H and F, branch after branch, within a branch the inductor first.
    """

    structure: Structure
    values: tuple[float, ...]
    source_ohm: float
    load_ohm: float

    def elements(self) -> Iterator[Element]:
        """The parts by name: L and C numbered by their branch."""
        values = iter(self.values)
        for number, branch in enumerate(self.structure, start=1):
            for kind in branch.kinds:
                name = f"{'L' if kind == 'inductor' else 'C'}{number}"
                yield Element(name, kind, branch.orientation, number, next(values))

    def with_values(self, values: Sequence[float]) -> "Ladder":
        """The same network of other parts."""
        return replace(self, values=tuple(float(value) for value in values))

    def with_load(self, load_ohm: float) -> "Ladder":
        """The same network into another load."""
        return replace(self, load_ohm=load_ohm)
