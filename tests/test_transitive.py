# Sets of solutions that loops have joined, against permutations with known orbits, and closed formulas.
import numpy as np
import pytest

from critlocus.continuation.transitive import TransitiveSets


@pytest.mark.parametrize("seed", range(20))
def test_the_orbits_of_random_permutations(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, 5)
    block = np.repeat(np.arange(5), sizes)
    where = rng.permutation(len(block))
    sets = TransitiveSets(len(block))
    reached = np.eye(len(block), dtype=bool)
    for _ in range(4):
        end = np.empty(len(block), np.int64)
        for k in range(5):
            own = where[block == k]
            end[own] = rng.permutation(own)
        sets.join(np.arange(len(block)), end, len(block))
        reached[np.arange(len(block)), end] = True
    closed = np.linalg.matrix_power((reached | reached.T).astype(float), 60) > 0
    expected = sorted(len(members) for members in {tuple(np.flatnonzero(row)) for row in closed})
    assert sorted(sets.sizes) == expected


def test_new_solutions_join_the_set_they_come_from():
    sets = TransitiveSets(2)
    sets.join(np.array([0]), np.array([2]), 3)
    assert sorted(sets.sizes) == [1, 2]
    sets.join(np.array([1, 2]), np.array([2, 0]), 3)
    assert list(sets.sizes) == [3]


def test_the_smallest_set_decides():
    sets = TransitiveSets(60)
    sets.join(np.arange(56), np.roll(np.arange(56), 1), 60)
    sets.join(np.arange(56, 60), np.roll(np.arange(56, 60), 1), 60)
    assert sets.log10_doubt(0) == 0
    assert sets.log10_doubt(18) == pytest.approx(np.log10(2) - 18 * np.log10(5))
    assert sets.loops_for(1e-12) == 18
    sets.join(np.array([0]), np.array([59]), 60)
    assert sets.loops_for(1e-12) == int(np.ceil(12 / np.log10(61)))


def test_a_loop_that_lost_a_small_set_is_not_whole():
    sets = TransitiveSets(20)
    sets.join(np.arange(19), np.roll(np.arange(19), 1), 20)
    origin, loop = np.append(np.arange(19), np.arange(20)), np.repeat([0, 1], [19, 20])
    assert list(sets.carried(origin, loop, 3)) == [0, 1, 0]


def test_loops_that_lost_paths_count_against():
    sets = TransitiveSets(5)
    sets.join(np.arange(5), np.roll(np.arange(5), 1), 5)
    assert sets.log10_doubt(17) == pytest.approx(-17 * np.log10(6))
    # Of 111 loops 17 were quiet: as many as there should be if the others lost a path to a sixth solution.
    assert sets.log10_doubt(17, 94) > -0.5
    draws = np.random.default_rng(1).binomial(12, 1 / 6, 200_000)
    assert 10 ** sets.log10_doubt(4, 8) == pytest.approx(np.mean(draws >= 4), rel=0.02)
    more = sets.loops_for(1e-12, 17, 94)
    assert sets.log10_doubt(17 + more, 94) <= -12 < sets.log10_doubt(16 + more, 94)
