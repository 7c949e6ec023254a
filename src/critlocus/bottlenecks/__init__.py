"""Bottlenecks of a variety, its curvature, and its reach."""

from critlocus.bottlenecks.pairs import KIND, Bottlenecks
from critlocus.bottlenecks.run import bottlenecks

__all__ = ["KIND", "Bottlenecks", "bottlenecks"]
