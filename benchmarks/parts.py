"""Where the time of a step goes, what part of the processor's peak it attains, and how both grow with the unknowns.

    python benchmarks/parts.py       # tables, and benchmarks/results/parts.json

Every part of a tick (eight paths, one step each) is timed on its own in the core, and its operations are counted from
the tape; paths are tracked in double arithmetic from one start to generic members, one thread, by CPU time.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from time import process_time

import numpy as np

from critlocus.monodromy_solve import newton_start
from critlocus.networks import Network
from critlocus.problems.critical_points import CriticalPoints, complex_normal
from critlocus.solvers.native import NativeSolver, core, simd_level, tape
from critlocus.system import System

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from standard import cyclic, katsura

NETWORKS = ("2-1-2", "2-2-2", "2-2-2-2", "3-3-3", "3-3-3-3", "4-4-4", "4-5-4")
DENSE = (4, 8, 12, 16, 20)
CALLS = {"f": 3, "jacobian": 1, "factor": 1, "solve": 8, "taylor": 1, "predict": 1}
PATHS = {4: 40000, 8: 20000, 12: 10000, 20: 4000, 30: 1500, 40: 500}


def generic(lines):
    """The system with the same monomials and a parameter for each coefficient."""
    equations, number = [], 0
    for line in lines:
        monomials = {}
        for term in line.replace(" - ", " + ").split(" + "):
            factors = [f for f in term.split("*") if not re.fullmatch(r"[\d.]+", f)]
            monomials["*".join(["", *sorted(factors)])] = None
        equations.append(" + ".join(f"c{number + k}{m}" for k, m in enumerate(monomials)))
        number += len(monomials)
    names = sorted(set(re.findall(r"x\d+", " ".join(lines))), key=lambda name: int(name[1:]))
    return System(equations, variables=names, parameters=[f"c{k}" for k in range(number)])


def dense_quadrics(n):
    products = [f"x{i}*x{k}" for i in range(n) for k in range(i + 1)]
    return generic([" + ".join([*products, *(f"x{i}" for i in range(n)), "1"])] * n)


def families():
    """Name, system, one solution, its parameters, and random parameters."""
    rng = np.random.default_rng(1)
    for name in NETWORKS:
        family = CriticalPoints(Network.parse(name), 100)
        system = family.system()
        start, parameters = family.start_pair(rng, np.arange(system.n))
        yield name, system, np.atleast_2d(start)[0], parameters, family.random_parameters
    general = {"cyclic-7": generic(cyclic(7)), "katsura-10": generic(katsura(10))}
    general.update({f"dense {n}": dense_quadrics(n) for n in DENSE})
    for name, system in general.items():
        parameters = complex_normal(rng, (system.n_params,))
        size = system.n_params
        yield (
            name, system, newton_start(system, parameters, rng), parameters,
            lambda generator, count, size=size: complex_normal(generator, (count, size)),
        )  # fmt: skip


def decode(code):
    """The operations of a code as (pairs, pairs with a parameter, terms (c, a, b)); see native/tape.hpp."""
    at = 0
    while at < len(code):
        full, param, misc = (int(v) for v in code[at + 1 : at + 4])
        at += 4
        pairs = code[at : at + 2 * (full + param)].reshape(-1, 2)
        at += 2 * (full + param)
        yield pairs[:full], pairs[full:], code[at : at + 3 * misc].reshape(-1, 3)
        at += 3 * misc


def plain(code):
    return sum(8 * (len(full) + len(param)) + sum(4 if b < 0 else 12 for _, _, b in misc)
               for full, param, misc in decode(code))  # fmt: skip


def series(code, order, n, *, known):
    """Operations for the coefficients of s^order; products with variables that are still 0 are left out."""
    total = 0
    for full, param, misc in decode(code):
        products = [*full, *((a, b) for _, a, b in misc if b >= 0)]
        skipped = 0 if known else sum((a < n) + (b < n) for a, b in products) + sum(a < n for a, _ in param)
        total += 8 * ((order + 1) * len(products) + 2 * len(param) - skipped) + 4 * len(misc)
    return total


def operations(system):
    """Real additions and multiplications of one lane in each part."""
    p, n = system.program, system.n
    below = n * (n - 1) // 2
    inner = sum((n - k - 1) * k for k in range(n))
    both = [p.f_inner, p.f_outer]
    taylor = sum(series(c, 1, n, known=True) for c in both)
    taylor += sum(series(c, k, n, known=False) for c in both for k in (1, 2, 3, 4))
    taylor += sum(series(p.f_inner, k, n, known=True) for k in (1, 2, 3))
    factor = 8 * inner + 14 * below + 8 * n if p.symmetric else 8 * (2 * inner + below) + 9 * below + 8 * n
    return {
        "f": sum(map(plain, both)),
        "jacobian": plain(p.j_code),
        "factor": factor,
        "solve": 16 * below + 6 * n,
        "taylor": taylor,
        "predict": 80 * n,
    }


def measure(name, system, start, parameters, draw, peak):
    rng = np.random.default_rng(2)
    count = PATHS[min(k for k in PATHS if k >= system.n)]
    table = np.vstack([parameters[None, :], draw(rng, min(count, 500))])
    to = 1 + np.arange(count) % (len(table) - 1)
    begin = np.tile(start, (count, 1))
    solver = NativeSolver()
    seconds = []
    for _ in range(3):
        started = process_time()
        paths = solver.track(system, begin, table, np.zeros_like(to), to, thorough=False)
        seconds.append(process_time() - started)
    samples = [
        core().time_parts(tape(system), start, parameters, table[1] - parameters, max(50, 20000 // system.n))
        for _ in range(7)
    ]
    work = operations(system)
    parts = {part: calls * min(s[part] for s in samples) for part, calls in CALLS.items()}
    lanes = core().lanes
    ticks = float((paths.steps + paths.rejected).mean())
    flops = lanes * sum(CALLS[part] * work[part] for part in CALLS)
    return {
        "name": name,
        "unknowns": system.n,
        "tick_microseconds": 1e6 * sum(parts.values()),
        "percent_of_tick": {part: 100 * t / sum(parts.values()) for part, t in parts.items()},
        "gflops": {part: 1e-9 * lanes * CALLS[part] * work[part] / t for part, t in parts.items()},
        "tick_gflops": 1e-9 * flops / sum(parts.values()),
        "percent_of_peak": 100 * flops / sum(parts.values()) / peak,
        "ticks_per_path": ticks,
        "paths_per_second": count / min(seconds),
        "tracking_gflops": 1e-9 * flops / lanes * ticks * count / min(seconds),
        "failed_percent": 100 * float(np.mean(~paths.success)),
    }


def main():
    peak = max(core().peak_flops() for _ in range(3))
    print(f"peak of one core, {simd_level()}: {1e-9 * peak:.1f} GFLOP/s")
    print(f"{'':10} {'n':>3} {'tick us':>8} " + " ".join(f"{part + ' %':>10}" for part in CALLS)
          + f" {'GFLOP/s':>8} {'of peak':>8} {'ticks':>6} {'paths/s':>8} {'tracking GFLOP/s':>17}")  # fmt: skip
    rows = []
    for family in families():
        row = measure(*family, peak)
        rows.append(row)
        print(f"{row['name']:10} {row['unknowns']:3d} {row['tick_microseconds']:8.2f} "
              + " ".join(f"{share:10.0f}" for share in row["percent_of_tick"].values())
              + f" {row['tick_gflops']:8.1f} {row['percent_of_peak']:7.0f}% {row['ticks_per_path']:6.1f} "
              f"{row['paths_per_second']:8.0f} {row['tracking_gflops']:17.1f}", flush=True)  # fmt: skip
    for kind, members in (("networks", rows[: len(NETWORKS)]), ("dense quadrics", rows[-len(DENSE) :])):
        n = np.log([row["unknowns"] for row in members])
        tick = np.polyfit(n, np.log([row["tick_microseconds"] for row in members]), 1)[0]
        path = np.polyfit(n, -np.log([row["paths_per_second"] for row in members]), 1)[0]
        print(f"{kind}: a tick costs about n^{tick:.1f}, a path about n^{path:.1f}")
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "parts.json").write_text(json.dumps({"peak_gflops": 1e-9 * peak, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
