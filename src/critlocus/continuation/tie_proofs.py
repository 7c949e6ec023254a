"""Proofs about ties in divided coordinates: that one is there, is not y itself, and is real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import REAL, certify
from critlocus.problems.divided_ties import DividedTies
from critlocus.problems.voronoi import TangentSpheres
from critlocus.tape.enclose import Disc, enclose

NO_TIE, REAL_TIE, PERHAPS = 0, 1, -1
"""Not a real tie (or y itself), a proven real one, or one that is real and a tie as far as numbers tell."""
NEARLY_REAL = 1e-7
_ROUNDING = 1e-12
_HERE, _NEXT = 1e-5, 1e-2


@dataclass(eq=False)
class Proven:
    """What is known of ties w: sharpened w, whether certified and proven unlike y, and discs of (x, s).

    `here` tells which are y itself, numerically: x - y is tiny in parameters as well, and not proven different from 0.
    """

    w: NDArray[np.complex128]
    sure: NDArray[np.bool_]
    here: NDArray[np.bool_]
    values: Disc


def proven_ties(divided: DividedTies, w: NDArray[np.complex128], row: NDArray[np.complex128], threads: int) -> Proven:
    """Certify ties over one line, with parameters `row`."""
    proof = certify(divided.system, w, row[None, :], np.zeros(len(w), np.int64), threads=threads)
    values, apart, small = _measured(divided, proof.points, proof.radius, row)
    sure = proof.certified & apart
    return Proven(proof.points, sure, small & ~sure, values)


def real_ties(
    divided: DividedTies, family: TangentSpheres, w: NDArray[np.complex128], rows: NDArray[np.complex128],
    lines: NDArray[np.complex128], threads: int,
) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Tell which ties of real lines are real: values such as REAL_TIE, points x, and s.

    In a parametrised variety x may be real although its parameters are not: such a tie is not proven to be real, but
    may be proven not to be.

    Parameters
    ----------
    w : complex128 array, shape (M, n)
    rows, lines : complex128 arrays, shape (M, n_params)
        Of the divided system, and of the family: y, h0, h.
    """
    size = family.size
    verdict = np.full(len(w), NO_TIE, np.int8)
    x, s = np.zeros((len(w), size)), np.zeros(len(w))
    if len(w) == 0:
        return verdict, x, s
    rough = divided.functions(rows[0])(w, np.zeros(0))[:, : size + 1]
    near = np.flatnonzero(np.all(np.abs(rough.imag) <= NEARLY_REAL * _size(rough, size), axis=1))
    x[near], s[near] = rough[near, :size].real, rough[near, size].real
    straight, own = divided.upright(w[near], rows[near])
    proof = certify(divided.system, straight, own, np.arange(len(near)), threads=threads)
    values, apart, small = _measured(divided, proof.points, proof.radius, rows[0])
    off_axis = proof.certified & np.any(np.abs(values.centre.imag) > values.radius * (1 + _ROUNDING), axis=1)
    real = proof.certified & apart & (proof.real == REAL)
    verdict[near] = np.where(real, REAL_TIE, np.where(off_axis | (small & ~apart), NO_TIE, PERHAPS))
    x[near[real]], s[near[real]] = values.centre[real, :size].real, values.centre[real, size].real
    # Where y's own parameters are not real, neither is the divided system; the undivided one is.
    rest = near[verdict[near] == PERHAPS]
    z = np.array([divided.multiply(w[i : i + 1], rows[i])[0] for i in rest]).reshape(len(rest), family.n_unknowns)
    plain = certify(family.system, z, lines[rest], np.arange(len(rest)), threads=threads)
    found = plain.certified & (plain.real == REAL)
    verdict[rest[found]] = REAL_TIE
    x[rest[found]], s[rest[found]] = family.points(plain.points[found]).real, plain.points[found, -1].real
    return verdict, x, s


def _measured(
    divided: DividedTies, w: NDArray[np.complex128], radius: NDArray[np.float64], row: NDArray[np.complex128]
) -> tuple[Disc, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return discs of (x, s), whether x is proven unlike y, and whether it is tiny, also in parameters."""
    functions = divided.functions(row)
    half = (len(functions.equations) + 1) // 2
    radius = np.where(np.isfinite(radius), radius, 0)
    values = enclose(functions.graph, functions.equations, w, radius)
    centre, chord = values.centre[:, : half - 1], values.centre[:, half:]
    apart = np.any(np.abs(chord) > values.radius[:, half:] * (1 + _ROUNDING), axis=1)
    step = np.linalg.norm(w[:, : divided.width] * w[:, divided.width : divided.width + 1], axis=1)
    small = np.linalg.norm(chord, axis=1) <= _HERE * np.maximum(1.0, np.linalg.norm(centre - chord, axis=1))
    small &= step <= _NEXT * np.maximum(1.0, np.linalg.norm(divided.base(w, row), axis=1))
    return Disc(values.centre[:, :half], values.radius[:, :half]), apart, small


def _size(values: NDArray[np.complex128], size: int) -> NDArray[np.float64]:
    """Return the sizes against which imaginary parts of x and s are small."""
    x = np.maximum(1.0, np.abs(values[:, :size]).max(axis=1, keepdims=True))
    return np.hstack([np.repeat(x, size, axis=1), np.maximum(1.0, np.abs(values[:, size:]))])
