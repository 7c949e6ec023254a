"""Does the tracker ever jump, and is monodromy ever wrong? Round trips by the million, monodromy over many seeds.

    python benchmarks/trust.py [--paths 1000000] [--seeds 256] [--first-seed 0] [--thorough] [--systems 2-2-2 cyclic-5]

Round trips p -> q -> p over independent generic members must return to the start; with --thorough no path is given up.
Monodromy runs as `solve` runs it, over independent members until two agree; every seed must find the same number of
points (orbits of the sign group for networks), and those of x^3 = 8. Prints a table and writes
benchmarks/results/trust.json.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np

from critlocus.monodromy_solve import monodromy_solve
from critlocus.solvers.native import NativeSolver
from critlocus.system import System
from families import family

ROUND_TRIPS = ("2-1-2", "2-2-2", "3-2-2", "2-2-1:x^2", "2-3-2", "2-2-2-2")
SEEDS = {"x^3 = 8": 3, "cyclic-5": 70, "2-2-2": 48, "3-2-2": 164, "2-2-1:x^2": 104}
"""Systems solved over many seeds, and the number of points."""


def round_trips(name, count, threads, seed, thorough):
    problem = family(name, seed)
    points, member = problem.all_points(threads)
    solver, system = NativeSolver(threads=threads), problem.system
    rng = np.random.default_rng([seed, 1])
    found = {"paths": 0, "failed": 0, "returned": 0, "mismatches": 0}
    started = perf_counter()
    while found["paths"] < count:
        repeats = max(1, min(20000, count - found["paths"]) // len(points))
        table = np.vstack([member[None, :], problem.draw(rng, repeats)])
        begin = np.tile(points, (repeats, 1))
        to = np.repeat(np.arange(1, repeats + 1), len(points))
        there = solver.track(system, begin, table, np.zeros_like(to), to, thorough=thorough)
        good = there.success
        back = solver.track(system, there.points[good], table, to[good], np.zeros_like(to[good]), thorough=thorough)
        home = back.success
        distance = np.linalg.norm(back.points - begin[good], axis=1) / np.linalg.norm(begin[good], axis=1)
        found["paths"] += 2 * len(begin)
        found["failed"] += int(np.count_nonzero(~good) + np.count_nonzero(~home))
        found["returned"] += int(home.sum())
        found["mismatches"] += int(np.count_nonzero(distance[home] > 1e-6))
    return {**found, "seconds": perf_counter() - started}


def points_found(name, seed, threads):
    if name == "x^3 = 8":
        system = System(["x^3 - a"], parameters=["a"])
        return len(monodromy_solve(system, [8.0], [2.0], seed=seed, threads=threads)[0].points)
    return len(family(name, seed).all_points(threads)[0])


def many_seeds(name, seeds, threads):
    started = perf_counter()
    counts = Counter(points_found(name, seed, threads) for seed in seeds)
    return {
        "expected": SEEDS[name],
        "seeds": len(seeds),
        "right": counts[SEEDS[name]],
        "counts": dict(sorted(counts.items())),
        "seconds": perf_counter() - started,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=int, default=1_000_000, help="of all round trips together; 0: none")
    parser.add_argument("--seeds", type=int, default=256, help="0: none")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--thorough", action="store_true", help="give up no path of a round trip")
    parser.add_argument("--systems", nargs="*", help="default: all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "trust.json")
    arguments = parser.parse_args()

    def wanted(names):
        return [n for n in names if arguments.systems is None or n in arguments.systems]

    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    record = {"first_seed": arguments.first_seed, "thorough": arguments.thorough, "round_trips": {}, "monodromy": {}}
    for name in wanted(ROUND_TRIPS) if arguments.paths else ():
        found = round_trips(
            name, arguments.paths // len(ROUND_TRIPS), arguments.threads, arguments.first_seed, arguments.thorough
        )
        record["round_trips"][name] = found
        print(f"round trips {name:10} " + "  ".join(f"{k} {v:.5g}" for k, v in found.items()), flush=True)
    for name in wanted(SEEDS) if arguments.seeds else ():
        found = many_seeds(name, seeds, arguments.threads)
        record["monodromy"][name] = found
        print(
            f"monodromy {name:10} {found['right']} of {found['seeds']} seeds find {found['expected']}; "
            f"seeds by count: {found['counts']}; {found['seconds']:.0f} s",
            flush=True,
        )
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
