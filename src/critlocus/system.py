"""General polynomial systems: from text, sympy expressions or the project's own graph, with parameters."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from math import inf
from typing import Any

from critlocus.errors import InputError
from critlocus.number_size import LARGEST
from critlocus.tape.graph import NONE, Graph
from critlocus.tape.system import PolynomialSystem

MAX_EXPONENT = 1000
_IMAGINARY = {"I", "im"}
_TOO_LARGE = "system: a number is too large for double precision; rescale the variables"


class System(PolynomialSystem):
    """A polynomial system F(x; p) = 0.

    Parameters
    ----------
    polynomials : sequence
        Text such as ``"x^2 + 3*x*y - a"`` (``^`` and ``**`` are powers, ``I`` is the imaginary unit), or anything whose
        ``str`` reads so, such as sympy expressions.
    variables : sequence of str, optional
        Order of the variables; default: all names that are no parameters, as they first appear.
    parameters : sequence of str
        Names that are parameters.

    Raises
    ------
    InputError
        If a polynomial cannot be read.

    Examples
    --------
    >>> System(["x^2 + y^2 - r", "x - y"], parameters=["r"]).variable_names
    ('x', 'y')
    """

    variable_names: tuple[str, ...]
    parameter_names: tuple[str, ...]

    def __init__(
        self, polynomials: Sequence[Any], variables: Sequence[str] | None = None, parameters: Sequence[str] = ()
    ) -> None:
        trees = [_parse(str(p)) for p in polynomials]
        if not trees:
            raise InputError("system: there are no polynomials")
        names = dict.fromkeys(name for tree in trees for name in _names(tree))
        if variables is None:
            variables = [name for name in names if name not in parameters]
        unknown = set(names) - set(variables) - set(parameters)
        if unknown:
            raise InputError(f"system: {', '.join(sorted(unknown))}: neither variables nor parameters")
        if not variables or set(variables) & set(parameters):
            raise InputError("system: no variables, or a name is both a variable and a parameter")
        graph = Graph()
        nodes = {name: graph.variable() for name in variables} | {name: graph.parameter() for name in parameters}
        reader = _Reader(graph, nodes)
        super().__init__(graph, [reader.read(tree) for tree in trees])
        self.variable_names, self.parameter_names = tuple(variables), tuple(parameters)

    @classmethod
    def from_file(cls, path: str, parameters: Sequence[str] = ()) -> System:
        """Read a text file with one polynomial per line; ``#`` starts a comment, ``= 0`` at the end is allowed."""
        try:
            with open(path, encoding="utf-8") as file:
                lines = [line.partition("#")[0].strip().rstrip(";,") for line in file]
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: not a readable text file ({error})") from None
        return cls([line.removesuffix("= 0").removesuffix("=0") for line in lines if line], parameters=parameters)


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip().replace("^", "**"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(f"system: cannot read the polynomial {_short(text)}") from None


def _names(tree: ast.expr) -> list[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in _IMAGINARY]
    return [node.id for node in sorted(found, key=lambda node: (node.lineno, node.col_offset))]


class _Reader:
    """Turns a syntax tree into nodes; constants are folded exactly, as fractions, before they are rounded."""

    def __init__(self, graph: Graph, nodes: dict[str, int]) -> None:
        self.graph, self.nodes = graph, nodes

    def read(self, tree: ast.expr) -> int:
        value = self._value(tree)
        return self._node(value)

    def _node(self, value: int | _Constant) -> int:
        return self.graph.constant(value.checked().rounded()) if isinstance(value, _Constant) else value

    def _value(self, tree: ast.expr) -> int | _Constant:
        if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float) and not isinstance(tree.value, bool):
            return _literal(tree.value)
        if isinstance(tree, ast.Constant) and isinstance(tree.value, complex):
            return _literal(tree.value.imag).times(_Constant(Fraction(0), Fraction(1)))
        if isinstance(tree, ast.Name):
            return _Constant(Fraction(0), Fraction(1)) if tree.id in _IMAGINARY else self.nodes[tree.id]
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, (ast.USub, ast.UAdd)):
            value = self._value(tree.operand)
            return value if isinstance(tree.op, ast.UAdd) else self._product(_Constant(Fraction(-1)), value)
        if isinstance(tree, ast.BinOp):
            return self._binary(tree)
        raise InputError(f"system: {_short(ast.unparse(tree))} is not a polynomial")

    def _binary(self, tree: ast.BinOp) -> int | _Constant:
        if isinstance(tree.op, ast.Mult):
            return self._products(tree)
        a, b = self._value(tree.left), self._value(tree.right)
        if isinstance(tree.op, (ast.Add, ast.Sub)):
            if isinstance(a, _Constant) and isinstance(b, _Constant):
                return a.combine(b, operator.add if isinstance(tree.op, ast.Add) else operator.sub)
            sign = 1.0 if isinstance(tree.op, ast.Add) else -1.0
            return self.graph.sum([(1.0, self._node(a), NONE), (sign, self._node(b), NONE)])
        if isinstance(tree.op, ast.Div) and isinstance(b, _Constant) and b.size():
            return self._product(a, b.inverse())
        if isinstance(tree.op, ast.Pow) and isinstance(b, _Constant) and b.is_natural():
            return self._power(a, int(b.real))
        raise InputError(f"system: {_short(ast.unparse(tree))} is not a polynomial")

    def _products(self, tree: ast.BinOp) -> int | _Constant:
        """Multiply parameters last: equations share monomials, and Taylor arithmetic is cheap for parameters."""
        factors: list[int | _Constant] = []
        rest: ast.expr = tree
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Mult):
            factors.append(self._value(rest.right))
            rest = rest.left
        factors.append(self._value(rest))
        factors.reverse()
        parameters = set(self.graph.parameters)
        return reduce(self._product, sorted(factors, key=lambda f: f in parameters))

    def _product(self, a: int | _Constant, b: int | _Constant) -> int | _Constant:
        if isinstance(a, _Constant) and isinstance(b, _Constant):
            return a.times(b).checked()
        return self.graph.product(self._node(a), self._node(b))

    def _power(self, a: int | _Constant, exponent: int) -> int | _Constant:
        result: int | _Constant = _Constant(Fraction(1))
        while exponent:
            if exponent % 2:
                result = self._product(result, a)
            a, exponent = self._product(a, a), exponent // 2
        return result


