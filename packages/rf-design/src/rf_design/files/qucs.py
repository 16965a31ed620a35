"""A Qucs-S schematic: the ladder between two ports, an S-parameter sweep, S11 and S21 in dB.

Coordinates are on the schematic's grid. The pins of a two-terminal part are 30 left and right of
its centre, or above and below it when rotated; wires connect at their ends.
"""

from dataclasses import dataclass, field

from rf_design.core import Filter
from rf_design.files.sweep import POINTS, sweep_range, title
from rf_design.ladder.network import Branch, Element

_RAIL = 140
_TOP = 70
_GAP = 20
_SPAN = 60
_STEP = 110


@dataclass(slots=True)
class _Sheet:
    """Components and wires, placed from left to right along the rail (the signal path)."""

    components: list[str] = field(default_factory=list)
    wires: list[str] = field(default_factory=list)
    x: int = 60

    def wire(self, x1: int, y1: int, x2: int, y2: int) -> None:
        self.wires.append(f'  <{x1} {y1} {x2} {y2} "" 0 0 0 "">')

    def along(self, length: int) -> None:
        """Extends the rail."""
        self.wire(self.x, _RAIL, self.x + length, _RAIL)
        self.x += length

    def ground(self, x: int, y: int) -> None:
        self.components.append(f"  <GND * 1 {x} {y} 0 0 0 0>")

    def part(self, part: Element, x: int, y: int, *, upright: bool = False) -> None:
        """Adds a part centred at (x, y)."""
        kind = "L" if part.kind == "inductor" else "C"
        text = "17 -26 0 1" if upright else "-26 10 0 0"
        more = ' "" 0 "neutral" 0' if kind == "C" else ' "" 0'
        self.components.append(
            f'  <{kind} {part.name} 1 {x} {y} {text} "{part.value:.12g} {part.unit}" 1{more}>'
        )

    def port(self, number: int, ohm: float) -> None:
        """Adds a port between the rail and ground."""
        self.wire(self.x, _RAIL, self.x, 190)
        self.components.append(
            f'  <Pac P{number} 1 {self.x} 220 18 -26 0 1 "{number}" 1 "{ohm:.12g} Ohm" 1 '
            '"0 dBm" 0 "1 GHz" 0 "26.85" 0>'
        )
        self.ground(self.x, 250)

    def branch(self, branch: Branch, parts: list[Element]) -> None:
        """Adds one branch of the ladder."""
        if branch.orientation == "shunt":
            self._shunt(branch, parts)
        elif branch.connection == "parallel":
            self._trap(parts)
        else:
            for part in parts:
                self.along(_GAP)
                self.part(part, self.x + _SPAN // 2, _RAIL)
                self.x += _SPAN
                self.along(_GAP)

    def _trap(self, parts: list[Element]) -> None:
        """Adds an inductor in the rail with a capacitor in parallel."""
        self.along(_GAP)
        for x in (self.x, self.x + _SPAN):
            self.wire(x, _TOP, x, _RAIL)
        self.part(parts[0], self.x + _SPAN // 2, _RAIL)
        self.part(parts[1], self.x + _SPAN // 2, _TOP)
        self.x += _SPAN
        self.along(_GAP)

    def _shunt(self, branch: Branch, parts: list[Element]) -> None:
        """Adds a branch between the rail and ground, its parts in series or in parallel."""
        if branch.connection == "series":
            self.along(_GAP)
            self.wire(self.x, _RAIL, self.x, 160)
            self.part(parts[0], self.x, 190, upright=True)
            self.wire(self.x, 220, self.x, 240)
            self.part(parts[1], self.x, 270, upright=True)
            self.ground(self.x, 300)
            self.along(_STEP)
            return
        self.along(_GAP)
        for part in parts:
            self.wire(self.x, _RAIL, self.x, 190)
            self.part(part, self.x, 220, upright=True)
            self.ground(self.x, 250)
            self.along(_STEP)


def qucs_schematic(built: Filter) -> str:
    """The text of a .sch file: the parts to build from, without their losses."""
    ladder = built.built
    sheet = _Sheet()
    sheet.port(1, ladder.source_ohm)
    sheet.along(_STEP)
    for branch, parts in ladder.branches():
        sheet.branch(branch, parts)
    sheet.port(2, ladder.load_ohm)
    low, high = sweep_range(built.spec)
    sheet.components += [
        f'  <.SP SP1 1 60 360 0 67 0 0 "lin" 1 "{low:.12g} Hz" 1 "{high:.12g} Hz" 1 "{POINTS}" 1 '
        '"no" 0 "1" 0 "2" 0 "no" 0 "no" 0>',
        '  <Eqn Eqn1 1 280 370 -28 15 0 0 "S21_dB=dB(S[2,1])" 1 "S11_dB=dB(S[1,1])" 1 "yes" 0>',
    ]
    lines = ["<Qucs Schematic 0.0.24>", *_properties(), "<Components>", *sheet.components]
    lines += ["</Components>", "<Wires>", *sheet.wires, "</Wires>", "<Diagrams>", "</Diagrams>"]
    lines += ["<Paintings>", f'  <Text 60 20 12 #000000 0 "{title(built)}">', "</Paintings>"]
    return "\n".join(lines) + "\n"


def _properties() -> list[str]:
    return [
        "<Properties>",
        "  <View=0,0,1600,600,1,0,0>",
        "  <Grid=10,10,1>",
        "  <DataSet=filter.dat>",
        "  <DataDisplay=filter.dpl>",
        "  <OpenDisplay=1>",
        "</Properties>",
        "<Symbol>",
        "</Symbol>",
    ]
