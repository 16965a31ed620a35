"""The ladder network: prototype element values, element values in H and F, insertion loss.

The network has resistive terminations and lossless inductors and capacitors in series and shunt
branches; it is evaluated by its chain (ABCD) matrix. Neither the closed-form Chebyshev response nor
the order formula is used, so that both can be checked with it.
Everything is vectorised over the leading axis: one row per filter, all of one order and band.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SCALED_EVERY = 16
"""Number of branches after which a large chain matrix is scaled down."""
LARGE = 256
"""Binary exponent of a large element, whose square does not overflow yet."""


def prototype(order: int, ripple: Floats, family: str = "chebyshev") -> tuple[Floats, Floats]:
    """Element values g1…gN, shape (B, N), and the load g(N+1), shape (B,), for ripples in dB.

    Source: Matthaei, Young and Jones, Microwave Filters (1964), sections 4.05-1 and 4.05-2. At
    even N the load of a Chebyshev filter is coth²(β/4), not 1. The edge of a Butterworth prototype,
    at 1 rad/s, is where its loss equals `ripple`.
    """
    if family == "butterworth":
        return _butterworth(order, ripple)
    beta = -np.log(np.tanh(ripple * np.log(10.0) / 40.0))
    gamma = np.sinh(beta / (2 * order))
    k = np.arange(1, order + 1)
    a = np.sin((2 * k - 1) * np.pi / (2 * order))
    b = gamma[:, None] ** 2 + np.sin(k * np.pi / order) ** 2
    g = np.empty((ripple.size, order))
    g[:, 0] = 2 * a[0] / gamma
    for i in range(1, order):
        g[:, i] = 4 * a[i - 1] * a[i] / (b[:, i - 1] * g[:, i - 1])
    load = np.ones_like(ripple) if order % 2 else 1 / np.tanh(beta / 4) ** 2
    return g, load


def _butterworth(order: int, ripple: Floats) -> tuple[Floats, Floats]:
    """g_k = 2·sin((2k-1)π/2N) for an edge at 3 dB, times ε^(1/N) for an edge at the ripple."""
    k = np.arange(1, order + 1)
    epsilon = np.sqrt(np.expm1(ripple * np.log(10.0) / 10.0))
    g = 2 * np.sin((2 * k - 1) * np.pi / (2 * order)) * epsilon[:, None] ** (1 / order)
    return g, np.ones_like(ripple)


def elements(
    band: str, g: Floats, r0: Floats, edges: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Element values of every branch: the first in series, the second in shunt, and so on.

    Parameters
    ----------
    band : lowpass, highpass, bandpass or bandstop
    g : prototype values, shape (B, N)
    r0 : source resistance in ohm, shape (B,)
    edges : pass edges in Hz, shape (B, 1) for low-pass and high-pass, (B, 2) for the others

    Returns
    -------
    Inductances in H and capacitances in F, each of shape (B, N). A low-pass or high-pass branch has
    one element; its other value is 0. Band-pass branches are resonators at f0 = sqrt(f1·f2):
    series resonators in series branches, parallel ones in shunt branches; vice versa for band-stop.
    """
    series = np.arange(g.shape[1]) % 2 == 0
    impedance = np.where(series, r0[:, None], 1 / r0[:, None])
    w1 = 2 * np.pi * edges[:, :1]
    if band == "lowpass":
        main, other = g * impedance / w1, np.zeros_like(g)
    elif band == "highpass":
        main, other = np.zeros_like(g), 1 / (g * impedance * w1)
    elif band == "bandpass":
        w2 = 2 * np.pi * edges[:, 1:2]
        main = g * impedance / (w2 - w1)
        other = 1 / (w1 * w2 * main)
    else:
        w2 = 2 * np.pi * edges[:, 1:2]
        main = g * impedance * (w2 - w1) / (w1 * w2)
        other = 1 / (w1 * w2 * main)
    # "main" corresponds to the prototype element: an inductor in series, a capacitor in shunt.
    return np.where(series, main, other), np.where(series, other, main)


def insertion_loss(
    band: str, inductance: Floats, capacitance: Floats, *, r0: Floats, load: Floats, hertz: Floats
) -> Floats:
    """Insertion loss -20·lg|S21| of lossless ladders.

    Chain matrices after Pozar, Microwave Engineering, section 4.4. In a lossless ladder A and D are
    real and B and C imaginary, so that four real arrays represent them.

    Parameters
    ----------
    band, inductance, capacitance : as for `elements` and as it returns them
    r0 : source resistance in ohm, shape (B,)
    load : load resistance over `r0`, shape (B,)
    hertz : frequencies above 0, shape (B, F)

    Returns
    -------
    Loss in dB, shape (B, F)
    """
    w = 2 * np.pi * hertz
    a, b = np.ones_like(w), np.zeros_like(w)
    c, d = np.zeros_like(w), np.ones_like(w)
    scaled_by = np.zeros(w.shape, dtype=np.int64)  # powers of two, to avoid rounding
    for branch in range(inductance.shape[1]):
        series = branch % 2 == 0
        henry, farad = inductance[:, branch, None], capacitance[:, branch, None]
        x = _branch(band, series, henry, farad, w)
        if series:  # reactance x: multiply by [[1, jx], [0, 1]]
            b += a * x
            d -= c * x
        else:  # susceptance x: multiply by [[1, 0], [jx, 1]]
            a -= b * x
            c += d * x
        if branch % SCALED_EVERY == SCALED_EVERY - 1:
            largest = np.maximum(np.maximum(abs(a), abs(b)), np.maximum(abs(c), abs(d)))
            exponent = np.frexp(largest)[1]
            exponent = np.where(exponent > LARGE, exponent, 0)
            if exponent.any():
                a, b, c, d = (np.ldexp(part, -exponent) for part in (a, b, c, d))
                scaled_by += exponent
    source, sink = r0[:, None], (r0 * load)[:, None]
    real = a * sink + d * source
    imaginary = b + c * source * sink
    loss = 10 * np.log10((real**2 + imaginary**2) / (4 * source * sink))
    return np.asarray(loss + 20 * np.log10(2.0) * scaled_by)


def _branch(band: str, series: bool, henry: Floats, farad: Floats, w: Floats) -> Floats:
    """Reactance of a series branch or susceptance of a shunt branch, shape (B, F)."""
    if band == "lowpass":
        return w * (henry if series else farad)
    if band == "highpass":
        return -1 / (w * (farad if series else henry))
    if band == "bandpass":
        return w * henry - 1 / (w * farad) if series else w * farad - 1 / (w * henry)
    return 1 / (1 / (w * henry) - w * farad) if series else 1 / (1 / (w * farad) - w * henry)
