"""A polynomial system as a handful of plain arrays, and back: how it travels to engines in other languages."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from critlocus.errors import InputError
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem

Arrays = dict[str, NDArray[Any]]


def to_arrays(system: PolynomialSystem, *, needed: bool = False) -> Arrays:
    """Write a system as arrays.

    Parameters
    ----------
    system : PolynomialSystem
    needed : bool
        Leave out the sums that the equations do not need. Nodes keep their numbers.

    Returns
    -------
    dict of arrays
        ``size`` (number of nodes) and ``symmetric``, of shape ``()``; the nodes ``variables``, ``parameters``,
        ``constants`` (with their ``values``), ``sums`` and ``equations``. The terms of ``sums[k]`` are
        ``first[k]:first[k + 1]`` of ``coefficients``, ``a`` and ``b``; b is -1 where a term has one factor.
    """
    graph = system.graph
    sums = graph.reachable(system.equations) if needed else list(graph.sums)
    terms = [term for node in sums for term in graph.sums[node]]
    coefficients, a, b = zip(*terms, strict=True) if terms else ((), (), ())
    return {
        "size": np.array(len(graph), np.int64),
        "variables": np.array(graph.variables, np.int64),
        "parameters": np.array(graph.parameters, np.int64),
        "constants": np.array(list(graph.constants), np.int64),
        "values": np.array(list(graph.constants.values()), np.complex128),
        "sums": np.array(sums, np.int64),
        "first": np.cumsum([0, *(len(graph.sums[node]) for node in sums)], dtype=np.int64),
        "coefficients": np.array(coefficients, np.float64),
        "a": np.array(a, np.int64),
        "b": np.array(b, np.int64),
        "equations": np.array(system.equations, np.int64),
        "symmetric": np.array(system.symmetric),
    }


def from_arrays(arrays: Arrays) -> PolynomialSystem:
    """Return the system that `to_arrays` wrote, with the same node numbers.

    Raises
    ------
    InputError
        If the arrays do not describe a system.
    """
    size = int(arrays["size"])
    variables, parameters = arrays["variables"].tolist(), arrays["parameters"].tolist()
    values = dict(zip(arrays["constants"].tolist(), arrays["values"].tolist(), strict=True))
    terms = list(zip(arrays["coefficients"].tolist(), arrays["a"].tolist(), arrays["b"].tolist(), strict=True))
    first = arrays["first"].tolist()
    sums = {node: tuple(terms[first[k] : first[k + 1]]) for k, node in enumerate(arrays["sums"].tolist())}
    equations = arrays["equations"].tolist()
    leaves = {*variables, *parameters, *values}
    known = leaves | set(sums)
    if len(known) != len(variables) + len(parameters) + len(values) + len(sums) or not known <= set(range(size)):
        raise InputError("graph: two nodes have one number, or a number is out of range")
    for node, parts in sums.items():
        for _, a, b in parts:
            if a not in known or (b != NONE and b not in known) or max(a, b) >= node:
                raise InputError(f"graph: node {node} has an operand that does not come before it")
    if not set(equations) <= known:
        raise InputError("graph: an equation is no node")
    names: dict[object, int] = {("constant", c): node for node, c in values.items()}
    names.update((parts, node) for node, parts in sums.items())
    graph = Graph(variables, parameters, values, sums, size, names)
    return PolynomialSystem(graph, equations, symmetric=bool(arrays["symmetric"]))
