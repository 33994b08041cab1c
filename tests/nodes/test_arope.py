"""AROPE against the dense sum of powers."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.errors import DataWarning, ParameterError
from graphemb.nodes.arope import AROPE


@pytest.mark.parametrize("weights", [(1,), (1, 0.1), (0, 1), (1, 0.1, 0.01), (0, 0, 0, 1)])
@pytest.mark.parametrize("solver", ["dense", "arpack"])
@pytest.mark.parametrize("scale", ["spectral-radius", None])
def test_error_is_the_optimum_of_the_dense_sum(community_graph, weights, solver, scale):
    A = community_graph.adjacency.toarray()
    A = A / np.linalg.eigvalsh(A).max() if scale else A
    S = sum(w * np.linalg.matrix_power(A, i) for i, w in enumerate(weights, 1))
    e = AROPE(dim=7, weights=weights, scale=scale, solver=solver).fit(community_graph).embedding_
    optimum = np.sqrt((np.linalg.svd(S, compute_uv=False)[7:] ** 2).sum())
    assert np.linalg.norm(S - e.vectors @ e.context.T) == pytest.approx(optimum, rel=1e-4)
    assert e.numbers_per_node == 7


@pytest.mark.parametrize(
    "settings", [{"weights": (1, -0.1)}, {"weights": (0, 0)}, {"weights": (float("inf"),)}, {"weights": ()}, {"scale": "norm"}]
)
def test_refused_settings(settings, path_graph):
    with pytest.raises(ParameterError):
        AROPE(dim=2, **settings).fit(path_graph)


def test_directed_graph_is_symmetrised_with_a_warning(directed_graph):
    with pytest.warns(DataWarning, match="knows no directions"):
        e = AROPE(dim=4).fit(directed_graph).embedding_
    assert e.meta["notes"]["symmetrised"] is True
    np.testing.assert_array_equal(e.vectors, AROPE(dim=4).fit(directed_graph.undirected()).embedding_.vectors)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "expected"), [("ca-grqc", 0.380), ("ppi", 0.343)])
def test_reference_values(real_map, name, expected):
    assert real_map(AROPE(dim=128, scale=None), name) == pytest.approx(expected, abs=0.005)
