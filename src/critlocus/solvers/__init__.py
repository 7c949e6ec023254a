"""Engines that track paths, behind one protocol."""

from __future__ import annotations

from critlocus.errors import InputError
from critlocus.solvers.capabilities import Capabilities, capabilities
from critlocus.solvers.protocol import Paths, PathStatus, Solver

SOLVERS = ("native", "phcpack", "julia")


def make_solver(name: str, *, threads: int, precision: str = "d") -> Solver:
    """Return the engine of a name.

    Parameters
    ----------
    name : {"native", "phcpack", "julia"}
    threads : int
    precision : {"d", "dd", "qd"}
        Arithmetic along the paths; see `critlocus.solvers.capabilities`.

    Raises
    ------
    InputError
        If the engine is unknown, or lacks the precision. Whether it is installed shows when it is first used.
    """
    if name not in SOLVERS:
        raise InputError(f"unknown solver {name!r}: choose one of {', '.join(SOLVERS)}")
    known = capabilities(name).precisions
    if precision not in known:
        raise InputError(f"precision {precision!r}: solver {name!r} offers {', '.join(known)}")
    if name == "native":
        from critlocus.solvers.native import NativeSolver

        return NativeSolver(threads=threads)
    if name == "julia":
        from critlocus.solvers.julia import JuliaSolver

        return JuliaSolver(threads=threads)
    from critlocus.solvers.phcpack import PhcpackSolver

    return PhcpackSolver(threads=threads, precision=precision)


__all__ = ["SOLVERS", "Capabilities", "PathStatus", "Paths", "Solver", "capabilities", "make_solver"]
