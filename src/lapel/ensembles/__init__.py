"""Ensembles of decision trees over floats -> Graph: thresholds that decide as floats do, leaves as integers."""

from lapel.ensembles.conversion import forest_graph
from lapel.ensembles.ensemble import Ensemble, Tree
from lapel.ensembles.grid import Grid, grid_of

__all__ = ["Ensemble", "Grid", "Tree", "forest_graph", "grid_of"]
