import numpy as np
import pytest

import naive
from critlocus.losses import Data, loss_value
from critlocus.networks import Network, sign_group
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.result import expand_orbits

NAMES = ["2-2-2", "1-3-1", "2-3-2+bias", "2-2-1:x^2", "2-2-1:x^2+bias", "2-2-2-1", "1-2-2-1:x^3", "2-2-2-1:x^2+bias"]


@pytest.mark.parametrize("name", NAMES)
def test_elements_leave_the_loss_alone(name):
    network = Network.parse(name)
    group, rng = sign_group(network), np.random.default_rng(0)
    elements = group.elements()
    assert elements.shape == (group.order, network.n_weights)
    theta = rng.standard_normal(network.n_weights)
    xs, ys = rng.standard_normal((4, network.n_inputs)), rng.standard_normal((4, network.n_outputs))
    lambdas = rng.uniform(0.5, 1.5, network.n_weights)
    images = elements * theta
    expected = float(naive.twice_loss(network, theta, xs, ys, np.ones(4), lambdas)) / 2
    for image in images:
        assert naive.twice_loss(network, image, xs, ys, np.ones(4), lambdas) / 2 == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(loss_value(network, Data(xs, ys), lambdas, images), expected, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_elements_map_critical_points_to_critical_points(name):
    network = Network.parse(name)
    group, rng = sign_group(network), np.random.default_rng(1)
    family = CriticalPoints(network, 20)
    theta, p = family.start_pair(rng, np.arange(network.n_weights))
    images = group.elements() * theta
    values = family.system()(images, p)
    size = np.abs(family.system()(naive.complex_doubles(rng, network.n_weights), p)).max()
    assert np.abs(values).max() < 1e-10 * size


@pytest.mark.parametrize("name", NAMES)
def test_group_is_elementary_abelian_and_acts_freely_on_the_torus(name):
    network = Network.parse(name)
    group = sign_group(network)
    elements = group.elements()
    hidden = sum(network.widths[1:-1])
    assert group.order == len(elements) == 2**hidden
    assert np.all(elements[0] == 1)
    assert len(np.unique(elements, axis=0)) == len(elements)  # so every other element moves every point of the torus
    assert np.all(np.abs(elements) == 1)
    known = {tuple(e) for e in elements.tolist()}
    for e in elements[:: max(1, len(elements) // 6)]:
        for f in elements:
            assert tuple((e * f).tolist()) in known


@pytest.mark.parametrize(
    "name", ["1-1-1", "2-1-2", "1-2-1", "1-1-1-1", "1-1-1:x^2", "1-2-1:x^2", "1-1-1:x^3", "1-1-1+bias"]
)
def test_no_other_sign_change_keeps_the_function(name):
    # Brute force over all sign vectors that keep the function and are not in the group.
    network = Network.parse(name)
    elements = {tuple(e) for e in sign_group(network).elements().tolist()}
    rng = np.random.default_rng(2)
    n = network.n_weights
    theta, xs = rng.standard_normal(n), rng.standard_normal((7, network.n_inputs))
    value = network(theta, xs)
    for k in range(2**n):
        signs = 1 - 2 * ((k >> np.arange(n)) & 1)
        keeps = np.allclose(network(signs * theta, xs), value, rtol=1e-9)
        assert keeps == (tuple(signs.tolist()) in elements), signs


@pytest.mark.parametrize("name", NAMES)
def test_incoming_weights_are_those_of_one_unit(name):
    network = Network.parse(name)
    group = sign_group(network)
    rows = network.unpack(np.arange(network.n_weights))
    expected = []
    for layer, width in enumerate(network.widths[1:-1], start=1):
        for unit in range(width):
            into = set(rows[f"W{layer}"][unit].tolist()) | ({int(rows[f"b{layer}"][unit])} if network.bias else set())
            expected.append(into)
    assert [set(np.flatnonzero(row).tolist()) for row in group.incoming] == expected


@pytest.mark.parametrize("name", NAMES)
def test_align_finds_the_group_element(name):
    group = sign_group(Network.parse(name))
    rng = np.random.default_rng(3)
    elements = group.elements()
    points = naive.complex_doubles(rng, (200, elements.shape[1]))
    chosen = elements[rng.integers(len(elements), size=200)]
    noise = 1e-8 * naive.complex_doubles(rng, points.shape)
    others = points * chosen + noise
    before = points.copy()
    np.testing.assert_allclose(group.align(points, others), others, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(points, before)


def test_align_keeps_what_is_not_in_the_orbit_inside_its_own_orbit():
    group = sign_group(Network.parse("2-2-2"))
    rng = np.random.default_rng(4)
    points, others = naive.complex_doubles(rng, (2, 100, 8))
    for moved, p in zip(group.align(points, others), points, strict=True):
        assert np.any(np.all(moved == group.elements() * p, axis=1))


def test_expand_writes_out_orbits():
    group = sign_group(Network.parse("2-2-1:x^2"))
    points = complex_normal(np.random.default_rng(5), (3, 6))
    orbits = group.expand(points)
    assert orbits.shape == (3, 4, 6)
    np.testing.assert_array_equal(orbits[:, 0], points)
    for orbit, p in zip(orbits, points, strict=True):
        assert len(np.unique(orbit, axis=0)) == 4
        np.testing.assert_array_equal(orbit**2, np.broadcast_to(p**2, (4, 6)))


def test_orbits_on_smaller_supports_are_shorter():
    network = Network.parse("2-2-2")
    group, rng = sign_group(network), np.random.default_rng(6)
    dead = [2, 3, 5, 7]  # into and out of the second unit
    support = np.ones((5, 8), bool)
    support[1:3, dead] = False
    support[4] = False
    theta = np.where(support, rng.standard_normal((5, 8)), 0.0)
    expanded = expand_orbits(group, theta, support)
    assert len(expanded) == 4 + 2 + 2 + 4 + 1
    assert len(np.unique(expanded, axis=0)) == len(expanded)
    assert {tuple(v) for v in expanded.tolist()} == {
        tuple((s * t).tolist()) for t in theta for s in group.elements()
    }  # fmt: skip
