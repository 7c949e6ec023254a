"""Does the tracker ever jump, and is monodromy ever wrong? Round trips by the million, monodromy over many seeds.

    python benchmarks/trust.py [--paths 1000000] [--seeds 256]

Round trips p -> q -> p over independent generic members must return to the start. Writes benchmarks/results/trust.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter

import numpy as np

from critlocus.continuation.monodromy import MonodromyOptions, monodromy
from critlocus.monodromy_solve import monodromy_solve
from critlocus.networks import Network, sign_group, zero_patterns
from critlocus.problems.critical_points import CriticalPoints
from critlocus.solvers.native import NativeSolver
from critlocus.system import System

NETWORKS = {"2-1-2": 8, "2-2-2": 48, "3-2-2": 164, "2-2-1:x^2": 104, "2-3-2": 80, "2-2-2-2": 772}
CYCLIC_5 = (
    "c0*a+c1*b+c2*c+c3*d+c4*e",
    "c5*a*b+c6*b*c+c7*c*d+c8*d*e+c9*e*a",
    "c10*a*b*c+c11*b*c*d+c12*c*d*e+c13*d*e*a+c14*e*a*b",
    "c15*a*b*c*d+c16*b*c*d*e+c17*c*d*e*a+c18*d*e*a*b+c19*e*a*b*c", "c20*a*b*c*d*e+c21",
)  # fmt: skip


def orbits(name, seed, limit=10**9):
    network = Network.parse(name)
    family = CriticalPoints(network, 100)
    support = zero_patterns(network)[0].support
    rng = np.random.default_rng(seed)
    system = family.system(support)
    start, parameters = family.start_pair(rng, support)
    run = monodromy(
        NativeSolver(threads=2), system, start, parameters, family.random_parameters, sign_group(network), rng,
        MonodromyOptions(max_points=limit),
    )  # fmt: skip
    return family, system, run.points, parameters


def round_trips(name, count, limit=10**9):
    family, system, points, parameters = orbits(name, 0, limit)
    solver = NativeSolver(threads=2)
    rng = np.random.default_rng(1)
    found = {"paths": 0, "failed": 0, "returned": 0, "mismatches": 0}
    started = perf_counter()
    while found["paths"] < count:
        repeats = max(1, min(20000, count - found["paths"]) // len(points))
        table = np.vstack([parameters[None, :], family.random_parameters(rng, repeats)])
        begin = np.tile(points, (repeats, 1))
        to = np.repeat(np.arange(1, repeats + 1), len(points))
        there = solver.track(system, begin, table, np.zeros_like(to), to, thorough=False)
        good = there.success
        back = solver.track(system, there.points[good], table, to[good], np.zeros_like(to[good]), thorough=False)
        home = back.success
        distance = np.linalg.norm(back.points - begin[good], axis=1) / np.linalg.norm(begin[good], axis=1)
        found["paths"] += 2 * len(begin)
        found["failed"] += int(np.count_nonzero(~good) + np.count_nonzero(~home))
        found["returned"] += int(home.sum())
        found["mismatches"] += int(np.count_nonzero(distance[home] > 1e-6))
    return {**found, "seconds": perf_counter() - started}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=256)
    arguments = parser.parse_args()
    record = {"round_trips": {}, "monodromy": {}}
    for name in NETWORKS:
        found = round_trips(name, arguments.paths // len(NETWORKS))
        record["round_trips"][name] = found
        print(f"round trips {name:10} " + "  ".join(f"{k} {v:.5g}" for k, v in found.items()), flush=True)
    for name in ("2-2-2", "3-2-2", "2-2-1:x^2"):
        counts = [len(orbits(name, seed)[2]) for seed in range(arguments.seeds)]
        record["monodromy"][name] = {"expected": NETWORKS[name], "counts": sorted(set(counts)), "seeds": len(counts)}
        print(
            f"monodromy {name:10} {len(counts)} seeds: orbits {sorted(set(counts))}, expected {NETWORKS[name]}",
            flush=True,
        )
    cyclic = System(CYCLIC_5, variables="abcde", parameters=[f"c{k}" for k in range(22)])
    counts = [len(monodromy_solve(cyclic, seed=seed, threads=2)[0].points) for seed in range(arguments.seeds)]
    record["monodromy"]["cyclic-5"] = {"expected": 70, "counts": sorted(set(counts)), "seeds": len(counts)}
    print(f"monodromy cyclic-5   {len(counts)} seeds: solutions {sorted(set(counts))}, expected 70", flush=True)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "trust.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
