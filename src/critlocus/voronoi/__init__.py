"""Voronoi cells of a variety."""

from critlocus.voronoi.cell import KIND, VoronoiCell
from critlocus.voronoi.run import voronoi

__all__ = ["KIND", "VoronoiCell", "voronoi"]
