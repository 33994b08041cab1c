"""Users who share items, items that share neighbours: toy graphs by hand, PyG as an oracle, the sizes of TikTok."""

from __future__ import annotations

import lzma

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels import hypergraphs as kernel
from graphemb.kernels.hypergraphs import item_hypergraph, nearest_items, neighbour_graph, neighbour_incidence, user_hypergraph

LOOK = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
SOUND = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.2], [0.2, 1.0]])


def dense_users(R: np.ndarray) -> np.ndarray:
    shared = R @ R.T
    np.fill_diagonal(shared, 0)
    totals = shared.sum(axis=1, keepdims=True)
    return np.divide(shared, totals, out=np.zeros_like(shared), where=totals > 0)


def dense_items(incidences: list[np.ndarray]) -> np.ndarray:
    H = np.hstack(incidences)
    A = H @ H.T
    d = A.sum(axis=1) ** -0.5
    return d[:, None] * A * d


def test_users_by_hand():
    W = user_hypergraph(sp.csr_array(np.float32([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])))
    assert W.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert W.dtype == np.float32 and W.indices.dtype == np.int32


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_users_equal_the_dense_formula(n_jobs):
    R = (np.random.default_rng(0).random((40, 25)) < 0.1).astype(np.float32)
    W = user_hypergraph(sp.csr_array(R), n_jobs=n_jobs)
    np.testing.assert_allclose(W.toarray(), dense_users(R), rtol=1e-6)
    sums = W.sum(axis=1)
    np.testing.assert_allclose(sums[sums > 0], 1, rtol=1e-6)
    assert not W.diagonal().any()


def test_too_many_pairs_of_users_are_counted_and_refused():
    R = sp.csr_array(np.ones((50, 2), np.float32))
    with pytest.raises(DataError, match=r"2,500 ordered pairs.*u2u=False"):
        user_hypergraph(R, most=2_499)
    assert user_hypergraph(R, most=2_500).nnz == 2_450


def test_items_by_hand():
    N = [neighbour_incidence(features, 2) for features in (LOOK, SOUND)]
    assert N[0].toarray().tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    A = sum((n @ n.T).toarray() for n in N)
    assert A.diagonal().tolist() == [4, 4, 4, 4]  # two modalities of two neighbours
    W = item_hypergraph(N)
    np.testing.assert_allclose(W.toarray(), dense_items([n.toarray() for n in N]), rtol=1e-6)
    assert (W.toarray() == W.toarray().T).all() and (W.diagonal() > 0).all()


@pytest.mark.parametrize("block", [50, 10**9])
def test_neighbours_equal_sorting_all_cosines(monkeypatch, block):
    monkeypatch.setattr(kernel, "BLOCK", block)
    x = np.random.default_rng(1).normal(size=(60, 7))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    np.testing.assert_array_equal(nearest_items(x, 6, n_jobs=1), np.argsort(-cosines, axis=1)[:, :6])


def test_items_without_features_have_themselves_alone():
    x = np.vstack([LOOK, [[0, 0], [np.nan, np.nan]]])
    N = neighbour_incidence(x, 3)
    assert N[[4, 5]].toarray().tolist() == np.eye(6)[[4, 5]].tolist()
    assert N[[0, 1, 2, 3]].toarray()[:, 4:].sum() == 0
    assert item_hypergraph([N]).diagonal()[4:].tolist() == [1, 1]


def test_an_item_is_its_own_neighbour_among_many_duplicates():
    N = neighbour_incidence(np.ones((9, 2)), 3)
    assert (N.diagonal() == 1).all() and N.sum(axis=1).tolist() == [3] * 9


def test_negative_cosines_count_as_ones():
    N = neighbour_incidence(np.array([[1.0], [-1.0]]), 2)
    assert N.toarray().tolist() == [[1, 1], [1, 1]]


def test_more_neighbours_than_items_takes_all_with_a_warning():
    with pytest.warns(DataWarning, match="3 others"):
        N = neighbour_incidence(LOOK, 9)
    assert N.toarray().tolist() == np.ones((4, 4)).tolist()


