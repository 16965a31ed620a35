"""Touchstone 1.1, two ports, real and imaginary parts.

Source: EIA/IBIS, Touchstone File Format Specification, version 1.1 (2002). The columns of a
two-port are S11 S21 S12 S22.
"""

import math

import numpy as np

from rf_design.core import Filter
from rf_design.files.sweep import parts_note, sweep, title
from rf_design.response.scattering import scattering


def touchstone(built: Filter) -> str:
    """The S-parameters of the parts to build from, as the text of a .s2p file.

    Version 1 has a single reference resistance; the source's is used. If the load differs, port 2
    is renormalised to it as well, and a comment states the load of the design.
    """
    ladder, reference = built.built, built.ladder.source_ohm
    s = scattering(ladder, sweep(built.spec), built.quality, port_ohm=(reference, reference))
    lines = [f"! {title(built)}", f"! {parts_note(built)}"]
    if not math.isclose(ladder.load_ohm, reference, rel_tol=1e-12):
        lines += [
            f"! Designed for a load of {ladder.load_ohm:.10g} ohm. This file is renormalised:",
            f"! port 2 refers to {reference:.10g} ohm, where the pass band is not matched.",
        ]
    lines.append(f"# Hz S RI R {reference:.10g}")
    entries = np.column_stack([s.s11, s.s21, s.s12, s.s22])
    for f, row in zip(s.f_hz.tolist(), entries.tolist(), strict=True):
        numbers = " ".join(f"{value.real:.12e} {value.imag:.12e}" for value in row)
        lines.append(f"{f:.15g} {numbers}")
    return "\n".join(lines) + "\n"
