"""The ladder as a schematic (SVG), drawn by schemdraw without matplotlib."""

import sys
from typing import Any

from rf_design.ladder.network import Branch, Element, Ladder
from rf_design.ladder.prefixes import with_prefix, without_zeros

_UNIT = 2.4
_SIDE = 1.9
"""Length of a part and distance between neighbours, in schemdraw's units."""


def schematic_svg(ladder: Ladder) -> bytes:
    """The schematic of a ladder between its terminations, with names and values."""
    # Otherwise schemdraw imports matplotlib's pyplot for a backend that is not used here.
    sys.modules.setdefault("schemdraw.backends.mpl", None)  # type: ignore[arg-type]
    import schemdraw
    import schemdraw.elements as parts

    schemdraw.use("svg")
    drawing = schemdraw.Drawing(show=False)
    drawing.config(unit=_UNIT, fontsize=11, font="DejaVu Sans, Arial, sans-serif")
    drawing += parts.SourceSin().up()
    source = _ohm(ladder.source_ohm)
    drawing += parts.Ground().at(drawing.elements[0].start)
    drawing += parts.ResistorIEC().right().at(drawing.elements[0].end).label(source)
    for branch, found in ladder.branches():
        _draw_branch(drawing, parts, branch, found)
    drawing += parts.Line().right().length(_SIDE * 0.5)
    load = parts.ResistorIEC().down().label(_ohm(ladder.load_ohm), loc="bottom")
    drawing += load
    drawing += parts.Ground()
    svg: bytes = drawing.get_imagedata("svg")
    return svg


def _draw_branch(drawing: Any, parts: Any, branch: Branch, found: list[Element]) -> None:
    """Adds one branch and leaves the drawing position on the signal path."""
    if branch.orientation == "shunt":
        _draw_shunt(drawing, parts, branch, found)
        return
    if branch.connection == "parallel":
        start = drawing.here
        inductor = _symbol(parts, found[0]).right().at(start)
        drawing += inductor.label(_label(found[0]), loc="bottom", ofst=0.35)
        end = drawing.here
        drawing += parts.Dot().at(start)
        drawing += parts.Dot().at(end)
        drawing += parts.Line().up().at(start).length(1.2)
        drawing += _symbol(parts, found[1]).right().label(_label(found[1]), loc="top")
        drawing += parts.Line().down().length(1.2)
        drawing.here = end
        return
    for part in found:
        drawing += _symbol(parts, part).right().label(_label(part), loc="top")


def _draw_shunt(drawing: Any, parts: Any, branch: Branch, found: list[Element]) -> None:
    """Adds a branch from the signal path to ground, its parts in parallel or in series."""
    columns = [found] if branch.connection == "series" else [[part] for part in found]
    for column in columns:
        drawing += parts.Line().right().length(_SIDE * 0.35)
        top = drawing.here
        drawing += parts.Dot().at(top)
        for part in column:
            drawing += _symbol(parts, part).down().label(_label(part), loc="bottom", halign="left")
        drawing += parts.Ground()
        drawing += parts.Line().right().at(top).length(_SIDE * 0.9)


def _symbol(parts: Any, part: Element) -> Any:
    return parts.Inductor2() if part.kind == "inductor" else parts.Capacitor()


def _label(part: Element) -> str:
    """Name and value; a value of three digits, as of an E series, without trailing zeros."""
    exact = float(f"{part.value:.2e}") == part.value
    value = without_zeros(part.value, part.unit, 3) if exact else with_prefix(part.value, part.unit)
    return f"{part.name}\n{value}"


def _ohm(ohm: float) -> str:
    return without_zeros(ohm, "Ω", 4)
