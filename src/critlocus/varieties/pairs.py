"""The product of a variety with itself: pairs of its points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from critlocus.tape.graph import Graph
from critlocus.varieties.variety import Ambient, ImplicitVariety, ParametrizedVariety


def _ambient(one: Ambient) -> Ambient:
    names = tuple(f"{letter} {name}" for letter in "xy" for name in one.names)
    return Ambient(names, one.frobenius * 2)


@dataclass(frozen=True, eq=False)
class ParametrizedPairs:
    """Pairs of points of a parametrised variety; first all coordinates of x, then those of y.

    Parameters
    ----------
    one : ParametrizedVariety
    """

    one: ParametrizedVariety

    @property
    def name(self) -> str:
        """Name of the variety."""
        return self.one.name

    @property
    def ambient(self) -> Ambient:
        """Twice the coordinates."""
        return _ambient(self.one.ambient)

    @property
    def n_weights(self) -> int:
        """Parameters of both points."""
        return 2 * self.one.n_weights

    @property
    def weight_names(self) -> list[str]:
        """Names of the parameters."""
        return [f"{letter} {name}" for letter in "xy" for name in self.one.weight_names]

    @property
    def units(self) -> list[list[int]]:
        """Groups of parameters that charts may mix, those of x first."""
        return self.one.units + [[k + self.one.n_weights for k in unit] for unit in self.one.units]

    @property
    def last_layer(self) -> list[int]:
        """None is used."""
        return []

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the coordinates of both points."""
        n = self.one.n_weights
        return self.one.mu(graph, theta[:n]) + self.one.mu(graph, theta[n:])


@dataclass(frozen=True, eq=False)
class ImplicitPairs:
    """Pairs of points of the zero set of polynomials.

    Parameters
    ----------
    one : ImplicitVariety
    """

    one: ImplicitVariety

    @property
    def name(self) -> str:
        """Name of the variety."""
        return self.one.name

    @property
    def ambient(self) -> Ambient:
        """Twice the coordinates."""
        return _ambient(self.one.ambient)

    def equations(self, graph: Graph, x: Sequence[int]) -> list[int]:
        """Return the equations of both points."""
        n = len(self.one.ambient)
        return self.one.equations(graph, x[:n]) + self.one.equations(graph, x[n:])
