# Monodromy over independent members until two agree, with an engine that never reaches one solution of the first.
import numpy as np
import pytest

import critlocus
from critlocus import monodromy_solve as general
from critlocus.continuation import agreement
from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.monodromy import MonodromyOptions
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import complex_normal
from critlocus.solvers.native import NativeSolver
from critlocus.solvers.protocol import PathStatus
from members import Setup
from systems import from_roots, univariate

ROOTS = np.array([1.0, -0.5 + 1j, 0.8j - 1, 0.3 - 1.2j])
MEMBER = np.array(from_roots(ROOTS))


class Blind(NativeSolver):
    """Loses the paths of loops over `MEMBER` that end at its last root."""

    def track(self, system, starts, parameters, from_, to, *arguments, **options):
        paths = super().track(system, starts, parameters, from_, to, *arguments, **options)
        if np.array_equal(parameters[0], MEMBER):
            paths.status[(to == 0) & (abs(paths.points[:, 0] - ROOTS[-1]) < 1e-6)] = PathStatus.STEP_LIMIT
        return paths


def draw(rng, count):
    return complex_normal(rng, (count, len(MEMBER)))


def run(solver, seed, options):
    start, rng = ROOTS[:1, None].astype(complex), np.random.default_rng(seed)
    return agreed_monodromy(
        solver, univariate(4), start, MEMBER, draw, SignGroup.trivial(1), rng, options, torus=False
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_two_members_agree(seed):
    found, parameters = run(NativeSolver(), seed, MonodromyOptions())
    assert parameters is MEMBER
    assert len(found.points) == 4
    assert found.members == 2
    assert found.stop_reason == "quiet"


@pytest.mark.parametrize("seed", range(5))
def test_a_member_that_hides_a_solution_gives_way(seed):
    found, parameters = run(Blind(), seed, MonodromyOptions(max_loops=100))
    assert parameters is not MEMBER
    assert len(found.points) == 4
    assert found.members == 2
    assert np.abs(univariate(4)(found.points, parameters)).max() < 1e-10


def test_a_member_that_no_path_reaches_is_passed_over(monkeypatch):
    reached = []

    class Walled(agreement.Transporter):
        def __call__(self, targets, rng, progress=None):
            moved = super().__call__(targets, rng, progress)
            if not reached:
                moved.paths.status[:] = PathStatus.STEP_LIMIT
            reached.append(int(moved.paths.success.sum()))
            return moved

    monkeypatch.setattr(agreement, "Transporter", Walled)
    found, _ = run(NativeSolver(), 0, MonodromyOptions())
    assert reached == [0, 4]
    assert (len(found.points), found.members, found.stop_reason) == (4, 2, "quiet")


def test_the_work_of_all_members_is_counted():
    setup = Setup("2-1-2", 10, 0)
    alone = setup.run()
    setup = Setup("2-1-2", 10, 0)
    found, _ = agreed_monodromy(
        NativeSolver(), setup.system, setup.start, setup.parameters, setup.family.random_parameters, setup.group,
        setup.rng,
    )  # fmt: skip
    assert len(found.points) == len(alone.points) == 8
    assert found.loops > alone.loops
    assert found.paths_tracked > alone.paths_tracked


def test_solutions_of_another_member_are_carried_to_the_one_given(monkeypatch):
    monkeypatch.setattr(general, "NativeSolver", Blind)
    system = critlocus.System(["x^4 + a*x^3 + b*x^2 + c*x + d"], parameters="dcba")
    options = MonodromyOptions(max_loops=100)
    found, member = general.monodromy_solve(system, MEMBER, ROOTS[:1], options=options)
    assert np.array_equal(member, MEMBER)
    np.testing.assert_allclose(np.sort_complex(found.points[:, 0]), np.sort_complex(ROOTS), rtol=1e-10)
