"""The chain (ABCD) matrix of a ladder from its listed parts, not from the closed-form response.

Everything is vectorised: values of shape (B, M) are B networks of one structure with M parts each,
frequencies have shape (F,) or (B, F), results (B, F). Source: Pozar, Microwave Engineering, 4.4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rf_design.ladder.network import Branch, Ladder, Structure

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

_SMALLEST = 1e-15
"""Least magnitude at resonance, relative to ωL or ωC; an ideal trap would divide by zero."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Unloaded Q of the parts at `f_hz`; None for parts without loss.

    Each loss is a resistor in series with its part, 2πf·L/Q or 1/(2πf·C·Q) at that frequency and
    constant over frequency, so that a netlist can represent it.
    """

    f_hz: float
    inductor: float | None = None
    capacitor: float | None = None

    @property
    def lossless(self) -> bool:
        """Whether no part has losses."""
        return self.inductor is None and self.capacitor is None

    def inductor_ohm(self, henry: Floats) -> Floats:
        """Series resistance of inductors in ohm."""
        if self.inductor is None:
            return np.zeros_like(henry)
        return np.asarray(2 * np.pi * self.f_hz * henry / self.inductor)

    def capacitor_ohm(self, farad: Floats) -> Floats:
        """Series resistance of capacitors in ohm."""
        if self.capacitor is None:
            return np.zeros_like(farad)
        return np.asarray(1 / (2 * np.pi * self.f_hz * farad * self.capacitor))


@dataclass(frozen=True, slots=True)
class LosslessChain:
    """A and D, which are real, and the imaginary parts of B (ohm) and C (siemens)."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats


@dataclass(frozen=True, slots=True)
class Chain:
    """The four complex entries of the matrix, B in ohm, C in siemens."""

    a: Complex
    b: Complex
    c: Complex
    d: Complex


def values_of(ladder: Ladder) -> Floats:
    """The values of one ladder as shape (1, M)."""
    return np.array([ladder.values])


def lossless_chain(structure: Structure, values: Floats, f_hz: Floats) -> LosslessChain:
    """The matrices of lossless ladders as four real arrays of shape (B, F)."""
    w = np.atleast_2d(2 * np.pi * f_hz)
    shape = np.broadcast_shapes(w.shape, (values.shape[0], 1))
    a, b = np.ones(shape), np.zeros(shape)
    c, d = np.zeros(shape), np.ones(shape)
    column = 0
    for branch in structure:
        x = immittance(branch, values, column, w)
        column += len(branch.kinds)
        if branch.orientation == "series":  # [[1, jx], [0, 1]]
            b += a * x
            d -= c * x
        else:  # [[1, 0], [jx, 1]]
            a -= b * x
            c += d * x
    return LosslessChain(a, b, c, d)


def immittance(branch: Branch, values: Floats, column: int, w: Floats) -> Floats:
    """Reactance in ohm of a series branch, susceptance in siemens of a shunt branch.

    `column` is the index of the branch's first part in `values` (B, M); `w` is 2πf, shape
    (1 or B, F).
    """
    series = branch.orientation == "series"
    if branch.connection == "inductor":
        wl = w * values[:, column, None]
        return wl if series else -1 / wl
    if branch.connection == "capacitor":
        wc = w * values[:, column, None]
        return -1 / wc if series else wc
    wl, wc = w * values[:, column, None], w * values[:, column + 1, None]
    if branch.connection == "series":
        reactance = wl - 1 / wc
        return reactance if series else -1 / _apart_from_zero(reactance, wl)
    susceptance = wc - 1 / wl
    return -1 / _apart_from_zero(susceptance, wc) if series else susceptance


def _apart_from_zero(value: Floats, scale: Floats) -> Floats:
    least = _SMALLEST * scale
    return np.asarray(np.where(np.abs(value) < least, least, value))


