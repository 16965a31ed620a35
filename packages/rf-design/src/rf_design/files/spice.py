"""ngspice: the filter as a subcircuit, and a test bench for it.

Values have exponents only: in SPICE `M` is milli, and letters of a unit are read as prefixes.
"""

from collections.abc import Iterator

from rf_design.core import Filter
from rf_design.files.nodes import Placed, placed_parts, wires_through
from rf_design.files.sweep import POINTS, parts_note, sweep_range, title

SUBCIRCUIT = "rf_filter"
SUBCIRCUIT_FILE = "filter.cir"


def spice_subcircuit(built: Filter) -> str:
    """A .subckt with the nodes `in` and `out`, one line per part."""
    lines = [
        f"* {title(built)}",
        f"* {parts_note(built)}",
        f"* source {built.built.source_ohm:.10g} ohm, load {built.built.load_ohm:.10g} ohm",
        f".subckt {SUBCIRCUIT} in out",
        *(["VTHROUGH in out 0"] if wires_through(built.built) else []),
        *_parts(built),
        f".ends {SUBCIRCUIT}",
    ]
    return "\n".join(lines) + "\n"


def _parts(built: Filter) -> Iterator[str]:
    quality = built.quality
    for placed in placed_parts(built.built):
        part = placed.part
        inductor = part.kind == "inductor"
        lossy = quality.inductor if inductor else quality.capacitor
        if lossy is None:
            yield _line(part.name, placed.start, placed.end, part.value)
            continue
        inner = f"{part.name.lower()}_r"
        yield _line(part.name, placed.start, inner, part.value)
        yield _line(f"R{part.name}", inner, placed.end, _resistance(placed, built))


def _resistance(placed: Placed, built: Filter) -> float:
    """The series resistance of a part in ohm, from its Q."""
    import numpy as np

    value = np.array(placed.part.value)
    if placed.part.kind == "inductor":
        return float(built.quality.inductor_ohm(value))
    return float(built.quality.capacitor_ohm(value))


def _line(name: str, start: str, end: str, value: float) -> str:
    return f"{name} {start} {end} {value:.15e}"


def spice_bench(built: Filter) -> str:
    """A bench for `ngspice -b bench.cir`: the loss at every named frequency, then a sweep."""
    ladder, spec = built.built, built.spec
    low, high = sweep_range(spec)
    gain = f"2*sqrt({ladder.source_ohm:.15e}/{ladder.load_ohm:.15e})"
    lines = [
        f"* Bench: {title(built)}",
        "* Run with: ngspice -b bench.cir",
        f".include {SUBCIRCUIT_FILE}",
        "V1 src 0 DC 0 AC 1",
        f"RSOURCE src in {ladder.source_ohm:.15e}",
        f"X1 in out {SUBCIRCUIT}",
        f"RLOAD out 0 {ladder.load_ohm:.15e}",
        ".control",
        "set numdgt=12",
    ]
    for f in spec.named_hz:
        lines += [
            f"ac lin 1 {f:.15e} {f:.15e}",
            f"let loss_db = -db({gain}*v(out))",
            "print loss_db",
        ]
    lines += [
        f"ac lin {POINTS} {low:.15e} {high:.15e}",
        f"let s21_db = db({gain}*v(out))",
        "let s11_db = db(2*v(in)-1)",
        "* To keep the sweep: wrdata sweep.txt s21_db s11_db; to see it: plot s21_db s11_db",
        "print vecmax(s21_db)",
        "quit",
        ".endc",
        ".end",
    ]
    return "\n".join(lines) + "\n"
