"""Expected dimensions: proven upper bounds of the dimension that hold with equality unless something special happens.

* Networks with a power activation x^r, r >= 2: weights minus one scaling per hidden unit (of a convolutional network:
  per hidden layer); Kileel, Trager & Bruna, *On the expressive power of deep polynomial neural networks* (2019).
* Linear networks, with or without skip connections: the matrices of bounded rank.
* Other polynomial activations have no scalings: the number of weights.
* Lightning attention: V, and K^T Q of bounded rank, up to one scaling; Henry, Marchetti & Kohn, *Geometry of lightning
  self-attention* (2024).
* Matrices, symmetric matrices and rank-one tensors: the classical formulas. Parametrisations: the number of parameters.

Never more than the dimension of the ambient space. The difference to the dimension is the defect.
"""

from __future__ import annotations

from math import factorial, prod

from critlocus.networks.attention import Attention
from critlocus.networks.convolution import Convolution
from critlocus.networks.network import Network
from critlocus.networks.residual import Residual
from critlocus.varieties.matrices import RankMatrices, RankOneTensors, SymmetricMatrices
from critlocus.varieties.neurovariety import Neurovariety
from critlocus.varieties.variety import ParametrizedVariety


def expected_dimension(variety: ParametrizedVariety) -> tuple[int, str]:
    """Return the expected dimension of a parametrised variety, and how it is counted."""
    count, text = _count(variety)
    ambient = len(variety.ambient)
    return (ambient, "ambient space") if ambient <= count else (count, text)


def permutations(variety: ParametrizedVariety) -> int:
    """Return the number of permutations of hidden units (or of summands) that leave mu as it is."""
    if isinstance(variety, Neurovariety) and isinstance(variety.network, Network):
        return prod(factorial(w) for w in variety.network.widths[1:-1])
    return factorial(variety.rank) if isinstance(variety, SymmetricMatrices) else 1


def _count(variety: ParametrizedVariety) -> tuple[int, str]:
    if isinstance(variety, RankMatrices):
        return _bounded_rank(variety.rows, variety.columns, variety.rank), "matrices of bounded rank"
    if isinstance(variety, SymmetricMatrices):
        n, r = variety.size, variety.rank
        return n * r - r * (r - 1) // 2, "symmetric matrices of bounded rank"
    if isinstance(variety, RankOneTensors):
        return variety.n_weights - len(variety.shape) + 1, "entries of the factors minus scalings"
    return _of_network(variety) if isinstance(variety, Neurovariety) else (variety.n_weights, "parameters")


def _of_network(variety: Neurovariety) -> tuple[int, str]:
    net, weights = variety.network, variety.n_weights
    if isinstance(net, Attention):
        products = _bounded_rank(net.dim, net.dim, min(net.rank, net.dim))
        return products + net.dim * net.out - 1, "V and K^T Q minus one scaling"
    if isinstance(net, Residual):
        return _bounded_rank(net.n_outputs, net.n_inputs, min(net.widths)), "matrices of bounded rank"
    if isinstance(net, Convolution):
        scalings = len(net.filters) - 1 if net.sigma.is_power else 0
        return weights - scalings, "weights minus scalings of hidden layers" if scalings else "weights"
    if isinstance(net, Network) and net.sigma.degree == 1:
        bias = net.n_outputs if net.bias or not net.sigma.is_power else 0
        matrices = _bounded_rank(net.n_outputs, net.n_inputs, min(net.widths))
        return matrices + bias, "matrices of bounded rank" + (" and a shift" if bias else "")
    if isinstance(net, Network) and net.sigma.is_power:
        return weights - sum(net.widths[1:-1]), "weights minus scalings of hidden units"
    return weights, "weights"


def _bounded_rank(rows: int, columns: int, rank: int) -> int:
    return rank * (rows + columns - rank)