def lossy_chain(structure: Structure, values: Floats, f_hz: Floats, quality: Quality) -> Chain:
    """The matrices of ladders with finite Q as four complex arrays of shape (B, F)."""
    w = np.atleast_2d(2 * np.pi * f_hz)
    shape = np.broadcast_shapes(w.shape, (values.shape[0], 1))
    a, b = np.ones(shape, complex), np.zeros(shape, complex)
    c, d = np.zeros(shape, complex), np.ones(shape, complex)
    column = 0
    for branch in structure:
        z = _impedance(branch, values, column, w, quality)
        column += len(branch.kinds)
        if branch.orientation == "series":
            b = b + a * z
            d = d + c * z
        else:
            a = a + b / z
            c = c + d / z
    return Chain(a, b, c, d)


def _impedance(branch: Branch, values: Floats, column: int, w: Floats, quality: Quality) -> Complex:
    """Impedance of a branch in ohm, including its losses."""
    parts = []
    for offset, kind in enumerate(branch.kinds):
        value = values[:, column + offset, None]
        if kind == "inductor":
            parts.append(quality.inductor_ohm(value) + 1j * w * value)
        else:
            parts.append(quality.capacitor_ohm(value) - 1j / (w * value))
    if branch.connection == "parallel":
        return np.asarray(1 / (1 / parts[0] + 1 / parts[1]))
    return np.asarray(sum(parts[1:], start=parts[0]))


def chain(ladder: Ladder, f_hz: Floats, quality: Quality | None = None) -> Chain:
    """The complex matrix of one ladder, entries of shape (F,)."""
    if quality is not None and not quality.lossless:
        lossy = lossy_chain(ladder.structure, values_of(ladder), f_hz, quality)
        return Chain(lossy.a[0], lossy.b[0], lossy.c[0], lossy.d[0])
    real = lossless_chain(ladder.structure, values_of(ladder), f_hz)
    return Chain(real.a[0] + 0j, 1j * real.b[0], 1j * real.c[0], real.d[0] + 0j)


def chain_with_slope(ladder: Ladder, f_hz: Floats, quality: Quality) -> tuple[Chain, Chain]:
    """The matrix of one ladder and its derivative with respect to ω = 2πf, shape (F,)."""
    w = 2 * np.pi * f_hz
    one, zero = np.ones_like(w, dtype=complex), np.zeros_like(w, dtype=complex)
    a, b, c, d = one, zero, zero, one
    da, db, dc, dd = zero, zero, zero, zero
    values = iter(ladder.values)
    for branch in ladder.structure:
        z, dz = _impedance_and_slope(branch, [next(values) for _ in branch.kinds], w, quality)
        if branch.orientation == "series":
            db, dd = db + da * z + a * dz, dd + dc * z + c * dz
            b, d = b + a * z, d + c * z
        else:
            y, dy = 1 / z, -dz / (z * z)
            da, dc = da + db * y + b * dy, dc + dd * y + d * dy
            a, c = a + b * y, c + d * y
    return Chain(a, b, c, d), Chain(da, db, dc, dd)


def _impedance_and_slope(
    branch: Branch, values: list[float], w: Floats, quality: Quality
) -> tuple[Complex, Complex]:
    """Impedance of a branch in ohm and its derivative with respect to ω."""
    z: list[Complex] = []
    dz: list[Complex] = []
    for kind, value in zip(branch.kinds, values, strict=True):
        if kind == "inductor":
            z.append(np.asarray(quality.inductor_ohm(np.array(value)) + 1j * w * value))
            dz.append(np.full_like(w, 1j * value, dtype=complex))
        else:
            z.append(np.asarray(quality.capacitor_ohm(np.array(value)) - 1j / (w * value)))
            dz.append(np.asarray(1j / (w * w * value), dtype=complex))
    if branch.connection == "parallel":
        both = 1 / (1 / z[0] + 1 / z[1])
        return both, both * both * (dz[0] / z[0] ** 2 + dz[1] / z[1] ** 2)
    return np.asarray(sum(z)), np.asarray(sum(dz))
