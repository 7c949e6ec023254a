# What suites expect, against closed formulas that are computed here; and what is found, over many seeds.
from itertools import combinations
from math import comb

import pytest

import critlocus
from conftest import known_counts
from critlocus.suites.jobs import run_job
from critlocus.suites.suite import Row, read_suite, shipped

Polynomial = dict  # {exponents: coefficient}, cut off above `top`


def product(p, q, top):
    found = {}
    for a, x in p.items():
        for b, y in q.items():
            e = tuple(i + j for i, j in zip(a, b, strict=True))
            if all(i <= t for i, t in zip(e, top, strict=True)):
                found[e] = found.get(e, 0) + x * y
    return found


def unit(k, i):
    return tuple(int(j == i) for j in range(k))


def generic_ed_degree(dims, degrees):
    """Segre-Veronese varieties: sum of (-1)^i (2^(d+1-i) - 1) deg c_i h^(d-i), DHOST Theorem 5.8."""
    k, d = len(dims), sum(dims)
    one = {(0,) * k: 1}
    chern = one
    for i, n in enumerate(dims):
        for _ in range(n + 1):
            chern = product(chern, {**one, unit(k, i): 1}, dims)
    h = {unit(k, i): degrees[i] for i in range(k)}
    total = 0
    for i in range(d + 1):
        part = {e: c for e, c in chern.items() if sum(e) == i}
        for _ in range(d - i):
            part = product(part, h, dims)
        total += (-1) ** i * (2 ** (d + 1 - i) - 1) * part.get(tuple(dims), 0)
    return total


def singular_vector_tuples(dims, degrees):
    """Friedland & Ottaviani (2014): a coefficient of the product of (s_i^n_i - t_i^n_i) / (s_i - t_i)."""
    k = len(dims)
    top = [n - 1 for n in dims]
    total = {(0,) * k: 1}
    for i, n in enumerate(dims):
        s = {unit(k, j): degrees[j] - (j == i) for j in range(k) if degrees[j] != (j == i)}
        quotient = {}
        for power in range(n):
            term = {tuple((n - 1 - power) * e for e in unit(k, i)): 1}
            for _ in range(power):
                term = product(term, s, top)
            for e, c in term.items():
                quotient[e] = quotient.get(e, 0) + c
        total = product(total, quotient, top)
    return total.get(tuple(top), 0)


def gaussian_binomial(n, r):
    """Coefficients of binom(n, r)_q by q-Pascal: another way than counting inversions."""
    if r in (0, n):
        return [1]
    first, second = gaussian_binomial(n - 1, r - 1), [0] * r + gaussian_binomial(n - 1, r)
    size = max(len(first), len(second))
    return [a + b for a, b in zip(first + [0] * (size - len(first)), second + [0] * (size - len(second)), strict=True)]


def histogram(n, r):
    return {str(i): c for i, c in enumerate(gaussian_binomial(n, r))}


def closed_formula(network, metric):  # noqa: PLR0911
    """Return (name of the quantity, value) where a closed formula is known, or None."""
    kind, _, rest = network.partition(":")
    if kind == "segre":
        shape = [int(n) for n in rest.split("x")]
        if metric == "generic":
            return "ed_degree", generic_ed_degree([n - 1 for n in shape], [1] * len(shape))
        return "ed_degree", singular_vector_tuples(shape, [1] * len(shape))
    if kind in ("matrices", "symmetric"):
        size, _, rank = rest.partition(",rank=")
        shape, rank = [int(n) for n in size.split("x")], int(rank)
        if metric == "frobenius":
            return "ed_degree", comb(min(shape), rank)
        if kind == "matrices" and rank in (1, min(shape) - 1):  # rank <= r and corank <= r are dual
            return "ed_degree", generic_ed_degree([n - 1 for n in shape], [1, 1])
        if kind == "symmetric" and rank in (1, shape[0] - 1):
            return "ed_degree", generic_ed_degree([shape[0] - 1], [2])
    if kind == "conv" and rest.endswith(tuple("0123456789")):
        filters, _, power = rest.partition(":x^")
        shape = [int(n) for n in filters.split(",")]
        degrees = [int(power or 1) ** (len(shape) - 1 - i) for i in range(len(shape))]
        return "ed_degree" if power else "complex", generic_ed_degree([n - 1 for n in shape], degrees)
    if "-1-1" in kind and rest.startswith("x^"):
        n, d = int(kind.split("-")[0]), int(rest[2:])
        if metric == "bombieri":
            return "ed_degree", singular_vector_tuples([n], [d])
        return ("ed_degree", generic_ed_degree([n - 1], [d])) if metric == "data" else None
    return None


def test_the_formulas_give_what_is_known():
    assert [generic_ed_degree([m - 1, n - 1], [1, 1]) for m, n in ((2, 2), (2, 3), (3, 3), (4, 4))] == [6, 10, 39, 284]
    assert [singular_vector_tuples(s, [1] * len(s)) for s in ([2, 2, 2], [3, 3, 3])] == [6, 37]
    for n in range(1, 7):
        for r in range(1, n):
            counted = {}
            for chosen in combinations(range(n), r):
                index = sum(j < i for i in chosen for j in range(n) if j not in chosen)
                counted[str(index)] = counted.get(str(index), 0) + 1
            assert dict(sorted(counted.items(), key=lambda item: int(item[0]))) == histogram(n, r)


