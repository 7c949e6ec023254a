"""Monodromy for a general parametrised system: solutions connected with a start pair, given or found by Newton."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from critlocus.continuation.agreement import agreed_monodromy
from critlocus.continuation.monodromy import DEFAULT, Monodromy, MonodromyOptions
from critlocus.continuation.transport import Transporter
from critlocus.errors import InputError
from critlocus.networks.symmetry import SignGroup
from critlocus.problems.critical_points import complex_normal
from critlocus.solvers.native import NativeSolver
from critlocus.tape.system import PolynomialSystem

_TRIES, _STEPS = 200, 60


def monodromy_solve(
    system: PolynomialSystem,
    parameters: ArrayLike | None = None,
    start: ArrayLike | None = None,
    *,
    seed: int = 0,
    threads: int = 1,
    options: MonodromyOptions = DEFAULT,
) -> tuple[Monodromy, NDArray[np.complex128]]:
    """Find the solutions over one member of a family that loops in parameter space connect with a start.

    Monodromy runs over independent members until two agree, see `agreed_monodromy`; if the count was larger over
    another member than the one given, its solutions are carried back.

    Parameters
    ----------
    system : PolynomialSystem
        Square, with at least one parameter; for instance a `critlocus.System`.
    parameters : array_like, shape (n_params,), optional
        A generic member; default: random.
    start : array_like, shape (n,) or (k, n), optional
        Solutions over it; default: one that Newton's method finds.

    Returns
    -------
    Monodromy, complex128 array
        What was found, and the member's parameters. All solutions, if the family's incidence variety is irreducible;
        those that were lost on the way back to given parameters are among the failed paths.

    Raises
    ------
    InputError
        If the system is not square or has no parameters, or no start was found.
    """
    if len(system.equations) != system.n or system.n_params == 0:
        raise InputError("monodromy: the system must be square and have parameters")
    rng = np.random.default_rng(seed)
    if start is not None and parameters is None:
        raise InputError("monodromy: a start needs the parameters that it solves")
    member = complex_normal(rng, (system.n_params,)) if parameters is None else np.asarray(parameters, np.complex128)
    begin = newton_start(system, member, rng) if start is None else np.asarray(start, np.complex128)
    nobody = SignGroup.trivial(system.n)

    def draw(generator: np.random.Generator, count: int) -> NDArray[np.complex128]:
        scale = max(1.0, float(np.abs(member).max()))
        return scale * complex_normal(generator, (count, system.n_params))

    solver = NativeSolver(threads=threads)
    found, best = agreed_monodromy(solver, system, begin, member, draw, nobody, rng, options, torus=False)
    if parameters is None or best is member:
        return found, best
    home = Transporter(solver, system, found.points, best, draw, nobody)(member[None, :], rng)
    found.points = home.paths.points[home.paths.success]
    found.paths_tracked += home.paths_tracked
    found.failed_paths += int(np.count_nonzero(~home.paths.success))
    return found, member


def newton_start(
    system: PolynomialSystem, parameters: NDArray[np.complex128], rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Find one regular solution by Newton's method from random points."""
    for _ in range(_TRIES):
        x = complex_normal(rng, (system.n,))
        for _ in range(_STEPS):
            try:
                step = np.linalg.solve(system.jacobian(x, parameters), np.asarray(system(x, parameters)))
            except np.linalg.LinAlgError:
                break
            length = float(np.linalg.norm(step) / max(1.0, float(np.linalg.norm(x))))
            x = x - step * min(1.0, 0.5 / max(length, 1e-300))
            if not np.isfinite(x).all():
                break
            if length < 1e-13:
                return x
    raise InputError("monodromy: Newton's method found no start; give one")
