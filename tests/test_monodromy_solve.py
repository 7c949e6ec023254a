# Monodromy on general families: start pairs given or found.
import numpy as np
import pytest

import critlocus
from critlocus.errors import InputError
from critlocus.monodromy_solve import monodromy_solve
from standard import cyclic, katsura


@pytest.mark.parametrize("seed", range(20))
def test_cube_roots_of_eight(seed):
    system = critlocus.System(["x^3 - a"], parameters=["a"])
    found, member = monodromy_solve(system, [8.0], [2.0], seed=seed)
    assert len(found.points) == 3
    np.testing.assert_allclose(found.points[:, 0] ** 3, 8, rtol=1e-12)
    assert member == pytest.approx([8])


@pytest.mark.parametrize("seed", range(5))
def test_a_start_is_found(seed):
    system = critlocus.System(["a*x^2 + b*y^2 + c", "d*x*y + e*x + f"], parameters="abcdef")
    found, member = monodromy_solve(system, seed=seed)
    assert len(found.points) == 4
    assert np.abs(system(found.points, member)).max() < 1e-10


@pytest.mark.parametrize("seed", range(3))
def test_cyclic_5_in_its_family_of_coefficients(seed):
    # cyclic-5 with free coefficients has the mixed volume 70 as number of solutions.
    lines, names = [], []
    for line in cyclic(5):
        terms = line.replace(" - 1", " + 1").split(" + ")
        names += [f"c{len(names) + k}" for k in range(len(terms))]
        lines.append(" + ".join(f"{c}*{t}" for c, t in zip(names[-len(terms) :], terms, strict=True)))
    found, _ = monodromy_solve(critlocus.System(lines, parameters=names), seed=seed, threads=2)
    assert len(found.points) == 70


def test_katsura_with_a_moved_right_hand_side():
    lines = katsura(4)
    lines = [line + f" - p{k}" for k, line in enumerate(lines)]
    found, _ = monodromy_solve(critlocus.System(lines, parameters=[f"p{k}" for k in range(5)]))
    assert len(found.points) == 16


def test_bad_input():
    with pytest.raises(InputError, match="parameters"):
        monodromy_solve(critlocus.System(["x^2 - 1"]))
    with pytest.raises(InputError, match="start needs"):
        monodromy_solve(critlocus.System(["x^2 - a"], parameters=["a"]), start=[1.0])
