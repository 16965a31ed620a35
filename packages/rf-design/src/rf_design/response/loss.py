"""Insertion loss of many networks at once, or of one ladder.

It is the transducer loss, available power of the source over power in the load: 0 dB for a
lossless match between any two resistances.
"""

import numpy as np
from numpy.typing import NDArray

from rf_design.ladder.network import Ladder, Structure
from rf_design.response.chain import LosslessChain, Quality, lossless_chain, lossy_chain, values_of

Floats = NDArray[np.float64]


def losses_db(
    structure: Structure,
    values: Floats,
    f_hz: Floats,
    terminations: tuple[float, float],
    quality: Quality | None = None,
) -> Floats:
    """-20·lg|S21| in dB, shape (B, F), of B networks with `values` of shape (B, M).

    Infinite or NaN where the loss exceeds the range of doubles, about 3000 dB.
    """
    source, load = terminations
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        if quality is not None and not quality.lossless:
            m = lossy_chain(structure, values, f_hz, quality)
            power = np.abs(m.a * load + m.b + m.c * source * load + m.d * source) ** 2
        else:
            real, imaginary = _denominator(lossless_chain(structure, values, f_hz), source, load)
            power = real * real + imaginary * imaginary
        power /= 4 * source * load
        return np.asarray(10 * np.log10(power))


def _denominator(matrix: LosslessChain, source: float, load: float) -> tuple[Floats, Floats]:
    """Real and imaginary part of A·Z2 + B + C·Z1·Z2 + D·Z1."""
    return matrix.a * load + matrix.d * source, matrix.b + matrix.c * (source * load)


def loss_db(ladder: Ladder, f_hz: Floats, quality: Quality | None = None) -> Floats:
    """-20·lg|S21| in dB, shape (F,), of one ladder between its own terminations."""
    ends = (ladder.source_ohm, ladder.load_ohm)
    return np.asarray(losses_db(ladder.structure, values_of(ladder), f_hz, ends, quality)[0])
