"""Engines that track paths, behind one protocol."""

from __future__ import annotations

from critlocus.errors import InputError
from critlocus.solvers.protocol import Paths, PathStatus, Solver

SOLVERS = ("native",)


def make_solver(name: str, *, threads: int) -> Solver:
    """Return the engine of a name."""
    if name == "native":
        from critlocus.solvers.native import NativeSolver

        return NativeSolver(threads=threads)
    raise InputError(f"unknown solver {name!r}: choose one of {', '.join(SOLVERS)}")


__all__ = ["SOLVERS", "PathStatus", "Paths", "Solver", "make_solver"]
