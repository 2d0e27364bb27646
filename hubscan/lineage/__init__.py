"""The graph of base models over all hubs: `graph` builds and walks it, `family` answers for one model, `draw` shows it.

Nodes are repos, base models on file (`bases.py`) under any of their names, and named bases nobody has read. Nothing is
left out to make a tree of it: cycles, parents that nobody read, and hubs and headers that disagree are in the answer.
"""

from hubscan.lineage.family import Family, family
from hubscan.lineage.graph import Builder, Graph, build

__all__ = ["Builder", "Family", "Graph", "build", "family"]
