"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from graphemb.data.graph import Graph


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, for tests marked ``shared``."""
    folder = os.environ.get("GRAPHEMB_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("GRAPHEMB_DATA names no folder with the real data sets")
    return Path(folder).resolve()


@pytest.fixture
def path_graph() -> Graph:
    """a - b - c - d."""
    return Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])


@pytest.fixture
def directed_graph() -> Graph:
    """Forty nodes, directed, with cycles, a sink and an isolated node."""
    rng = np.random.default_rng(7)
    adjacency = (rng.random((40, 40)) < 0.1).astype(float)
    np.fill_diagonal(adjacency, 0)
    adjacency[5] = 0
    adjacency[:, 6] = adjacency[6] = 0
    return Graph(adjacency, directed=True)


@pytest.fixture
def community_graph() -> Graph:
    """Sixty nodes in three communities, undirected."""
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1, 2], 20)
    probability = np.where(group[:, None] == group, 0.4, 0.03)
    upper = np.triu(rng.random((60, 60)) < probability, 1)
    return Graph((upper | upper.T).astype(float))
