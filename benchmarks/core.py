"""The core by size of the system: paths per second, failures, two threads against one, certificates per second.

Also the memory of `solve` by the number of targets, and the time of the command line to a first answer.

    python benchmarks/core.py        # table, and benchmarks/results/core.json

Start points are some orbits of each network, found by a monodromy run that stops early.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from critlocus.certify import certify
from critlocus.solvers.native import NativeSolver
from families import family

SIZES = {"2-1-2": 20000, "2-2-2": 20000, "2-2-2-2": 6000, "3-3-3": 4000, "3-3-3-3": 1500, "4-4-4": 1000, "4-5-4": 500}


def timed(function, *arguments, **options):
    started = perf_counter()
    value = function(*arguments, **options)
    return perf_counter() - started, value


def measure(name, count):
    problem = family(name)
    system, points, parameters = problem.system, problem.some_points(400, threads=2), problem.parameters
    repeats = -(-count // len(points))
    table = np.vstack([parameters[None, :], problem.draw(np.random.default_rng(3), repeats)])
    begin = np.tile(points, (repeats, 1))[:count]
    to = np.repeat(np.arange(1, repeats + 1), len(points))[:count]
    zero = np.zeros_like(to)
    one_thread, paths = timed(NativeSolver(threads=1).track, system, begin, table, zero, to)
    two_threads, _ = timed(NativeSolver(threads=2).track, system, begin, table, zero, to)
    many = np.tile(points, (max(1, 20000 // len(points)), 1))
    rows = np.zeros(len(many), np.int64)
    proving, proof = timed(certify, system, many, parameters[None, :], rows)
    return {
        "unknowns": system.n,
        "paths": count,
        "paths_per_second": count / one_thread,
        "failed_percent": 100 * float(np.mean(~paths.success)),
        "two_threads": one_thread / two_threads,
        "certificates_per_second": len(many) / proving,
        "certified_percent": 100 * float(proof.certified.mean()),
    }


def memory(targets):
    call = f"critlocus.solve('2-2-2', targets={targets}, out='/tmp/critlocus-memory.h5', keep=False, trace_test=False)"
    peak = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss"
    code = f"import critlocus, resource; {call}; print({peak})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    Path("/tmp/critlocus-memory.h5").unlink()
    return int(run.stdout) / 1024


def first_answer():
    command = [sys.executable, "-m", "critlocus", "solve", "2-2-2", "--json"]
    return sorted(timed(subprocess.run, command, check=True, capture_output=True)[0] for _ in range(5))


def main():
    rows = {name: measure(name, count) for name, count in SIZES.items()}
    columns = (
        "unknowns",
        "paths_per_second",
        "failed_percent",
        "two_threads",
        "certificates_per_second",
        "certified_percent",
    )
    print(f"{'network':9}" + "".join(f"{c:>25}" for c in columns))
    for name, row in rows.items():
        print(f"{name:9}" + "".join(f"{row[c]:25.5g}" for c in columns))
    peaks = {str(targets): memory(targets) for targets in (500, 2000, 8000)}
    print("peak memory, MB, by number of targets of 2-2-2 written to a file:", peaks)
    times = first_answer()
    print(f"critlocus solve 2-2-2, seconds: min {times[0]:.2f}, median {times[2]:.2f}, max {times[-1]:.2f}")
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "core.json").write_text(json.dumps({"sizes": rows, "memory": peaks, "first_answer": times}, indent=1))


if __name__ == "__main__":
    main()
