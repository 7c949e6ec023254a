# Isolated bottlenecks that are multiple solutions: chords normal at hyperflexes, flexes, and between two of them.
import json

import h5py
import numpy as np
import pytest

from critlocus.bottlenecks import Bottlenecks, bottlenecks
from critlocus.bottlenecks.reach import reach

# Isolated pairs: simple, all, and all with multiplicities. Groebner bases mod 1073741827 (msolve) of the
# equations with x != y and gradients != 0.
CURVES = {
    "x^4+y^4-1": (120, 144, 192),
    "x^3+y^3-1": (6, 24, 48),
    "y^2-x^3-x^2": (0, 2, 6),
    "x^2+y^2+x*y^3-1": (88, 90, 92),
}


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("seed", range(3))
def test_multiple_pairs_are_told_from_families(curve, seed):
    simple, distinct, paths = CURVES[curve]
    found = bottlenecks("equations:" + curve, threads=1, seed=seed, curvature=False)
    assert found.count == simple == found.certified.sum() == found.distinct.sum()
    assert found.count + len(found.multiple) == distinct
    assert found.count + found.multiplicity.sum() == paths
    assert len(found.singular_widths) == len(found.singular_point_widths) == 0
    assert not found.complaints
    # they solve: x, y on the curve, x - y a multiple of both gradients
    for x, y in found.multiple:
        assert np.abs(_normality(curve, x, y)).max() < 1e-8


def _normality(curve, x, y):
    def value(p):
        return eval(curve.replace("^", "**"), {"x": p[0], "y": p[1]})

    def gradient(p):  # exact for polynomials of degree up to 4, up to rounding
        h = 0.1 * np.eye(2)
        return [(8 * (value(p + e) - value(p - e)) - (value(p + 2 * e) - value(p - 2 * e))) / (12 * 0.1) for e in h]

    d = x - y
    cross = [g[0] * d[1] - g[1] * d[0] for g in (gradient(x), gradient(y))]
    return np.array([value(x), value(y), *cross])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_narrowest_can_be_multiple(seed, tmp_path):
    found = bottlenecks("equations:x^4+y^4-1", threads=1, seed=seed)
    assert found.narrowest_multiple is not None
    assert found.width[found.narrowest] == pytest.approx(2**0.75 * np.sqrt(2))
    assert np.sum(np.abs(found.multiple_width - 2) < 1e-6) == 4  # (1, 0) and (-1, 0), (0, 1) and (0, -1)
    narrowest = found.summary()["narrowest"]
    assert narrowest["width"] == pytest.approx(2, abs=1e-6)
    assert narrowest["error"] is None
    assert found.reach["half_width"] == pytest.approx(1, abs=1e-6)
    text = found.text()
    assert "120 ordered (60 unordered), and 24 more that are isolated but multiple (numerical)" in text
    assert "of a multiple bottleneck (numerical)" in text
    assert "not isolated" not in text
    found.save(tmp_path / "a.h5")
    again = Bottlenecks.load(tmp_path / "a.h5")
    assert again.summary() == json.loads(json.dumps(found.summary()))
    assert np.array_equal(again.multiple, found.multiple)
    with h5py.File(tmp_path / "a.h5", "r+") as file:  # as a version without them wrote it
        for name in ("multiple", "multiplicity", "multiple_width", "singular_point_widths"):
            del file[name]
    old = Bottlenecks.load(tmp_path / "a.h5")
    assert (old.count, len(old.multiple)) == (120, 0)
    assert old.summary()["narrowest"]["error"] is not None


@pytest.mark.parametrize("seed", range(3))
def test_pairs_with_a_singular_point_are_named(seed):
    # y^2 = x^2 (x - 1) has an isolated real point; a line through it is a normal where the curve is critical for it.
    found = bottlenecks("equations:y^2-x^2*(x-1)", threads=1, seed=seed, curvature=False)
    assert len(found.singular_widths) == 0
    assert not found.complaints
    circle = bottlenecks("equations:x^2+y^2-9", threads=1, seed=seed, curvature=False)
    assert circle.singular_widths == pytest.approx([36])
    assert len(circle.multiple) == len(circle.singular_point_widths) == 0
    assert "pairs in families, of squared widths 36" in circle.text()


def test_a_reach_that_a_multiple_pair_decides_is_numerical():
    none, curved = np.zeros(0, complex), {"status": "solved", "radius": 3.0}
    for numerical in (True, False):
        found = reach(2.0, none, curved, numerical=numerical)
        assert (found["value"], found["half_width"], found["radius"]) == (1, 1, 3)
        assert ("multiple, and numerical" in found["status"]) == numerical
    assert "numerical" not in reach(8.0, none, curved, numerical=True)["status"]
