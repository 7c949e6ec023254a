"""Straight-line program: an expression graph compiled to the tape that the native core interprets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from critlocus.tape.derivatives import jacobian
from critlocus.tape.graph import NONE, Graph, Term


@dataclass(frozen=True, eq=False)
class Program:
    """The tape of F and its Jacobian: register layout and code as described in ``native/tape.hpp``."""

    n: int
    n_params: int
    n_equations: int
    first_f: int
    first_j: int
    ld: int
    symmetric: bool
    constants: NDArray[np.complex128]
    coefficients: tuple[float, ...]
    f_inner: NDArray[np.int32]
    f_outer: NDArray[np.int32]
    j_code: NDArray[np.int32]
    j_zeros: NDArray[np.int32]


def compile_program(graph: Graph, equations: Sequence[int], *, symmetric: bool) -> Program:
    """Compile ``equations`` with their Jacobian by the graph's variables.

    Parameters
    ----------
    graph : Graph
        All its variables and parameters become registers, in their order of creation.
    equations : sequence of int
        Nodes of F, one per row.
    symmetric : bool
        F is a gradient: only the lower triangle of J is computed, and J is factored as L D L^T.
    """
    entries = jacobian(graph, equations, graph.variables, lower=symmetric)
    return _Compiler(graph, list(equations), entries, symmetric).program()


class _Compiler:
    def __init__(
        self, graph: Graph, equations: list[int], entries: dict[tuple[int, int], int], symmetric: bool
    ) -> None:
        self.graph = graph
        self.equations = equations
        self.entries = entries
        self.symmetric = symmetric
        self.sums = _inline(graph, [*equations, *entries.values()])
        self.coefficients: dict[float, int] = {1.0: 0, -1.0: 1}
        self.affine = {*graph.parameters, *graph.constants}

    def program(self) -> Program:
        graph, n, m = self.graph, len(self.graph.variables), len(self.equations)
        f_nodes = self._needed(self.equations)
        j_nodes = [v for v in self._needed(self.entries.values()) if v not in set(f_nodes)]
        used = {v for node in [*f_nodes, *j_nodes] for _, a, b in self.sums[node] for v in (a, b)}
        constants = [c for c in graph.constants if c in used | {*self.equations, *self.entries.values()}]
        register = {v: i for i, v in enumerate([*graph.variables, *graph.parameters, *constants])}
        free = len(register)
        read_by_f = {v for node in f_nodes for _, a, b in self.sums[node] for v in (a, b)}

        outputs: dict[int, int] = {}  # equation node -> its row, where the node is computed in place
        for row, node in enumerate(self.equations):
            if node in self.sums and node not in outputs:
                outputs[node] = row
        for node in f_nodes:
            if node not in outputs:
                register[node] = free
                free += 1
        first_f = free
        for node, row in outputs.items():
            register[node] = first_f + row
        free = first_f + m
        places: dict[int, tuple[int, int]] = {}
        read = {v for node in j_nodes for _, a, b in self.sums[node] for v in (a, b)}
        for key, node in self.entries.items():
            if node in self.sums and node not in register and node not in read:
                places.setdefault(node, key)
        for node in j_nodes:
            if node not in places:
                register[node] = free
                free += 1
        first_j, ld = free, n | 1
        for node, (i, k) in places.items():
            register[node] = first_j + i * ld + k

        inner: list[int] = []
        outer: list[int] = []
        j_code: list[int] = []
        for node in f_nodes:
            direct = node in outputs and node not in read_by_f
            self._emit(outer if direct else inner, register, register[node], self.sums[node])
        for row, node in enumerate(self.equations):
            if outputs.get(node) != row:
                self._emit(outer, register, first_f + row, ((1.0, node, NONE),))
        for node in j_nodes:
            self._emit(j_code, register, register[node], self.sums[node])
        for (i, k), node in self.entries.items():
            if places.get(node) != (i, k):
                self._emit(j_code, register, first_j + i * ld + k, ((1.0, node, NONE),))
        zeros = [
            first_j + i * ld + k
            for i in range(m)
            for k in range(i + 1 if self.symmetric else n)
            if (i, k) not in self.entries
        ]
        return Program(
            n=n,
            n_params=len(graph.parameters),
            n_equations=m,
            first_f=first_f,
            first_j=first_j,
            ld=ld,
            symmetric=self.symmetric,
            constants=np.array([graph.constants[c] for c in constants], dtype=np.complex128),
            coefficients=tuple(self.coefficients),
            f_inner=np.array(inner, dtype=np.int32),
            f_outer=np.array(outer, dtype=np.int32),
            j_code=np.array(j_code, dtype=np.int32),
            j_zeros=np.array(zeros, dtype=np.int32),
        )

    def _needed(self, outputs: Iterable[int]) -> list[int]:
        seen: set[int] = set()
        stack = list(outputs)
        while stack:
            node = stack.pop()
            if node in seen or node not in self.sums:
                continue
            seen.add(node)
            for _, a, b in self.sums[node]:
                stack += (a, b)
        return sorted(seen)

    def _emit(self, code: list[int], register: dict[int, int], dst: int, terms: Sequence[Term]) -> None:
        full: list[int] = []
        with_affine: list[int] = []
        misc: list[int] = []
        for c, a, b in terms:
            if c == 1.0 and b != NONE:
                if a in self.affine:
                    a, b = b, a
                pair = (register[a], register[b])
                if b in self.affine and a not in self.affine:
                    with_affine += pair
                else:
                    full += pair
            else:
                index = self.coefficients.setdefault(c, len(self.coefficients))
                misc += (index, register[a], NONE if b == NONE else register[b])
        code += (dst, len(full) // 2, len(with_affine) // 2, len(misc) // 3, *full, *with_affine, *misc)


def _exact(c: float, d: float) -> bool:
    """Tell whether c * d is not rounded: merging must not change the polynomial."""
    return c in {1.0, -1.0} or d in {1.0, -1.0} or Fraction(c) * Fraction(d) == Fraction(c * d)


def _inline(graph: Graph, outputs: Sequence[int]) -> dict[int, tuple[Term, ...]]:
    """Return the reachable sums, with sums that are used once, and linearly, merged into their user."""
    order = graph.reachable(outputs)
    uses: Counter[int] = Counter(outputs)
    for node in order:
        for _, a, b in graph.sums[node]:
            uses[a] += 1
            uses[b] += 1
    merged: dict[int, tuple[Term, ...]] = {}
    for node in order:
        terms: list[Term] = []
        for c, a, b in graph.sums[node]:
            if b == NONE and a in merged and uses[a] == 1 and all(_exact(c, d) for d, _, _ in merged[a]):
                terms += [(c * d, e, f) for d, e, f in merged.pop(a)]
            else:
                terms.append((c, a, b))
        merged[node] = tuple(terms)
    return merged
