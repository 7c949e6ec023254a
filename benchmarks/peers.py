"""Paths per second per core, side by side with PHCpack, Macaulay2 and HomotopyContinuation.jl, in one run.

    python benchmarks/peers.py --macaulay2 ENVIRONMENT      # table, and benchmarks/results/peers.json

Every engine tracks the same paths of the same systems: from solutions of one generic member of a family along segments
to other generic complex members. Peers track fewer of them, the first ones. An end that differs from native's end of
the same path counts as a mismatch. "native": paths in trouble go on in double-double arithmetic, as in transport;
"native double": they are given up, as in monodromy. "monodromySolve" is all of Macaulay2's MonodromySolver, paths
tracked by seconds; it has no ends to compare. See `engines.py` for how time is taken.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from pathlib import Path

import numpy as np

import macaulay2
from critlocus.build import build_config
from critlocus.continuation.orbits import match_orbits
from critlocus.errors import SolverError
from engines import PEERS, Native, Work, make_peer
from families import family

TARGETS = {
    "2-2-2": 40000, "3-2-2": None, "2-2-2-2": 15000, "3-3-3": 6000, "2-2-1:x^2": None, "3-3-1:x^2": None,
    "cyclic-5": None, "cyclic-6": None, "cyclic-7": 30000, "katsura-6": None, "katsura-8": None, "katsura-10": 10000,
    "noon-4": None, "noon-5": None,
}  # fmt: skip
"""The systems, and the paths per second that the native engine is meant to reach on AVX-512."""
STARTS = 512
"""Start solutions at most."""
VANISHING = 1e-12
"""Relative size of a weight that is zero."""
COLUMNS = (
    f"{'system':10} {'n':>3} {'starts':>6}  {'engine':14} {'paths':>7} {'seconds':>8} {'paths/s':>8} "
    f"{'failed %':>8} {'mismatches':>10} {'jumps':>5}"
)


def prepare(name, most):
    """The family, and work of `most` paths."""
    problem = family(name)
    points = problem.some_points(STARTS)
    repeats = -(-most // len(points))
    table = np.vstack([problem.parameters[None, :], problem.draw(np.random.default_rng(2), repeats)])
    starts = np.tile(points, (repeats, 1))[:most]
    return (
        problem,
        len(points),
        Work(problem.system, starts, table, np.repeat(np.arange(repeats) + 1, len(points))[:most]),
    )


def measured(engine, ends, problem, work, reference=None):
    """A row of the table; `reference`: native's ends."""
    row = {"engine": engine, "paths": len(ends.points), "seconds": ends.seconds}
    row["paths_per_second"] = len(ends.points) / ends.seconds if ends.seconds else None
    row["failed_percent"] = 100 * float(np.mean(~ends.success)) if len(ends.points) else None
    row["mismatches"] = None
    good = np.flatnonzero(ends.success)
    first = match_orbits(ends.points[good], problem.symmetry, groups=work.to[good])
    size = np.abs(ends.points[good])
    strays = np.any(size <= VANISHING * size.max(axis=1, keepdims=True), axis=1) & problem.torus
    row["jumps"] = int(np.count_nonzero(strays | (first != np.arange(len(good)))))
    if reference is not None:
        own = reference.points[: len(ends.points)]
        both = ends.success & reference.success[: len(ends.points)]
        far = np.linalg.norm(ends.points - own, axis=1) > 1e-6 * np.linalg.norm(own, axis=1)
        row["mismatches"] = int(np.count_nonzero(far & both))
        row["compared"] = int(np.count_nonzero(both))
    return row


def native_rows(problem, work, seconds):
    """Rows of the native engine, and its ends."""
    engine = Native(thorough=True)
    engine.track(work, 64)
    warm = engine.track(work, 512)
    count = min(len(work.starts), max(512, int(512 * seconds / warm.seconds)))
    ends = engine.track(work, count)
    double = Native(thorough=False).track(work, count)
    return [measured("native", ends, problem, work), measured("native double", double, problem, work, ends)], ends


def monodromy_row(program, problem, limit):
    paths, found, seconds = macaulay2.monodromy(program, problem.system, problem.start, problem.parameters, limit)
    rate = paths / seconds if seconds else None
    return {"engine": "monodromySolve", "paths": paths, "seconds": seconds, "paths_per_second": rate, "found": found}


