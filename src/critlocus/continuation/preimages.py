"""All preimages of points of a parametrised variety in its chart: parameters t' with f(t') = f(t).

Those of one random point by monodromy of the points of a linear section through it, with points of one fibre told
apart. Those of others by moving t: along the equations ``A (f(t') - f(t)) = 0`` of the section a preimage stays one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.monodromy import MonodromyOptions
from critlocus.continuation.transport import Transporter
from critlocus.errors import Interrupted
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import complex_normal
from critlocus.problems.distance import ParametrizedDistance
from critlocus.problems.linear_section import ParametrizedSection
from critlocus.solvers.protocol import Solver
from critlocus.tape.graph import Graph, Term
from critlocus.tape.system import PolynomialSystem

_MOST = 1000
_SAME = 1e-8


@dataclass(eq=False)
class Preimages:
    """The preimages of a random point.

    Attributes
    ----------
    distance : ParametrizedDistance
    t : complex128 array, shape (k, d)
        The first one is arbitrary.
    settled : bool
        Whether two members agree, so that k should be the number of preimages of every general point.
    """

    solver: Solver
    distance: ParametrizedDistance
    t: NDArray[np.complex128]
    settled: bool

    @property
    def count(self) -> int:
        """Number of preimages."""
        return len(self.t)

    def of(
        self, t: NDArray[np.complex128], rng: np.random.Generator
    ) -> tuple[NDArray[np.complex128], NDArray[np.int64], int]:
        """Return all preimages of the points of t, shape ``(M, d)``, first t; whose they are; and lost paths."""
        number = len(t)
        own = np.arange(number)
        if self.count == 1 or number == 0:
            return t, own, 0
        system = self._sheets(rng)
        carrier = Transporter(
            self.solver, system, self.t[1:], self.t[0],
            lambda generator, k: complex_normal(generator, (k, t.shape[1])), SignGroup.trivial(t.shape[1]),
        )  # fmt: skip
        moved = carrier(t, rng)
        if moved.paths.interrupted:
            raise Interrupted("stopped")
        good = moved.paths.success.copy()
        there, wanted = (self.distance.points(z) for z in (moved.paths.points, t[moved.target]))
        with np.errstate(invalid="ignore"):
            gap = np.linalg.norm(there - wanted, axis=1) / np.maximum(1.0, np.linalg.norm(wanted, axis=1))
        good &= gap <= _SAME
        found = np.concatenate([t, moved.paths.points[good]])
        return found, np.concatenate([own, moved.target[good]]), int(np.count_nonzero(~good))

    def _sheets(self, rng: np.random.Generator) -> PolynomialSystem:
        """Return ``A (f(t') - f(t)) = 0``, in t', with t as parameters and a random A."""
        graph = Graph()
        d = self.t.shape[1]
        moving, fixed = [graph.variable() for _ in range(d)], [graph.parameter() for _ in range(d)]
        f, g = (self.distance.coordinates(graph, z) for z in (moving, fixed))
        equations = []
        for row in complex_normal(rng, (d, len(f))).tolist():
            terms: list[Term] = []
            for c, a, b in zip(row, f, g, strict=True):
                weight = graph.constant(c)
                terms += [(1.0, weight, a), (-1.0, weight, b)]
            equations.append(graph.sum(terms))
        return PolynomialSystem(graph, equations)


def preimages(solver: Solver, distance: ParametrizedDistance, rng: np.random.Generator) -> Preimages:
    """Find all preimages of a random point."""
    section = ParametrizedSection(distance.variety, distance.chart, rng)
    start, parameters = section.start_pair(rng)
    options = MonodromyOptions(max_points=_MOST)
    run, _ = agreed_monodromy(
        solver, section.system, start[None, :], parameters, section.random_parameters,
        SignGroup.trivial(distance.n_unknowns), rng, options, torus=False,
    )  # fmt: skip
    if run.stop_reason == "interrupted":
        raise Interrupted("stopped")
    f = distance.points(run.points)
    gap = np.linalg.norm(f - f[0], axis=1) / max(1.0, float(np.linalg.norm(f[0])))
    return Preimages(solver, distance, run.points[gap <= _SAME], run.stop_reason == "quiet" and run.members > 1)
