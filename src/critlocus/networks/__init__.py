"""Architectures: parametrisation map, symmetries and zero patterns of each kind of network."""

from critlocus.networks.network import Network
from critlocus.networks.symmetry import SignGroup, sign_group
from critlocus.networks.zero_patterns import ZeroPattern, zero_patterns

__all__ = ["Network", "SignGroup", "ZeroPattern", "sign_group", "zero_patterns"]
