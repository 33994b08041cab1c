"""Spectral bounds where a solver gives fewer pairs than there are rows."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.graph import Graph
from graphemb.reconstruction import bounds
from graphemb.reconstruction.bounds import spectral_bound


@pytest.mark.parametrize("fixture", ["community_graph", "directed_graph"])
def test_ranks_beyond_the_pairs_found_get_the_last_share(fixture, request, monkeypatch):
    graph: Graph = request.getfixturevalue(fixture)
    n = graph.n_nodes
    whole = spectral_bound(graph, [2, n - 1, n, n + 5])

    def one_less(solve):
        return lambda A, k, **how: tuple(part[..., : n - 1] for part in solve(A, k, **how))

    for name in ("top_eigenpairs", "top_singular_triplets"):
        monkeypatch.setattr(bounds, name, one_less(getattr(bounds, name)))
    found = spectral_bound(graph, [2, n - 1, n, n + 5])
    np.testing.assert_allclose(found.iloc[:2], whole.iloc[:2])
    np.testing.assert_array_equal(found["captured"].iloc[2:], found["captured"].iloc[1])
