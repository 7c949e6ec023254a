"""Members of families of critical-point systems with known solutions, for tests."""

import numpy as np

from critlocus.certify import certify
from critlocus.continuation.monodromy import MonodromyOptions, monodromy
from critlocus.distinct import distinct_orbits
from critlocus.networks import Network, sign_group
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.solvers.native import NativeSolver


def start_pairs(family, rng, count, *, real=False):
    """Return the system and many start pairs (weights and parameters, row by row); lambda is solved for."""
    system, n = family.system(), family.network.n_weights
    theta, p = complex_normal(rng, (count, n)), complex_normal(rng, (count, family.n_params))
    if real:
        theta, p = theta.real + 0j, p.real + 0j
    p[:, family.n_data :] = 0
    p[:, family.n_data :] = -system(theta, p) / theta
    return system, theta, p


class Setup:
    """The full zero pattern of a network with a start pair."""

    def __init__(self, name, n_points, seed):
        self.network = Network.parse(name)
        self.family = CriticalPoints(self.network, n_points)
        self.system, self.group = self.family.system(), sign_group(self.network)
        self.rng = np.random.default_rng(seed)
        self.support = np.arange(self.network.n_weights)
        self.start, self.parameters = self.family.start_pair(self.rng, self.support)

    def run(self, solver=None, start=None, report=None, **options):
        return monodromy(
            solver or NativeSolver(), self.system, self.start if start is None else start, self.parameters,
            self.family.random_parameters, self.group, self.rng,
            MonodromyOptions(**options), report,
        )  # fmt: skip

    def assert_all_distinct_solutions(self, points):
        rows = np.zeros(len(points), np.int64)
        proof = certify(self.system, points, self.parameters[None, :], rows)
        assert proof.certified.all()
        full = np.ones(points.shape, bool)
        assert distinct_orbits(proof.points, proof.radius, full, rows, self.group).all()