def compare(name, engines, arguments):
    """Measure one system with all engines, and print rows as they come."""
    problem, starts, work = prepare(name, 40000)
    rows, ends = native_rows(problem, work, arguments.native_seconds)
    for row in rows:
        show(name, work.system.n, starts, row)
    for engine, peer in engines.items():
        try:
            found = peer.track(work, arguments.peer_paths, arguments.peer_seconds)
            rows.append(measured(engine, found, problem, work, ends))
            show(name, work.system.n, starts, rows[-1])
            if engine == "macaulay2":
                rows.append(monodromy_row(peer.program, problem, arguments.peer_seconds))
                show(name, work.system.n, starts, rows[-1])
        except (SolverError, RuntimeError) as error:
            rows.append({"engine": engine, "paths_per_second": None, "error": str(error)})
            print(f"{name:10} {engine}: {error}", flush=True)
    peers = [row["paths_per_second"] for row in rows if not row["engine"].startswith("native")]
    best = max((rate for rate in peers if rate), default=None)
    return {
        "unknowns": work.system.n,
        "parameters": work.system.n_params,
        "starts": starts,
        "target": TARGETS.get(name),
        "ratio": rows[0]["paths_per_second"] / best if best else None,
        "rows": rows,
    }


def show(name, n, starts, row):
    def cell(value, width, digits):
        return f"{'-' if value is None else format(value, f'.{digits}f'):>{width}}"

    print(
        f"{name:10} {n:3d} {starts:6d}  {row['engine']:14} {row['paths']:7d} {row['seconds']:8.2f} "
        f"{cell(row['paths_per_second'], 8, 0)} {cell(row.get('failed_percent'), 8, 3)} "
        f"{cell(row.get('mismatches'), 10, 0)} {cell(row.get('jumps'), 5, 0)}",
        flush=True,
    )


def side_by_side(systems):
    """One line per system: rates by engine, native over the best peer, and the target."""
    names = list(dict.fromkeys(row["engine"] for found in systems.values() for row in found["rows"]))
    print(
        "\npaths per second per core\n" + f"{'system':10}" + "".join(f"{e:>15}" for e in names),
        f"{'ratio':>7} {'target':>7}",
    )
    for name, found in systems.items():
        rates = {row["engine"]: row["paths_per_second"] for row in found["rows"]}
        cells = "".join(f"{rates[e]:15.0f}" if rates.get(e) else f"{'-':>15}" for e in names)
        ratio = f"{found['ratio']:7.1f}" if found["ratio"] else f"{'-':>7}"
        print(f"{name:10}{cells} {ratio} {found['target'] or '-':>7}")


def processor():
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _lines(path):
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--systems", nargs="*", default=list(TARGETS))
    parser.add_argument("--engines", nargs="*", choices=("native", *PEERS), default=PEERS, help="native always runs")
    parser.add_argument("--macaulay2", help="M2, or the virtual environment that it is in; default: CRITLOCUS_M2, PATH")
    parser.add_argument("--peer-paths", type=int, default=512)
    parser.add_argument("--peer-seconds", type=float, default=8.0, help="per engine and system, about")
    parser.add_argument("--native-seconds", type=float, default=1.0)
    parser.add_argument("--quick", action="store_true", help="only to see that it works")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "peers.json")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.peer_paths, arguments.peer_seconds, arguments.native_seconds = 16, 1.0, 0.05
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # one core, for the processes it starts too
    engines, versions = {}, {"native": Native(thorough=True).version}
    for name in (e for e in PEERS if e in arguments.engines):
        try:
            engines[name] = make_peer(name, arguments.macaulay2)
            versions[name] = engines[name].version
        except SolverError as error:
            versions[name] = None
            print(f"without {name}: {error}")
    print("; ".join(f"{name} {version}" for name, version in versions.items() if version), "on", processor())
    print(COLUMNS)
    systems = {name: compare(name, engines, arguments) for name in arguments.systems}
    side_by_side(systems)
    record = {"processor": processor(), "versions": versions, "build": build_config(), "systems": systems}
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