def _literal(value: float) -> _Constant:
    """Return the exact value of a number as it is written; Python reads infinity where it is too large."""
    if value == inf:
        raise InputError(_TOO_LARGE)
    return _Constant(Fraction(str(value))).checked()


class _Constant:
    """An exact complex number."""

    def __init__(self, real: Fraction, imag: Fraction = Fraction(0)) -> None:
        self.real, self.imag = real, imag

    def rounded(self) -> complex:
        return complex(float(self.real), float(self.imag))

    def size(self) -> Fraction:
        return self.real**2 + self.imag**2

    def checked(self) -> _Constant:
        """Return the number as it is; InputError if it is too large."""
        if self.size() > Fraction(LARGEST) ** 2:
            raise InputError(_TOO_LARGE)
        return self

    def combine(self, other: _Constant, op: Callable[[Fraction, Fraction], Fraction]) -> _Constant:
        return _Constant(op(self.real, other.real), op(self.imag, other.imag))

    def times(self, other: _Constant) -> _Constant:
        real = self.real * other.real - self.imag * other.imag
        return _Constant(real, self.real * other.imag + self.imag * other.real)

    def inverse(self) -> _Constant:
        return _Constant(self.real / self.size(), -self.imag / self.size())

    def is_natural(self) -> bool:
        return self.imag == 0 and self.real.denominator == 1 and 0 <= self.real <= MAX_EXPONENT


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
