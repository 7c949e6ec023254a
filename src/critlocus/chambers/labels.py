"""Labels of chambers: how many real critical points a datum has, and of which index, certified.

All complex solutions of a generic member are carried to the datum and certified. If as many are proven as the generic
member has, there are no others, and the number of those proven real is the number of real critical points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.certify import NOT_REAL, REAL, certify
from critlocus.chambers.sections import Section
from critlocus.continuation.fibres import Fibres
from critlocus.continuation.orbits import match_orbits
from critlocus.continuation.transport import Transporter
from critlocus.problems.distance import Distance
from critlocus.signature import certified_signature
from critlocus.solvers.protocol import Solver
from critlocus.tape.graph import Graph
from critlocus.tape.system import PolynomialSystem

RETRIES = 3


@dataclass(frozen=True)
class Label:
    """The real critical points of one datum.

    Attributes
    ----------
    real : int
        Critical points proven real.
    histogram : tuple of int
        How many of them have index 0, 1, 2, ...
    complex : int
        Critical points proven to exist, pairwise different.
    generic : int
        Critical points of a generic member.
    proven : bool
        As many as a generic member has are certified, each is proven real or not, and every real one has an index.
        Then the label is a theorem, provided that the generic number is right.
    """

    real: int
    histogram: tuple[int, ...]
    complex: int
    generic: int
    proven: bool

    @property
    def same(self) -> tuple[int, tuple[int, ...]]:
        """What two points of one chamber have in common."""
        return self.real, self.histogram

    @property
    def text(self) -> str:
        """Short: ``4: 2,2`` for four real critical points, two minima and two of index 1."""
        return f"{self.real}: {','.join(map(str, self.histogram))}"


class CriticalQuestion:
    """The critical points themselves, as a question to `critlocus.chambers.sections.solve_section`.

    Parameters
    ----------
    family : Distance
    """

    def __init__(self, family: Distance) -> None:
        self.family = family
        self.system = family.system
        graph = Graph()
        z = [graph.variable() for _ in range(family.n_unknowns)]
        self.invariants = PolynomialSystem(graph, family.invariants(graph, z))

    def random_rows(self, rng: np.random.Generator, count: int) -> NDArray[np.complex128]:
        """Return generic parameters."""
        return self.family.random_parameters(rng, count)

    def start_pairs(self, rng: np.random.Generator) -> list[tuple[NDArray[np.complex128], NDArray[np.complex128]]]:
        """Return start pairs on every component."""
        return self.family.start_pairs(rng)


@dataclass(eq=False)
class Labeller:
    """Carries the critical points of a generic member to real data and certifies them there.

    Parameters
    ----------
    solver : Solver
    section : Section
        All critical points of a generic member (of a `CriticalQuestion`).
    """

    solver: Solver
    section: Section
    paths_tracked: int = 0
    points: list[NDArray[np.float64]] = field(default_factory=list)

    def __call__(self, data: NDArray[np.float64], rng: np.random.Generator) -> list[Label]:
        """Return the label of every row of real parameters, shape ``(K, n_params)``; `points` then has the real z.

        Rows whose label is not proven are tried again by way of other generic members.
        """
        labels, self.points, _ = self._by_routes(data, rng, None, RETRIES)
        return labels

    def over_discs(
        self, data: NDArray[np.float64], radii: NDArray[np.float64], rng: np.random.Generator
    ) -> tuple[list[Label], NDArray[np.bool_]]:
        """Return the labels of rows, and whether they are proven for all parameters within some radii."""
        labels, _, steady = self._by_routes(data, rng, radii, 1)
        return labels, steady

    def _by_routes(
        self, data: NDArray[np.float64], rng: np.random.Generator, radii: NDArray[np.float64] | None, retries: int
    ) -> tuple[list[Label], list[NDArray[np.float64]], NDArray[np.bool_]]:
        labels, real_points, steady = self._from(self.section, data, rng, radii)
        question: Any = self.section.question
        zero = np.zeros(len(self.section.points), np.int64)
        for _ in range(retries):
            open_ = [k for k, label in enumerate(labels) if not label.proven]
            if not open_:
                break
            corner = question.random_rows(rng, 1)[0]
            table = np.stack([self.section.parameters, corner])
            moved = self.solver.track(question.system, self.section.points, table, zero, zero + 1)
            if not moved.success.all():
                continue
            section = Section(question, moved.points, corner, zero)
            again, points, sure = self._from(section, data[open_], rng, None if radii is None else radii[open_])
            for i, k in enumerate(open_):
                if again[i].complex > labels[k].complex or again[i].proven:
                    labels[k], real_points[k], steady[k] = again[i], points[i], sure[i]
        return labels, real_points, steady

    def _from(
        self, section: Section, data: NDArray[np.float64], rng: np.random.Generator,
        radii: NDArray[np.float64] | None = None,
    ) -> tuple[list[Label], list[NDArray[np.float64]], NDArray[np.bool_]]:  # fmt: skip
        question: Any = section.question
        family, system, identity = question.family, question.system, Fibres(question.invariants)
        rows = data.astype(np.complex128)
        carrier = Transporter(self.solver, system, section.points, section.parameters, question.random_rows, identity)
        moved = carrier(rows, rng)
        self.paths_tracked += moved.paths_tracked
        good = np.flatnonzero(moved.paths.success)
        target = moved.target[good]
        proof = certify(system, moved.paths.points[good], rows, target)
        multipliers = family.n_unknowns - family.n_kernel
        index = np.full(len(good), -1)
        # A bordered Hessian has one negative eigenvalue for every multiplier besides those on the tangent space.
        signature = certified_signature(proof.jacobian, proof.jacobian_radius)
        index[proof.real_rows] = np.where(signature[:, 0] >= 0, signature[:, 0] - multipliers, -1)
        first = match_orbits(proof.points, identity, groups=target)
        own = first == np.arange(len(good))
        steady = np.zeros(len(rows), np.int64)
        if radii is not None:
            sure = np.flatnonzero(own & proof.certified)
            wide = certify(system, proof.points[sure], rows, target[sure], parameter_radii=radii)
            steady = np.bincount(target[sure][wide.certified], minlength=len(rows))
        labels: list[Label] = []
        real_points: list[NDArray[np.float64]] = []
        for k in range(len(rows)):
            mine = own & proof.certified & (target == k)
            real = mine & (proof.real == REAL)
            counts = np.bincount(index[real & (index >= 0)], minlength=1)
            generic = len(section.points)
            decided = np.all(real | (proof.real == NOT_REAL) | ~mine) and np.all(index[real] >= 0)
            proven = bool(decided) and int(mine.sum()) == generic
            histogram = tuple(np.trim_zeros(counts, "b").tolist())
            labels.append(Label(int(real.sum()), histogram, int(mine.sum()), generic, proven))
            real_points.append(proof.points[real].real)
        return labels, real_points, steady == len(section.points)
