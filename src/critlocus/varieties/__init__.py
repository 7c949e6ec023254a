"""Varieties: neurovarieties, matrices of bounded rank, and whatever is given by a parametrisation or by equations."""

from critlocus.varieties.algebraic import Equations, Parametrization
from critlocus.varieties.matrices import RankMatrices, RankOneTensors, SymmetricMatrices
from critlocus.varieties.neurovariety import Neurovariety
from critlocus.varieties.parse import parse_architecture, parse_variety
from critlocus.varieties.variety import Ambient, ImplicitVariety, ParametrizedVariety, Variety, is_parametrized

__all__ = [
    "Ambient",
    "Equations",
    "ImplicitVariety",
    "Neurovariety",
    "Parametrization",
    "ParametrizedVariety",
    "RankMatrices",
    "RankOneTensors",
    "SymmetricMatrices",
    "Variety",
    "is_parametrized",
    "parse_architecture",
    "parse_variety",
]  # fmt: skip
