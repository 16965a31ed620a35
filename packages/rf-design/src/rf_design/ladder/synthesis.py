"""From the prototype to values in H and F: impedance and frequency transformation.

Source: Matthaei, Young and Jones, Microwave Filters (1964), sections 4.11 to 4.13.
"""

import math
from functools import lru_cache
from typing import Literal

from rf_design.errors import DesignError
from rf_design.ladder.network import Branch, Connection, Ladder, Orientation, Structure
from rf_design.prototype.g_values import Prototype, natural_load, prototype
from rf_design.specification import Band, FilterSpec

Topology = Literal["pi", "tee"]
TOPOLOGIES = ("pi", "tee")

_CONNECTIONS: dict[tuple[str, str], Connection] = {
    ("lowpass", "series"): "inductor",
    ("lowpass", "shunt"): "capacitor",
    ("highpass", "series"): "capacitor",
    ("highpass", "shunt"): "inductor",
    ("bandpass", "series"): "series",
    ("bandpass", "shunt"): "parallel",
    ("bandstop", "series"): "parallel",
    ("bandstop", "shunt"): "series",
}


@lru_cache(maxsize=1024)
def structure_of(band: Band, order: int, topology: Topology) -> Structure:
    """The branches of a ladder: a Pi starts with a shunt branch, a Tee with a series branch."""
    first_shunt = topology == "pi"
    orientations: list[Orientation] = [
        "shunt" if (index % 2 == 0) == first_shunt else "series" for index in range(order)
    ]
    return tuple(Branch(o, _CONNECTIONS[band, o]) for o in orientations)


def synthesise(spec: FilterSpec, order: int, topology: Topology = "pi") -> tuple[Ladder, Prototype]:
    """The ladder of a specification and the prototype it comes from.

    Between equal terminations a Chebyshev ladder of even order gets the load it needs. Between
    unequal ones the ladder has the stated load; DesignError is raised if no such ladder exists.
    """
    source, load = spec.source_ohm, spec.load_ohm
    ratio = None
    if not math.isclose(source, load, rel_tol=1e-12):
        ratio = load / source if _ends_in_shunt(order, topology) else source / load
    shape = prototype(spec.family, order, spec.ripple_db, ratio)
    return denormalise(spec, shape, topology), shape


def _ends_in_shunt(order: int, topology: Topology) -> bool:
    """Whether the last branch is a shunt one, so that g(N+1) is a resistance."""
    return (topology == "pi") == bool(order % 2)


def topology_for(spec: FilterSpec, order: int, wanted: Topology | None = None) -> Topology:
    """The wanted topology, by default a Pi; at even order a step up in resistance needs a Tee.

    Raises DesignError for a wanted topology that cannot match the source to the load.
    """
    step = spec.load_ohm / spec.source_ohm
    if order % 2 or math.isclose(step, 1.0, rel_tol=1e-12):
        return wanted or "pi"
    needed: Topology = "tee" if step > 1 else "pi"
    if wanted and wanted != needed:
        raise DesignError(
            f"an even order matches {spec.source_ohm:g} ohm to {spec.load_ohm:g} ohm only as a "
            f"{needed.capitalize()}, not as a {wanted.capitalize()}",
            f"偶数阶要从 {spec.source_ohm:g} Ω 变换到 {spec.load_ohm:g} Ω，"
            f"只能用 {needed.capitalize()} 型，不能用 {wanted.capitalize()} 型",
        )
    return needed


def realisable(spec: FilterSpec, order: int) -> bool:
    """Whether a lossless ladder of this order exists between the terminations of `spec`."""
    step = max(spec.load_ohm / spec.source_ohm, spec.source_ohm / spec.load_ohm)
    if order % 2 or math.isclose(step, 1.0, rel_tol=1e-12):
        return True
    return step >= natural_load(spec.family, order, spec.ripple_db)


def denormalise(spec: FilterSpec, shape: Prototype, topology: Topology) -> Ladder:
    """The prototype, scaled to the impedance and the frequencies of `spec`."""
    structure = structure_of(spec.band, shape.order, topology)
    values: list[float] = []
    for branch, g in zip(structure, shape.g, strict=True):
        values.extend(_branch_values(spec, branch, g))
    source = spec.source_ohm
    in_shunt = _ends_in_shunt(shape.order, topology)
    load = source * shape.g_load if in_shunt else source / shape.g_load
    return Ladder(structure, tuple(values), source, load)


def _branch_values(spec: FilterSpec, branch: Branch, g: float) -> tuple[float, ...]:
    """The values of one branch in H and F. A shunt branch is the dual of a series branch."""
    in_series = branch.orientation == "series"
    scale = g * (spec.source_ohm if in_series else 1 / spec.source_ohm)
    w1 = 2 * math.pi * spec.edges_hz[0]
    if spec.band == "lowpass":
        return (scale / w1,)
    if spec.band == "highpass":
        return (1 / (scale * w1),)
    w2 = 2 * math.pi * spec.edges_hz[1]
    bandwidth = 2 * math.pi * spec.bandwidth_hz
    if spec.band == "bandpass":
        main = scale / bandwidth
        other = 1 / (w1 * w2 * main)
    else:
        other = 1 / (scale * bandwidth)
        main = 1 / (w1 * w2 * other)
    # `main` is the inductor of a series branch or the capacitor of a shunt branch.
    return (main, other) if in_series else (other, main)
