"""Systems written out for other programs: HomotopyContinuation.jl, Macaulay2, Bertini, PHCpack, msolve.

Where a program takes straight-line programs it gets one, with the parameters as symbols. PHCpack and msolve get
monomials, at the given values of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.networks.network import Network
from critlocus.problems.critical_points import CriticalPoints
from critlocus.tape.expand import expand
from critlocus.tape.system import PolynomialSystem
from critlocus.tape.text import monomials_text, straight_line

MSOLVE_PRIME = 1073741827
FORMATS = ("julia", "macaulay2", "bertini", "bertini-start", "bertini-parameters", "phcpack", "msolve")


def export_system(
    system: PolynomialSystem,
    parameters: Sequence[Any] | NDArray[Any],
    start: NDArray[np.complex128] | None = None,
    fmt: str = "julia",
    *,
    prime: int | None = None,
) -> str:
    """Write a member of a family, and a start pair if there is one, for another program.

    Parameters
    ----------
    system : PolynomialSystem
    parameters : sequence of numbers, shape (n_params,)
        For msolve integers, fractions, or doubles, which are taken for exactly what they are.
    start : complex128 array, shape (n,), optional
        A solution for `parameters`.
    fmt : str
        ``"julia"`` and ``"macaulay2"``: a script that runs monodromy from the start pair; without `start`, one that
        solves the member (HomotopyContinuation.jl), or states its ideal (Macaulay2).
        ``"bertini"``: an input file for a run from the start pair to other parameters, or to solve the member;
        ``"bertini-start"`` and ``"bertini-parameters"``: the files `start` and `start_parameters` of the former.
        ``"phcpack"``: a system, followed by the start solution. ``"msolve"``: an ideal over the rationals, or over the
        field with `prime` elements.

    Raises
    ------
    InputError
        If the format is unknown, a shape is wrong, or the numbers do not suit the program.
    """
    if fmt not in FORMATS:
        raise InputError(f"unknown format {fmt!r}: choose one of {', '.join(FORMATS)}")
    if len(parameters) != system.n_params:
        raise InputError(f"parameters: {len(parameters)} numbers, expected {system.n_params}")
    if start is not None and np.shape(start) != (system.n,):
        raise InputError(f"start: shape {np.shape(start)}, expected {(system.n,)}")
    if prime is not None and fmt != "msolve":
        raise InputError(f"a prime is of no use to {fmt!r}")
    if fmt == "msolve":
        return _msolve(system, parameters, prime)
    p = [complex(v) for v in parameters]
    x = None if start is None else [complex(v) for v in start]
    if fmt in ("bertini-start", "bertini-parameters"):
        if x is None:
            raise InputError(f"{fmt!r} needs a start pair")
        return _bertini_points(x if fmt == "bertini-start" else p, points=fmt == "bertini-start")
    writers: dict[str, Callable[[PolynomialSystem, list[complex], list[complex] | None], str]] = {
        "julia": _julia,
        "macaulay2": _macaulay2,
        "bertini": _bertini,
        "phcpack": _phcpack,
    }
    return writers[fmt](system, p, x)


def export_network(network: Network, n_points: int, fmt: str, *, seed: int = 0) -> str:
    """Write the critical-point system of a network's full zero pattern over a random member, with its start pair.

    For msolve the member is one with random integer parameters mod `MSOLVE_PRIME`, and there is no start pair.
    """
    family = CriticalPoints(network, n_points)
    rng = np.random.default_rng(seed)
    support = np.arange(network.n_weights)
    if fmt == "msolve":
        integers = [int(v) for v in rng.integers(1, MSOLVE_PRIME, family.n_params)]
        return export_system(family.system(support), integers, None, fmt, prime=MSOLVE_PRIME)
    start, parameters = family.start_pair(rng, support)
    return export_system(family.system(support), parameters, start, fmt)


def _named(system: PolynomialSystem, variable: str, parameter: str) -> dict[int, str]:
    """Return names of variables and parameters; the templates get a number from 1."""
    names = {node: variable.format(k) for k, node in enumerate(system.graph.variables, start=1)}
    names.update((node, parameter.format(k)) for k, node in enumerate(system.graph.parameters, start=1))
    return names


def _julia(system: PolynomialSystem, p: list[complex], x: list[complex] | None) -> str:
    def number(c: complex) -> str:
        return f"complex({c.real!r}, {c.imag!r})"

    statements, outputs = straight_line(system.graph, system.equations, _named(system, "x[{}]", "p[{}]"), number)
    lines = [
        "using HomotopyContinuation",
        f"@var x[1:{system.n}] p[1:{system.n_params}]",
        *(f"{name} = {expression}" for name, expression in statements),
        f"F = System(Expression[{', '.join(outputs)}]; variables = x, parameters = p)",
        f"p0 = ComplexF64[{', '.join(map(number, p))}]",
    ]
    if x is None:
        lines.append("result = solve(F; target_parameters = p0)")
    else:
        lines += [f"x0 = ComplexF64[{', '.join(map(number, x))}]", "result = monodromy_solve(F, [x0], p0)"]
    return "\n".join([*lines, "println(nsolutions(result))", ""])


def _macaulay2(system: PolynomialSystem, p: list[complex], x: list[complex] | None) -> str:
    def number(c: complex) -> str:
        return f"({c.real!r}+({c.imag!r})*ii)"

    statements, outputs = straight_line(system.graph, system.equations, _named(system, "x_{}", "p_{}"), number)
    lines = [f"{name} = {expression};" for name, expression in statements]
    values = ", ".join(map(number, p))
    if x is None:
        head = [f"R = CC[x_1..x_{system.n}];"] + [f"p_{k} = {number(v)};" for k, v in enumerate(p, start=1)]
        return "\n".join([*head, *lines, f"I = ideal({', '.join(outputs)});", ""])
    head = [
        'needsPackage "MonodromySolver";',
        f"X = gateMatrix{{toList vars(x_1..x_{system.n})}};",
        f"P = gateMatrix{{toList vars(p_1..p_{system.n_params})}};",
    ]
    nodes = zip(system.equations, outputs, strict=True)
    gates = [f"inputGate {text}" if node in system.graph.constants else text for node, text in nodes]
    tail = [
        f"F = gateSystem(P, X, transpose gateMatrix{{{{{', '.join(gates)}}}}});",
        f"p0 = point{{{{{values}}}}};",
        f"x0 = point{{{{{', '.join(map(number, x))}}}}};",
        "(V, npaths) = monodromySolve(F, p0, {x0}, NumberOfNodes => 4);",
        "print length V.PartialSols;",
        "",
    ]
    return "\n".join([*head, *lines, *tail])


def _bertini(system: PolynomialSystem, p: list[complex], x: list[complex] | None) -> str:
    def number(c: complex) -> str:
        return f"({c.real!r}+({c.imag!r})*I)"

    statements, outputs = straight_line(system.graph, system.equations, _named(system, "x{}", "p{}"), number)
    functions = [f"f{k}" for k in range(1, len(outputs) + 1)]
    names = [f"p{k}" for k in range(1, len(p) + 1)]
    lines = ["CONFIG", *(["  ParameterHomotopy: 2;"] if x is not None else []), "END;", "INPUT"]
    lines.append(f"  variable_group {', '.join(f'x{k}' for k in range(1, system.n + 1))};")
    if names:
        lines.append(f"  {'parameter' if x is not None else 'constant'} {', '.join(names)};")
    lines.append(f"  function {', '.join(functions)};")
    if x is None:
        lines += [f"  {name} = {number(v)};" for name, v in zip(names, p, strict=True)]
    lines += [f"  {name} = {expression};" for name, expression in statements]
    lines += [f"  {f} = {output};" for f, output in zip(functions, outputs, strict=True)]
    return "\n".join([*lines, "END;", ""])


def _bertini_points(values: list[complex], *, points: bool) -> str:
    lines = [f"{v.real:.16e} {v.imag:.16e};" for v in values]
    return "\n".join(["1" if points else str(len(values)), "", *lines, ""])


def _phcpack(system: PolynomialSystem, p: list[complex], x: list[complex] | None) -> str:
    from critlocus.solvers.phcpack_homotopy import polynomial_texts, variable_names
    from critlocus.solvers.phcpack_worker import start_solution

    names = variable_names(system.n)
    lines = [f"{len(system.equations)} {system.n}"]
    lines += polynomial_texts(expand(system.graph, system.equations, p), names)
    if x is not None:
        point = [part for v in x for part in (v.real, v.imag)]
        rule = "=" * 75
        lines += ["", "THE SOLUTIONS :", f"1 {system.n}", rule, "solution 1 :", start_solution(names, point), rule]
    return "\n".join([*lines, ""])


def _msolve(system: PolynomialSystem, parameters: Sequence[Any] | NDArray[Any], prime: int | None) -> str:
    values = [_exact(v) for v in parameters]
    names = [f"x{k}" for k in range(1, system.n + 1)]
    polynomials = []
    for polynomial in expand(system.graph, system.equations, values, _exact):
        scale = lcm(*(c.denominator for c in polynomial.values()))
        whole = {e: int(c * scale) for e, c in polynomial.items()}
        if prime is not None:
            if scale % prime == 0:
                raise InputError(f"prime {prime} divides a denominator: choose another one")
            whole = {e: c % prime for e, c in whole.items() if c % prime}
        polynomials.append(monomials_text(whole, names, str))
    return "\n".join([",".join(names), str(prime or 0), ",\n".join(polynomials), ""])


def _exact(value: Any) -> Fraction:
    """Return the exact value of a real number."""
    if isinstance(value, (complex, np.complexfloating)):
        if value.imag != 0:
            raise InputError("msolve takes no complex numbers: choose real parameters")
        value = value.real
    return Fraction(int(value) if isinstance(value, np.integer) else value)