def test_all_features_missing():
    with pytest.warns(DataWarning, match="0 others"):
        assert neighbour_incidence(np.full((3, 2), np.nan), 2).toarray().tolist() == np.eye(3).tolist()


@pytest.mark.parametrize("factor", [1e-30, 1e300])
def test_the_size_of_features_does_not_matter(factor):
    np.testing.assert_array_equal(nearest_items(LOOK * factor, 2), nearest_items(LOOK, 2))


def test_bad_input():
    with pytest.raises(ParameterError, match="at least 1"):
        nearest_items(LOOK, 0)
    with pytest.raises(ParameterError, match="at least 1"):
        neighbour_incidence(LOOK, 0)
    with pytest.raises(DataError, match="finite"):
        nearest_items(np.array([[1.0, np.inf]]), 1)
    with pytest.raises(ParameterError, match="modality"):
        item_hypergraph([])
    with pytest.raises(DataError, match="same items"):
        item_hypergraph([sp.csr_array(np.eye(2)), sp.csr_array(np.eye(3))])


@pytest.mark.parametrize(("directed", "edges"), [(True, 4), (False, 2)])
def test_the_graph_of_neighbours(directed, edges):
    graph = neighbour_graph(np.vstack([LOOK, [[np.nan, np.nan]]]), 1, list("abcde"), directed=directed)
    assert graph.n_edges == edges and graph.directed is directed
    assert graph.degree().tolist() == [1, 1, 1, 1, 0]
    assert graph.meta["reading"] == {"neighbours": 1, "without_features": 1}


def test_items_equal_pyg_hypergraph_conv():
    torch = pytest.importorskip("torch")
    from torch_geometric.nn import HypergraphConv

    rng = np.random.default_rng(2)
    N = [sp.csr_array(neighbour_incidence(rng.normal(size=(20, 4)), 3).T) for _ in range(2)]  # transposed: hyperedges of 3 items each
    H = sp.coo_array(sp.hstack(N))
    d = np.sqrt(H @ (H.T @ np.ones(20)))[:, None]
    conv = HypergraphConv(5, 5, bias=False)
    torch.nn.init.eye_(conv.lin.weight)
    x = rng.normal(size=(20, 5))
    # PyG computes D^{-1} H B^{-1} H^T x, D the weights of a node's hyperedges: with B = 3 and weights 3, a third of D^{-1} H H^T x
    index = torch.from_numpy(np.stack([H.row, H.col]).astype(np.int64))
    with torch.no_grad():
        theirs = 3 * conv(torch.tensor(x / d, dtype=torch.float32), index, torch.full((40,), 3.0)).numpy() * d
    np.testing.assert_allclose(item_hypergraph(N) @ x, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.shared
def test_sizes_on_tiktok(shared_data):
    folder = shared_data / "rec" / "tiktok"
    with lzma.open(folder / "train.txt.xz", "rt") as file:
        rows = [line.split() for line in file]
    users = np.repeat([int(row[0]) for row in rows], [len(row) - 1 for row in rows])
    items = np.array([int(item) for row in rows for item in row[1:]])
    R = sp.csr_array((np.ones(len(users), np.float32), (users, items)), shape=(9_308, 6_710))
    W = user_hypergraph(R, n_jobs=1)
    assert (W.nnz, int((np.diff(W.indptr) == 0).sum())) == (1_357_514, 122)
    N = []
    for name in ("image", "audio"):
        with lzma.open(folder / f"{name}_feat.npy.xz") as file:
            N.append(neighbour_incidence(np.load(file), 5, n_jobs=1))
    assert abs(item_hypergraph(N).nnz - 426_168) < 50  # 70 items have ties at the fifth place, which rounding breaks this way or that
    sums = sum(n @ n.T for n in N).sum(axis=1)
    assert (sums.min(), sums.max()) == (29, 304)
