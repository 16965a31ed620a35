"""Scores of all neighbours of a set of values, without a chain matrix for each of them.

A neighbour differs in one or two branches. The denominator of S21 is linear in the reactance or
susceptance of each branch, so the contribution of the other branches is computed only once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rf_design.evaluation.judge import Judge
from rf_design.ladder.network import Branch
from rf_design.response.chain import immittance

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
Integers = NDArray[np.int64]

Vector = tuple[Complex, Complex]
"""Two entries of shape (R, F): a row vector from the source, or a column vector from the load."""


@dataclass(frozen=True)
class Neighbours:
    """The moves tried from every set of values, shape (K, M), and the judge of the results."""

    judge: Judge
    moves: Integers

    @cached_property
    def _changes(self) -> list[tuple["_Change", ...]]:
        """The changes that each move makes to one or two branches."""
        sizes = [len(branch.kinds) for branch in self.judge.ladder.structure]
        ends = np.cumsum(sizes)
        parts = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        return [
            tuple((i, tuple(move[at].tolist())) for i, at in enumerate(parts) if move[at].any())
            for move in self.moves
        ]

    def scores(self, values: Floats, tried: Floats) -> Floats:
        """The scores, shape (R, K), of `tried` (R, K, M) around `values` (R, M).

        They equal the judge's up to rounding errors.
        """
        around = _Surroundings(self.judge, values)
        powers = np.empty((len(self.moves), len(values), self.judge.grid_hz.size))
        for k, changes in enumerate(self._changes):
            powers[k] = around.powers(changes, tried[:, k])
        found = self.judge.of_powers(powers.reshape(-1, powers.shape[2]))
        return found.reshape(powers.shape[:2]).T


_Change = tuple[int, tuple[int, ...]]
"""A branch, and by how many series places each of its parts moves."""


class _Surroundings:
    """R ladders of one structure: the contribution of all branches but one or two."""

    def __init__(self, judge: Judge, values: Floats) -> None:
        structure = judge.ladder.structure
        self.structure = structure
        self.w = np.atleast_2d(2 * np.pi * judge.grid_hz)
        self.columns = np.cumsum([0, *(len(branch.kinds) for branch in structure)]).tolist()
        with np.errstate(all="ignore"):
            self.x = [_times_j(self.immittance(i, values)) for i in range(len(structure))]
            self.lefts, self.rights = self._from_both_ends(judge, len(values))
        self._terms: dict[tuple[int, int], list[Complex]] = {}
        self._moved: dict[_Change, Floats] = {}

    def immittance(self, i: int, values: Floats) -> Floats:
        """Reactance of a series branch, susceptance of a shunt one, shape (R, F)."""
        return immittance(self.structure[i], values, self.columns[i], self.w)

    def _from_both_ends(self, judge: Judge, rows: int) -> tuple[list[Vector], list[Vector]]:
        """(1, Z1) times the branches before each one, and those after each one times (Z2, 1)."""
        source, load = judge.terminations
        one: Complex = np.ones((rows, self.w.shape[1]), dtype=np.complex128)
        lefts: list[Vector] = [(one, source * one)]
        for branch, x in zip(self.structure, self.x, strict=True):
            lefts.append(_through(branch, x, lefts[-1]))
        rights: list[Vector] = [(load * one, one)]
        for branch, x in zip(reversed(self.structure), reversed(self.x), strict=True):
            first, second = rights[-1]
            if branch.orientation == "series":
                rights.append((first + x * second, second))
            else:
                rights.append((first, second + x * first))
        return lefts[:-1], rights[-2::-1]

    def powers(self, changes: tuple[_Change, ...], values: Floats) -> Floats:
        """The squared denominator of S21, shape (R, F), with changed `values` (R, M)."""
        with np.errstate(all="ignore"):
            terms = self._terms_of(changes[0][0], changes[-1][0])
            x = self._moved_immittance(changes[0], values)
            real, imaginary = _linear(terms[0], terms[1], x)
            if len(changes) == 2:
                other = self._moved_immittance(changes[1], values)
                slope_real, slope_imaginary = _linear(terms[2], terms[3], x)
                real -= other * slope_imaginary
                imaginary += other * slope_real
            return np.asarray(real * real + imaginary * imaginary)

    def _moved_immittance(self, change: _Change, values: Floats) -> Floats:
        if change not in self._moved:
            self._moved[change] = self.immittance(change[0], values)
        return self._moved[change]

    def _terms_of(self, i: int, j: int) -> list[Complex]:
        """Constant and slope in branch i; if i != j, also those of the slope in branch j."""
        if (i, j) not in self._terms:
            row, right = self.lefts[i], self.rights[j]
            changed = _slope(self.structure[i], row)
            for between in range(i + 1, j):
                branch, x = self.structure[between], self.x[between]
                row, changed = _through(branch, x, row), _through(branch, x, changed)
            terms = [_dot(row, right), _dot(changed, right)]
            if i != j:
                last = self.structure[j]
                terms += [_dot(_slope(last, row), right), _dot(_slope(last, changed), right)]
            self._terms[i, j] = terms
        return self._terms[i, j]


def _times_j(x: Floats) -> Complex:
    return (1j * x).astype(np.complex128, copy=False)


def _through(branch: Branch, x: Complex, row: Vector) -> Vector:
    """A row vector times the matrix of a branch."""
    first, second = row
    if branch.orientation == "series":
        return first, second + x * first
    return first + x * second, second


def _slope(branch: Branch, row: Vector) -> Vector:
    """The derivative of that product by the branch's reactance or susceptance, divided by j."""
    first, second = row
    zero = np.zeros_like(first)
    return (zero, first) if branch.orientation == "series" else (second, zero)


def _dot(row: Vector, column: Vector) -> Complex:
    return np.asarray(row[0] * column[0] + row[1] * column[1])


def _linear(constant: Complex, slope: Complex, x: Floats) -> tuple[Floats, Floats]:
    """Real and imaginary part of constant + j·x·slope."""
    return constant.real - x * slope.imag, constant.imag + x * slope.real