def test_what_suites_expect_follows_from_the_formulas():
    checked = 0
    for name in ("ed-degrees", "convolutional", "power"):
        for row in read_suite(name).rows:
            formula = closed_formula(row.network, row.options.get("metric")) if row.job == "functions" else None
            if formula is not None:
                assert row.expected[formula[0]] == formula[1], row.name
                checked += 1
            if "index_histogram" in row.expected:
                size, rank = row.network.removeprefix("matrices:").split(",rank=")
                assert row.expected["index_histogram"] == histogram(min(map(int, size.split("x"))), int(rank))
            if row.network.startswith("conv:") and "pure" in row.expected:
                assert row.expected["pure"] + row.expected["spurious"] == row.expected["complex"]
    assert checked > 40


def test_what_suites_expect_is_what_is_known():
    """Every row of the reference file is a row of a suite, with the same numbers."""
    known = known_counts()
    rows = [row for name in shipped() for row in read_suite(name).rows]
    for entry in known["dimensions"]:
        row = next(r for r in rows if r.job == "dimension" and r.network == entry["network"])
        for key, name in (("dim", "dimension"), ("ambient", "ambient"), ("filling", "filling")):
            assert row.expected.get(name, entry.get(key)) == entry.get(key, row.expected.get(name))
    for entry in known["weights_space_regularised"]:
        data = f"generic:{10 if entry['m'] == 'many' else entry['m']}"
        row = next(r for r in rows if (r.network, r.options.get("data")) == (entry["network"], data))
        for key in ("complex", "torus", "by_zero_pattern"):
            assert entry.get(key, row.expected.get(key)) == row.expected.get(key)
    for entry in known["function_space"]:
        if "network" not in entry or "-r" in entry["network"] or entry["network"].endswith("x^r"):
            continue
        metric = entry["metric"].split()[0]
        row = next(r for r in rows if (r.network, r.options.get("metric")) == (entry["network"], metric))
        split = entry.get("weights_split")
        assert row.expected["complex" if split else "ed_degree"] == entry["ed_degree"]
        if split:
            assert (row.expected["pure"], row.expected["spurious"]) == (split["pure"], split["spurious"])
        assert row.expected.get("zero_function_points") == entry.get("zero_function_points")


ROWS = [
    pytest.param(row, id=f"{name}: {row.name}")
    for name in ("classical", "convolutional", "dimensions", "ed-degrees", "power")
    for row in read_suite(name).rows
    if row.job != "weights"
]  # those in the space of weights: test_known_counts.py


def check(row, seeds):
    different = {}
    for seed in seeds:
        outcome = run_job(row, seed=seed)
        wrong = {
            name: outcome.found.get(name) for name in row.expected if outcome.found.get(name) != row.expected[name]
        }
        if wrong or outcome.stop_reason != "complete":
            different[seed] = (wrong, outcome.stop_reason)
    assert not different, f"{row.network}: {different}"


@pytest.mark.parametrize(
    ("equation", "count"),
    [("x^3+2*y^3+2*x^2*y-5*x*y^2+3*x^2-2*x*y+y^2-x+4*y-3", 9), ("x^2+3*x*y+5*y^2-10000", 4), ("x*y+2*x-3*y-1", 4)],
)
def test_loops_reach_branch_points_that_lie_far_out(equation, count):
    """With loops of size 1 in u every loop was quiet without some point, over up to two thirds of the seeds."""
    check(Row("", "functions", f"equations:{equation}", {"metric": "frobenius"}, {"ed_degree": count}), range(12))


def is_quick(row):
    return all(v < 25 for v in row.expected.values() if isinstance(v, int)) and "symmetric:4" not in row.network


@pytest.mark.parametrize("row", [p for p in ROWS if is_quick(p.values[0])])
def test_counts(row):
    check(row, [100])


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_counts_over_ten_seeds(row):
    check(row, range(10))


@pytest.mark.parametrize(
    "size", [(2, 2, 1), (2, 4, 1), (3, 3, 1), (3, 3, 2), (3, 5, 2), (4, 4, 1), (4, 4, 2), (4, 5, 3)]
)
def test_eckart_young(size):
    """Indices of the critical points of low-rank approximation: the coefficients of the Gaussian binomial."""
    m, n, r = size
    expected = {"ed_degree": comb(min(m, n), r), "index_histogram": histogram(min(m, n), r)}
    row = Row("Eckart-Young", "functions", f"matrices:{m}x{n},rank={r}", {"metric": "frobenius"}, expected)
    check(row, [1])


@pytest.mark.slow
@pytest.mark.parametrize("size", [(m, n, r) for n in range(2, 6) for m in range(2, n + 1) for r in range(1, m)])
def test_eckart_young_over_three_seeds(size):
    m, n, r = size
    expected = {"ed_degree": comb(m, r), "index_histogram": histogram(m, r)}
    check(Row("", "functions", f"matrices:{m}x{n},rank={r}", {"metric": "frobenius"}, expected), range(3))


def test_draws_of_eckart_young_are_all_alike():
    found = critlocus.solve_functions("matrices:3x3,rank=1", "frobenius", draws=50).summary()["draws"]
    assert found["incomplete"] == 0
    assert found["real"]["distribution"] == {"3": 50}
    assert {i: row["distribution"] for i, row in found["by_index"].items()} == {str(i): {"1": 50} for i in range(3)}
