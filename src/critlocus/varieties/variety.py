"""What every variety offers: coordinates of an ambient space, and a parametrisation or equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from critlocus.networks.polynomials import Exponents
from critlocus.tape.graph import Graph

if TYPE_CHECKING:
    from typing_extensions import TypeIs


@dataclass(frozen=True)
class Ambient:
    """A space of functions (or matrices, tensors, points) with a basis.

    Attributes
    ----------
    names : tuple of str, length N
        Names of the coordinates.
    frobenius : tuple of float, length N
        Squared lengths of the basis vectors in the Euclidean metric.
    monomials : tuple of exponents
        For spaces of polynomial functions: the coordinates are the coefficients of these monomials, output by output.
    n_inputs, n_outputs : int
        Of those functions.
    """

    names: tuple[str, ...]
    frobenius: tuple[float, ...]
    monomials: tuple[Exponents, ...] = field(default=())
    n_inputs: int = 0
    n_outputs: int = 1

    def __len__(self) -> int:
        return len(self.names)


class ParametrizedVariety(Protocol):
    """The closure of the image of a polynomial map ``mu``."""

    @property
    def name(self) -> str:
        """The text that names it on the command line."""
        ...

    @property
    def ambient(self) -> Ambient:
        """Where mu goes to."""
        ...

    @property
    def n_weights(self) -> int:
        """Number of parameters of mu."""
        ...

    @property
    def weight_names(self) -> list[str]:
        """One name per parameter."""
        ...

    @property
    def units(self) -> list[list[int]]:
        """Groups of parameters that charts of the gauge may mix."""
        ...

    @property
    def last_layer(self) -> list[int]:
        """Parameters in which mu is linear and homogeneous; none if mu has no such structure."""
        ...

    def mu(self, graph: Graph, theta: Sequence[int]) -> list[int]:
        """Return the coordinates over the nodes of the parameters."""
        ...


class ImplicitVariety(Protocol):
    """The zero set of polynomials, near the points where their Jacobian has full rank."""

    @property
    def name(self) -> str:
        """The text that names it on the command line."""
        ...

    @property
    def ambient(self) -> Ambient:
        """Where the points lie."""
        ...

    def equations(self, graph: Graph, x: Sequence[int]) -> list[int]:
        """Return the equations over the nodes of the coordinates."""
        ...


Variety = ParametrizedVariety | ImplicitVariety


def is_parametrized(variety: Variety) -> TypeIs[ParametrizedVariety]:
    """Tell a parametrised variety from an implicit one."""
    return hasattr(variety, "mu")
