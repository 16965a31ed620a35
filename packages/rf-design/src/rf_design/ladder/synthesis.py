"""From the prototype to henry and farad: impedance and frequency transformation.

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
    """The branches of a ladder: a Pi begins with a shunt branch, a Tee with a series one."""
    first_shunt = topology == "pi"
    orientations: list[Orientation] = [
        "shunt" if (index % 2 == 0) == first_shunt else "series" for index in range(order)
    ]
    return tuple(Branch(o, _CONNECTIONS[band, o]) for o in orientations)


def synthesise(spec: FilterSpec, order: int, topology: Topology = "pi") -> tuple[Ladder, Prototype]:
    """The ladder of a specification and the prototype it comes from.

    An even Chebyshev between equal terminations gets the load it needs. Between unequal ones every
    ladder has the load that was asked for, or none exists and DesignError is raised.
    """
    source, load = spec.source_ohm, spec.load_ohm
    if math.isclose(source, load, rel_tol=1e-12):
        shape = prototype(spec.family, order, spec.ripple_db)
    else:
        shape = prototype(
            spec.family, order, spec.ripple_db, _load_ratio(source, load, order, topology)
        )
    ladder = denormalise(spec, shape, topology)
    return ladder, shape


def _load_ratio(source: float, load: float, order: int, topology: Topology) -> float:
    """g(N+1): the load over the source after a shunt element, its inverse after a series one."""
    ends_in_shunt = (topology == "pi") == bool(order % 2)
    return load / source if ends_in_shunt else source / load


def topology_for(spec: FilterSpec, order: int, wanted: Topology | None = None) -> Topology:
    """The topology wanted, a Pi if none is; with even N a step up in resistance needs a Tee.

    Raises DesignError for a wanted topology that cannot step from the source to the load.
    """
    step = spec.load_ohm / spec.source_ohm
    if order % 2 or math.isclose(step, 1.0, rel_tol=1e-12):
        return wanted or "pi"
    needed: Topology = "tee" if step > 1 else "pi"
    if wanted and wanted != needed:
        raise DesignError(
            f"an even order steps {spec.source_ohm:g} ohm to {spec.load_ohm:g} ohm only as a "
            f"{needed.capitalize()}, not as a {wanted.capitalize()}",
            f"偶数阶要从 {spec.source_ohm:g} Ω 变换到 {spec.load_ohm:g} Ω，"
            f"只能用 {needed.capitalize()} 型，不能用 {wanted.capitalize()} 型",
        )
    return needed


def realisable(spec: FilterSpec, order: int) -> bool:
    """Whether a ladder of this order exists between the terminations of `spec`, without loss."""
    step = max(spec.load_ohm / spec.source_ohm, spec.source_ohm / spec.load_ohm)
    if order % 2 or math.isclose(step, 1.0, rel_tol=1e-12):
        return True
    return step >= natural_load(spec.family, order, spec.ripple_db)


def denormalise(spec: FilterSpec, shape: Prototype, topology: Topology) -> Ladder:
    """The prototype at the impedance and the frequencies of `spec`."""
    structure = structure_of(spec.band, shape.order, topology)
    values: list[float] = []
    for branch, g in zip(structure, shape.g, strict=True):
        values.extend(_branch_values(spec, branch, g))
    load = load_resistance(spec.source_ohm, shape, topology)
    return Ladder(structure, tuple(values), spec.source_ohm, load)


def load_resistance(source_ohm: float, shape: Prototype, topology: Topology) -> float:
    """The load in ohm that g(N+1) stands for."""
    if shape.g_load == 1.0:
        return source_ohm
    ends_in_shunt = (topology == "pi") == bool(shape.order % 2)
    return source_ohm * shape.g_load if ends_in_shunt else source_ohm / shape.g_load


def _branch_values(spec: FilterSpec, branch: Branch, g: float) -> tuple[float, ...]:
    """H and F of one branch. In shunt everything is the dual: conductance for resistance."""
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
    # `main` is the inductor of a series branch and the capacitor of a shunt one.
    return (main, other) if in_series else (other, main)
