"""Paths per second per core, engine by engine on the same systems and parameters, and the time to a first answer.

    python benchmarks/paths_per_second.py                    # table, and benchmarks/results/paths_per_second.json
    python benchmarks/paths_per_second.py --peer phcpack      # side by side with another engine

Every path runs between two generic complex members of the family. "all paths": paths in trouble go on in double-double
arithmetic, as in transport; "double": they are given up, as in monodromy. A round trip back to the start counts a
mismatch where another point comes back.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from critlocus.build import build_config
from critlocus.continuation.monodromy import monodromy
from critlocus.networks import Network, sign_group, zero_patterns
from critlocus.problems.critical_points import CriticalPoints
from critlocus.solvers import make_solver

NETWORKS = {"2-2-2": 40000, "2-2-2-2": 20000, "2-2-1:x^2": 20000, "3-3-3": 11104}


def prepare(name):
    network = Network.parse(name)
    family = CriticalPoints(network, 100)
    support = zero_patterns(network)[0].support
    system = family.system(support)
    rng = np.random.default_rng(1)
    start, parameters = family.start_pair(rng, support)
    native = make_solver("native", threads=2)
    run = monodromy(native, system, start, parameters, family.random_parameters, sign_group(network), rng)
    return family, system, run.points, parameters


def measure(solver, family, system, points, parameters, count, *, thorough):
    repeats = -(-count // len(points))
    rng = np.random.default_rng(2)
    table = np.vstack([parameters[None, :], family.random_parameters(rng, repeats)])
    begin = np.tile(points, (repeats, 1))[:count]
    to = np.repeat(np.arange(1, repeats + 1), len(points))[:count]
    options = {"thorough": thorough} if solver.name == "native" else {}
    started = perf_counter()
    there = solver.track(system, begin, table, np.zeros_like(to), to, **options)
    seconds = perf_counter() - started
    good = there.success
    back = solver.track(system, there.points[good], table, to[good], np.zeros_like(to[good]), **options)
    distance = np.linalg.norm(back.points - begin[good], axis=1) / np.linalg.norm(begin[good], axis=1)
    return {
        "paths": count,
        "paths_per_second": count / seconds,
        "failed_percent": 100 * float(np.mean(~good)),
        "mismatches": int(np.count_nonzero((distance > 1e-6) & back.success)),
        "steps": float(there.steps.mean()),
    }


def first_answer():
    command = [sys.executable, "-m", "critlocus", "solve", "2-2-2", "--json"]
    times = []
    for _ in range(5):
        started = perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(perf_counter() - started)
    return sorted(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="another engine, such as phcpack")
    parser.add_argument("--peer-paths", type=int, default=96)
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS))
    arguments = parser.parse_args()
    rows = []
    for name in arguments.networks:
        family, system, points, parameters = prepare(name)
        solver = make_solver("native", threads=1)
        measure(solver, family, system, points, parameters, 256, thorough=False)  # warm up
        for mode, thorough in (("all paths", True), ("double", False)):
            found = measure(solver, family, system, points, parameters, NETWORKS[name], thorough=thorough)
            rows.append({"network": name, "engine": "native", "mode": mode, **found})
        if arguments.peer:
            peer = make_solver(arguments.peer, threads=1)
            found = measure(peer, family, system, points, parameters, arguments.peer_paths, thorough=True)
            rows.append({"network": name, "engine": arguments.peer, "mode": "all paths", **found})
    times = first_answer()
    print(
        f"{'network':12} {'engine':9} {'mode':10} {'paths/s/core':>12} {'failed %':>9} {'mismatches':>10} {'steps':>6}"
    )
    for row in rows:
        print(
            f"{row['network']:12} {row['engine']:9} {row['mode']:10} {row['paths_per_second']:12.0f} "
            f"{row['failed_percent']:9.3f} {row['mismatches']:10d} {row['steps']:6.1f}"
        )
    print(
        f"critlocus solve 2-2-2 as a process, seconds: min {times[0]:.2f}, median {times[2]:.2f}, max {times[-1]:.2f}"
    )
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    record = {
        "machine": platform.processor() or platform.machine(),
        "build": build_config(),
        "rows": rows,
        "first_answer": times,
    }
    (results / "paths_per_second.json").write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
