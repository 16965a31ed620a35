"""S-parameters of a ladder for any reference resistances, and its group delay.

Source: K. Kurokawa, "Power waves and the scattering matrix", IEEE Trans. MTT-13 (1965).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rf_design.ladder.network import Ladder
from rf_design.response.chain import Complex, Quality, chain, chain_with_slope

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scattering:
    """S11, S21, S12 and S22, shape (F,), at `f_hz`."""

    f_hz: Floats
    s11: Complex
    s21: Complex
    s12: Complex
    s22: Complex


def scattering(
    ladder: Ladder,
    f_hz: Floats,
    quality: Quality | None = None,
    port_ohm: tuple[float, float] | None = None,
) -> Scattering:
    """S-parameters with the ladder's terminations as references, or with other resistances."""
    z1, z2 = port_ohm or (ladder.source_ohm, ladder.load_ohm)
    m = chain(ladder, f_hz, quality)
    denominator = m.a * z2 + m.b + m.c * z1 * z2 + m.d * z1
    transmission = 2 * np.sqrt(z1 * z2) / denominator
    return Scattering(
        f_hz,
        (m.a * z2 + m.b - m.c * z1 * z2 - m.d * z1) / denominator,
        transmission,
        transmission,  # reciprocal
        (-m.a * z2 + m.b - m.c * z1 * z2 + m.d * z1) / denominator,
    )


def group_delay_s(ladder: Ladder, f_hz: Floats, quality: Quality | None = None) -> Floats:
    """-dφ/dω of S21 in seconds, shape (F,), from the derivative of the chain matrix.

    S21 is a constant divided by Q = A·Z2 + B + C·Z1·Z2 + D·Z1, so the delay is Im(Q'/Q).
    """
    z1, z2 = ladder.source_ohm, ladder.load_ohm
    ideal = Quality(1.0)
    m, slope = chain_with_slope(ladder, f_hz, quality or ideal)
    value = m.a * z2 + m.b + m.c * z1 * z2 + m.d * z1
    change = slope.a * z2 + slope.b + slope.c * z1 * z2 + slope.d * z1
    return np.asarray(np.imag(change / value))
