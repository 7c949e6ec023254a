"""Expression graph: polynomials as sums of products, never expanded to monomials.

A node is a variable, a parameter, a constant, or a fused sum of products ``sum c * a * b``. Equal nodes are one node
(hash consing), so common subexpressions, and the ones that differentiation makes, are shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NONE = -1
Term = tuple[float, int, int]
"""``(c, a, b)`` stands for ``c * a * b``; ``b = NONE`` for ``c * a``."""


@dataclass
class Graph:
    """A growing set of nodes. Node numbers are in topological order: operands come before their sums."""

    variables: list[int] = field(default_factory=list)
    parameters: list[int] = field(default_factory=list)
    constants: dict[int, complex] = field(default_factory=dict)
    sums: dict[int, tuple[Term, ...]] = field(default_factory=dict)
    _size: int = 0
    _known: dict[object, int] = field(default_factory=dict)

    def _new(self) -> int:
        self._size += 1
        return self._size - 1

    def __len__(self) -> int:
        return self._size

    def variable(self) -> int:
        """Return a new variable."""
        node = self._new()
        self.variables.append(node)
        return node

    def parameter(self) -> int:
        """Return a new parameter."""
        node = self._new()
        self.parameters.append(node)
        return node

    def constant(self, value: complex) -> int:
        """Return the node of a constant."""
        key = ("constant", complex(value))
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = self._new()
            self.constants[node] = complex(value)
        return node

    def sum(self, terms: Iterable[Term]) -> int:
        """Return the node of ``sum c * a * b``, simplified: constants folded, like terms collected."""
        collected: dict[tuple[int, int], float] = {}
        total = 0j
        for c, a, b in terms:
            factor: complex = c
            if b != NONE and b in self.constants:
                a, b = b, a
            if a in self.constants:
                factor *= self.constants[a]
                a, b = b, NONE
                if a != NONE and a in self.constants:
                    factor *= self.constants[a]
                    a = NONE
            if factor == 0:
                continue
            if a == NONE:
                total += factor
                continue
            if isinstance(factor, complex) and factor.imag != 0:
                if b != NONE:
                    a, b = self.sum([(1.0, a, b)]), NONE
                b = self.constant(factor)
                factor = 1.0
            key = (a, b) if b == NONE or a <= b else (b, a)
            collected[key] = collected.get(key, 0.0) + factor.real
        if total != 0:
            one = self.constant(total)
            collected[(one, NONE)] = collected.get((one, NONE), 0.0) + 1.0
        simplified = tuple(sorted((c, a, b) for (a, b), c in collected.items() if c != 0))
        if not simplified:
            return self.constant(0)
        if len(simplified) == 1 and simplified[0][0] == 1.0 and simplified[0][2] == NONE:
            return simplified[0][1]
        node = self._known.get(simplified)
        if node is None:
            node = self._known[simplified] = self._new()
            self.sums[node] = simplified
        return node

    def product(self, a: int, b: int) -> int:
        """Return ``a * b``."""
        return self.sum([(1.0, a, b)])

    def dot(self, a: Sequence[int], b: Sequence[int]) -> int:
        """Return ``sum_i a[i] * b[i]``."""
        return self.sum((1.0, x, y) for x, y in zip(a, b, strict=True))

    def is_zero(self, node: int) -> bool:
        """Tell whether a node is the constant 0."""
        return self.constants.get(node) == 0

    def reachable(self, outputs: Iterable[int]) -> list[int]:
        """Return the sums that the outputs need, in topological order."""
        seen: set[int] = set()
        stack = list(outputs)
        while stack:
            node = stack.pop()
            if node in seen or node not in self.sums:
                continue
            seen.add(node)
            for _, a, b in self.sums[node]:
                stack.append(a)
                if b != NONE:
                    stack.append(b)
        return sorted(seen)
