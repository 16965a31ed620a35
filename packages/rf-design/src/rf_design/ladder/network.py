"""A ladder of series and shunt branches between two resistances, and its elements by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Orientation = Literal["series", "shunt"]
Connection = Literal["inductor", "capacitor", "series", "parallel"]
Kind = Literal["inductor", "capacitor"]


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of the ladder: in the signal path (`series`) or to ground (`shunt`).

    `connection` is the single element, or how an inductor and a capacitor form a resonator.
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
    """A part: `value` in H or F; `resonator` is the number of its branch, 1 at the source."""

    name: str
    kind: Kind
    orientation: Orientation
    resonator: int
    value: float

    @property
    def unit(self) -> str:
        """H or F."""
        return "H" if self.kind == "inductor" else "F"

    def as_json(self) -> dict[str, Any]:
        """The object in design.json."""
        return {
            "name": self.name,
            "kind": self.kind,
            "branch": self.orientation,
            "resonator": self.resonator,
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class Ladder:
    """Branches from source to load, the values of their parts, and the terminations in ohm.

    `values` are in H and F, branch by branch, with the inductor first within a branch.
    """

    structure: Structure
    values: tuple[float, ...]
    source_ohm: float
    load_ohm: float

    def branches(self) -> Iterator[tuple[Branch, list[Element]]]:
        """Every branch with its parts, which are named L and C with the number of the branch."""
        values = iter(self.values)
        for number, branch in enumerate(self.structure, start=1):
            yield branch, [
                Element(f"{'L' if kind == 'inductor' else 'C'}{number}", kind, branch.orientation,
                        number, next(values))
                for kind in branch.kinds
            ]  # fmt: skip

    def elements(self) -> Iterator[Element]:
        """All parts, branch by branch."""
        for _, parts in self.branches():
            yield from parts

    def with_values(self, values: Sequence[float]) -> "Ladder":
        """The same network with other values."""
        return replace(self, values=tuple(float(value) for value in values))

    def with_load(self, load_ohm: float) -> "Ladder":
        """The same network with another load."""
        return replace(self, load_ohm=load_ohm)
