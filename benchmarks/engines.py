"""Engines for the benchmark of paths per second: each tracks the same paths and says how many seconds it needed.

Seconds are of the processor, on one core, where the engine's process is known (native, PHCpack, Macaulay2); those of
HomotopyContinuation.jl are on the clock. Setting up a system, starting a process and judging ends are not timed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

import macaulay2
from critlocus.errors import SolverError
from critlocus.solvers import make_solver
from critlocus.solvers.judge import judge_ends
from critlocus.solvers.phcpack import PhcpackSolver
from critlocus.solvers.worker import Worker
from critlocus.tape.system import PolynomialSystem

PROBE = 4
"""Paths that a peer tracks first, to tell how many it can track in its time."""


@dataclass(eq=False)
class Work:
    """Paths ``starts[i]``: from row 0 of the table of parameters to row ``to[i]``."""

    system: PolynomialSystem
    starts: np.ndarray
    table: np.ndarray
    to: np.ndarray

    def part(self, first, last):
        return self.starts[first:last], self.table, np.zeros_like(self.to[first:last]), self.to[first:last]


@dataclass(eq=False)
class Ends:
    """Of the first paths of some work."""

    points: np.ndarray
    success: np.ndarray
    seconds: float


class Native:
    """`thorough`: paths in trouble go on in double-double arithmetic, as in transport; else they are given up."""

    def __init__(self, *, thorough):
        self.solver, self.thorough = make_solver("native", threads=1), thorough
        self.version = self.solver.version

    def track(self, work, count):
        began = process_time()
        paths = self.solver.track(work.system, *work.part(0, count), thorough=self.thorough)
        return Ends(paths.points, paths.success, process_time() - began)


class Peer:
    """An engine that tracks as many paths as it can in some seconds, the first ones to learn its pace."""

    def track(self, work, count, limit):
        points, success, spent = [], [], 0.0
        done, size = 0, min(PROBE, count)
        while size > 0:
            paths, seconds = self.run(work, done, done + size)
            points.append(paths.points)
            success.append(paths.success)
            done, spent = done + size, spent + seconds
            size = min(count - done, int((limit - spent) * done / max(spent, 1e-3)))
        return Ends(np.concatenate(points), np.concatenate(success), spent)


class TimedWorker(Worker):
    """Adds up the processor time of its answers."""

    seconds = 0.0

    def request(self, message):
        self.greeting()
        pid, began = self.pid, perf_counter()
        before = processor_time(pid)
        answer = super().request(message)
        self.seconds += perf_counter() - began if before is None else processor_time(pid) - before
        return answer


def processor_time(pid):
    """Seconds that a process has used, on Linux; None elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Phcpack(Peer):
    def __init__(self):
        self.solver = PhcpackSolver(threads=1, worker=TimedWorker("critlocus.solvers.phcpack_worker"))
        self.version = self.solver.version

    def run(self, work, first, last):
        before = self.solver.worker.seconds
        paths = self.solver.track(work.system, *work.part(first, last), thorough=False)
        return paths, self.solver.worker.seconds - before


class Julia(Peer):
    def __init__(self):
        self.solver = make_solver("julia", threads=1)
        self.version = self.solver.version

    def track(self, work, count, limit):
        self.run(work, 0, PROBE)  # compiles
        return super().track(work, count, limit)

    def run(self, work, first, last):
        began = perf_counter()
        paths = self.solver.track(work.system, *work.part(first, last))
        return paths, perf_counter() - began


class Macaulay2:
    def __init__(self, place):
        self.program = macaulay2.find(place)
        if self.program is None:
            raise SolverError(f"no Macaulay2 here: {macaulay2.INSTALL}")
        self.version = macaulay2.version(self.program)

    def track(self, work, count, limit):
        starts, table, _, to = work.part(0, count)
        points, regular, seconds = macaulay2.track(self.program, work.system, starts, table, to, limit)
        done = len(points)
        paths = judge_ends(work.system, starts[:done], table[to[:done]], regular.astype(float), points)
        return Ends(paths.points, paths.success, seconds)


PEERS = ("phcpack", "macaulay2", "julia")


def make_peer(name, place=None):
    """An engine to compare with; a `SolverError` says what to install if it is not there."""
    if name == "macaulay2":
        return Macaulay2(place)
    if name == "julia" and find_spec("juliacall") is None:
        raise SolverError("no juliacall here: pip install 'critlocus[julia]'")
    return Phcpack() if name == "phcpack" else Julia()
