"""The nodes of the parts of a ladder."""

from collections.abc import Iterator
from dataclasses import dataclass

from rf_design.ladder.network import Element, Ladder

GROUND = "0"


@dataclass(frozen=True, slots=True)
class Placed:
    """A part between two nodes; `start` is closer to the source or farther from ground."""

    part: Element
    start: str
    end: str


def placed_parts(ladder: Ladder) -> Iterator[Placed]:
    """Every part with its nodes: `in`, `out`, `n1`, `n2`, … along the signal path, `0` is ground.

    Between the inductor and capacitor of a series resonator is a node `m` with the branch's number;
    the inductor comes first, so that no node connects to capacitors only.
    """
    last_series = max(
        (i for i, branch in enumerate(ladder.structure) if branch.orientation == "series"),
        default=-1,
    )
    here, count = "in", 0
    for index, (branch, found) in enumerate(ladder.branches()):
        end = GROUND
        if branch.orientation == "series":
            count += 1
            end = "out" if index == last_series else f"n{count}"
        if branch.connection == "series":
            middle = f"m{index + 1}"
            yield Placed(found[0], here, middle)
            yield Placed(found[1], middle, end)
        else:
            for part in found:
                yield Placed(part, here, end)
        if branch.orientation == "series":
            here = end


def wires_through(ladder: Ladder) -> bool:
    """Whether `in` and `out` are the same node, as in a ladder of a single shunt branch."""
    return all(branch.orientation == "shunt" for branch in ladder.structure)
