"""restore, from small graphs with known answers to properties that must hold for all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError
from graphemb.kernels.counting import chance_level
from graphemb.kernels.hops import hop_sets
from graphemb.reconstruction import ranking
from graphemb.reconstruction.restore import restore


def random_graph(seed: int, n: int = 25, *, directed: bool = False) -> Graph:
    rng = np.random.default_rng(seed)
    pattern = sp.csr_array(rng.random((n, n)) < 0.12, dtype=float)
    return Graph(pattern if directed else pattern.maximum(pattern.T), directed=directed)


def integer_embedding(graph: Graph, seed: int, *, context: bool = False) -> Embedding:
    """Few distinct scores, all exact in float32: ties whatever the order of summation."""
    rng = np.random.default_rng(seed)
    sides = [rng.integers(-2, 3, (graph.n_nodes, 3)) for _ in range(2 if context else 1)]
    return Embedding(graph.names, *sides)


def naive_map(scores: np.ndarray, graph: Graph, hop: int = 1, kind: str = "ball") -> float:
    """mAP by sorting a dense matrix of scores, ties by their expectation."""
    found = hop_sets(graph.adjacency, np.arange(graph.n_nodes), hop)
    sets = found.ball(hop) if kind == "ball" else found.ring(hop)
    values = []
    for u in range(graph.n_nodes):
        others = np.delete(np.arange(graph.n_nodes), u)
        relevant = np.isin(others, sets.of(u))
        if relevant.any():
            values.append(_naive_ap(scores[u, others], relevant))
    return float(np.mean(values))


def _naive_ap(scores: np.ndarray, relevant: np.ndarray) -> float:
    total, q, P = 0.0, 0, 0
    for value in np.unique(scores)[::-1]:
        t, p = np.count_nonzero(scores == value), np.count_nonzero(relevant[scores == value])
        i = np.arange(1, t + 1)
        total += np.sum(p / t * (P + 1 + (i - 1) * (p - 1) / max(t - 1, 1)) / (q + i))
        q, P = q + t, P + p
    return total / relevant.sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 3), st.sampled_from(["ball", "ring"]), st.integers(1, 4))
def test_equals_the_dense_evaluator_whatever_the_blocks(seed: int, directed: bool, hop: int, kind: str, rows: int) -> None:
    graph = random_graph(seed, directed=directed)
    e = integer_embedding(graph, seed, context=directed)
    scores = e.vectors @ (e.vectors if e.context is None else e.context).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "rows_per_block", lambda n: rows)
        frame = restore(e, graph, hops=hop, relevant=kind).to_frame()
    assert frame["mAP"].iloc[0] == pytest.approx(naive_map(scores, graph, hop, kind), abs=1e-12)
    if directed:
        assert frame["mAP"].iloc[1] == pytest.approx(naive_map(scores.T, graph.reverse(), hop, kind), abs=1e-12)


def test_the_adjacency_matrix_scores_exactly_one(community_graph: Graph) -> None:
    perfect = Embedding(community_graph.names, community_graph.adjacency.toarray(), np.eye(60))
    row = restore(perfect, community_graph).to_frame().iloc[0]
    assert row["mAP"] == row["mAP_low"] == row["mAP_high"] == row["corrected"] == 1.0


def test_equal_scores_give_the_chance_level(community_graph: Graph) -> None:
    row = restore(Embedding(community_graph.names, np.ones((60, 1))), community_graph).to_frame().iloc[0]
    assert row["mAP"] == pytest.approx(row["chance"], abs=1e-12)
    assert row["chance"] == pytest.approx(chance_level(59, community_graph.degree()).mean())
    assert row["corrected"] == pytest.approx(0, abs=1e-12) and row["lift"] == pytest.approx(1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_is_invariant_to_renumbering_of_either_side(seed: int) -> None:
    graph = random_graph(seed)
    e = integer_embedding(graph, seed)
    order = np.random.default_rng(seed).permutation(graph.n_nodes)
    wanted = restore(e, graph, hops=(1, 2)).to_frame()["mAP"]
    for embedding, data in ((e, graph.renumbered(order)), (e.take(order), graph), (e.take(order), graph.renumbered(order))):
        np.testing.assert_allclose(restore(embedding, data, hops=(1, 2)).to_frame()["mAP"], wanted, rtol=0, atol=1e-12)


def test_edges_given_once_or_twice_are_the_same_graph() -> None:
    once = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    twice = Graph.from_edges([("a", "b"), ("b", "a"), ("c", "b"), ("b", "c"), ("c", "d")])
    e = Embedding(list("abcd"), np.random.default_rng(0).standard_normal((4, 2)))
    assert restore(e, once).to_frame()["mAP"].tolist() == restore(e, twice).to_frame()["mAP"].tolist()


def test_self_loops_are_neither_relevant_nor_candidates() -> None:
    plain = Graph.from_edges([("a", "b"), ("b", "c")])
    loops = Graph.from_edges([("a", "b"), ("b", "c"), ("a", "a"), ("c", "c")])
    e = Embedding(list("abc"), [[5.0, 0.0], [1.0, 1.0], [0.0, 9.0]])
    assert restore(e, plain).to_frame()["mAP"].tolist() == restore(e, loops).to_frame()["mAP"].tolist()
    assert restore(e, loops).settings["graph"]["self-loops, never candidates"] == 2


def test_isolated_nodes_are_candidates_but_not_sources() -> None:
    graph = Graph.from_edges([("a", "b")], names=list("abc"))
    row = restore(Embedding(list("abc"), [[1.0], [2.0], [3.0]]), graph).to_frame().iloc[0]
    assert (row["sources"], row["eligible"]) == (2, 2)
    assert row["mAP"] == 0.5  # the isolated node stands before the neighbour, both times


def test_swapped_sides_show_on_a_directed_graph(directed_graph: Graph) -> None:
    A = directed_graph.adjacency.toarray()
    right = Embedding(directed_graph.names, A, np.eye(40))
    swapped = Embedding(directed_graph.names, np.eye(40), A)
    frame = restore({"right": right, "swapped": swapped}, directed_graph, direction=("out", "in", "reversed")).to_frame()
    found = frame.set_index(["method", "direction"])["mAP"]
    assert found["right", "out"] == found["right", "in"] == 1.0
    assert found["swapped", "out"] < 0.5 and found["right", "reversed"] == pytest.approx(found["swapped", "out"])


def test_rows_come_by_method_and_baselines_last(community_graph: Graph) -> None:
    named = {"one": integer_embedding(community_graph, 1), "two": integer_embedding(community_graph, 2)}
    frame = restore(named, community_graph, hops=(1, 2), relevant="both", baselines=["random:dim=5", "degree"]).to_frame()
    assert list(dict.fromkeys(frame["method"])) == ["one", "two", "random", "degree"]
    assert len(frame) == 4 * 4
    assert frame["numbers_per_node"].unique().tolist() == [3, 5, 1]


def test_decoders_are_compared_on_the_same_vectors(community_graph: Graph) -> None:
    frame = restore(integer_embedding(community_graph, 1), community_graph, decoder=("auto", "DOT", "cosine", "euclidean")).to_frame()
    assert frame["decoder"].tolist() == ["dot", "cosine", "euclidean"]


def test_sampled_sources_are_the_same_for_all_and_bound_the_exact_value() -> None:
    graph = random_graph(3, n=400)
    named = {"one": integer_embedding(graph, 1), "two": integer_embedding(graph, 2)}
    exact = restore(named, graph, baselines=["degree"]).to_frame()
    found = restore(named, graph, sources=150, baselines=["degree"], random_state=1)
    frame, table = found.to_frame(), found.per_source()
    assert frame["sources"].tolist() == [150] * 3 and frame["eligible"].tolist() == exact["eligible"].tolist()
    assert ((frame["mAP_low"] < exact["mAP"]) & (exact["mAP"] < frame["mAP_high"])).all()
    assert len({tuple(part["node"]) for _, part in table.groupby("method")}) == 1
    again = restore(named, graph, sources=150, baselines=["degree"], random_state=1).to_frame()
    assert again["mAP"].tolist() == frame["mAP"].tolist()
    assert "drawn in strata" in found.settings["sources"]["undirected"]


def test_auto_samples_beyond_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = random_graph(3, n=400)
    monkeypatch.setattr("graphemb.reconstruction.sources.BUDGET", 1e6)
    monkeypatch.setattr("graphemb.reconstruction.sources.SAMPLED", 100)
    assert restore(integer_embedding(graph, 1), graph).to_frame().loc[0, "sources"] == 100
    assert restore(integer_embedding(graph, 1), graph, sources="all").to_frame().loc[0, "sources"] > 390


def test_sources_by_name(path_graph: Graph) -> None:
    found = restore(integer_embedding(path_graph, 1), path_graph, sources=["b", "a"])
    assert found.per_source()["node"].tolist() == ["a", "b"]
    assert "by name" in found.settings["sources"]["undirected"]
    with pytest.raises(UnknownNameError, match="'z'"):
        restore(integer_embedding(path_graph, 1), path_graph, sources=["z"])


def test_missing_vectors_raise_with_how_many_and_the_first(path_graph: Graph) -> None:
    with pytest.raises(DataError, match=r"no vector for 2 of 4 nodes, first 'a'.*missing='last'"):
        restore(Embedding(list("bc"), [[1.0], [2.0]]), path_graph)


def test_missing_vectors_ranked_last() -> None:
    graph = Graph.from_edges([("a", "b"), ("a", "c"), ("a", "d")], names=list("abcde"))
    found = restore(Embedding(list("dba"), [[1.0], [2.0], [3.0]]), graph, missing="last")  # c and e have none
    table = found.per_source().set_index("node")
    assert table["AP"]["a"] == pytest.approx((1 + 1 + np.mean([3 / 3, 3 / 4])) / 3)  # b, d, then c and e in either order
    assert table["AP"]["c"] == pytest.approx(table["chance"]["c"])  # a source without a vector: everything level
    assert "2 of 5 nodes without one" in found.settings["embeddings"]["embedding"]


def test_missing_vectors_dropped_for_all_alike() -> None:
    graph = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    full, part = Embedding(list("abcd"), np.eye(4)), Embedding(list("dcb"), np.eye(3))
    found = restore({"full": full, "part": part}, graph, missing="drop")
    assert list(found.graph.names) == ["b", "c", "d"]
    assert found.settings["graph"]["nodes taken out for want of a vector"] == 1
    assert found.settings["graph"]["edges taken out with them"] == 1
    assert found.to_frame()["mAP"].nunique() == 1


def test_missing_and_extra_are_counted_by_method(path_graph: Graph) -> None:
    part = Embedding(list("bcdx"), [[1.0], [2.0], [3.0], [4.0]])
    for missing in ("last", "drop"):
        found = restore({"part": part}, path_graph, missing=missing)  # type: ignore[arg-type]
        assert found.settings["missing"]["counts"] == {"part": {"missing": 1, "extra": 1}}


@pytest.mark.parametrize("missing", ["error", "last", "drop"])
def test_names_that_are_all_of_another_graph_are_an_error(path_graph: Graph, missing: Any) -> None:
    other = Embedding(list("wxyz"), [[1.0], [2.0], [3.0], [4.0]])
    with pytest.raises(
        DataError, match="none of the 4 names of 'other' is a node of the graph; first names 'w', 'x', 'y', first nodes 'a'"
    ):
        restore({"other": other}, path_graph, missing=missing)


def test_nothing_left_after_dropping_is_an_error(path_graph: Graph) -> None:
    halves = {name: Embedding(list(name), [[1.0], [2.0]]) for name in ("ab", "cd")}
    with pytest.raises(DataError, match="no node of the graph has a vector in every embedding"):
        restore(halves, path_graph, missing="drop")


def test_a_hop_that_nobody_reaches_is_noted(path_graph: Graph) -> None:
    with pytest.warns(DataWarning, match=r"no node has a relevant node at hop 9 \(ring\)"):
        frame = restore(integer_embedding(path_graph, 1), path_graph, hops=(1, 9), relevant="ring").to_frame()
    assert frame["eligible"].tolist() == [4, 0]


def test_a_graph_of_another_package_is_named(path_graph: Graph) -> None:
    networkx = pytest.importorskip("networkx")
    with pytest.raises(DataError, match=r"needs a Graph, got networkx\.Graph; .*Graph\.from_networkx"):
        restore(integer_embedding(path_graph, 1), networkx.path_graph(4))


def test_extra_names_are_counted_and_are_no_candidates(path_graph: Graph) -> None:
    e = Embedding(list("abcd"), [[1.0], [2.0], [3.0], [4.0]])
    more = Embedding(list("xabcdy"), [[90.0], [1.0], [2.0], [3.0], [4.0], [99.0]])
    found = restore(more, path_graph)
    assert found.to_frame()["mAP"].tolist() == restore(e, path_graph).to_frame()["mAP"].tolist()
    assert "2 of names that are no node" in found.settings["embeddings"]["embedding"]


def test_entities_are_ranked_where_names_stand_in_several_kinds(path_graph: Graph) -> None:
    typed = Embedding(list("abcdab"), [[1.0], [2.0], [3.0], [4.0], [50.0], [60.0]], kinds=["entity"] * 4 + ["relation"] * 2)
    plain = typed.subset(kind="entity")
    assert restore(typed, path_graph).to_frame()["mAP"].tolist() == restore(plain, path_graph).to_frame()["mAP"].tolist()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"hops": (0,)}, ParameterError, "hops"),
        ({"hops": ()}, ParameterError, "hops"),
        ({"relevant": "bal"}, UnknownNameError, "did you mean 'ball'"),
        ({"sources": "some"}, ParameterError, "sources"),
        ({"sources": True}, ParameterError, "sources"),
        ({"sources": 1}, ParameterError, "at least 2"),
        ({"decoder": "cosin"}, UnknownNameError, "did you mean 'cosine'"),
        ({"direction": "in"}, ParameterError, "undirected graph has one direction"),
        ({"baselines": ["degre"]}, UnknownNameError, "did you mean 'degree'"),
        ({"missing": "ignore"}, UnknownNameError, "missing"),
        ({"null": -1}, ParameterError, "null"),
        ({"null": 1}, ParameterError, "trained by a registered method"),
        ({"n_jobs": 0}, ParameterError, "n_jobs"),
    ],
)
def test_bad_settings_are_refused_in_one_line(path_graph: Graph, settings: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        restore(integer_embedding(path_graph, 1), path_graph, **settings)
    assert "\n" not in str(caught.value)


def test_bad_data_is_refused(path_graph: Graph) -> None:
    e = integer_embedding(path_graph, 1)
    with pytest.raises(DataError, match="no edge between two nodes"):
        restore(e, Graph(np.eye(4), names=list("abcd")))
    with pytest.raises(DataError, match="needs a Graph"):
        restore(e, "edges.tsv")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="at least one embedding"):
        restore([], path_graph)
    with pytest.raises(ParameterError, match="expected an Embedding"):
        restore({"x": np.eye(4)}, path_graph)  # type: ignore[dict-item]
    with pytest.raises(ParameterError, match="two rows would be called 'random'"):
        restore({"random": e}, path_graph, baselines=["random"])


def test_weights_are_the_gains_of_ndcg() -> None:
    graph = Graph.from_edges([("a", "b", 5.0), ("a", "c", 1.0), ("b", "b", 9.0), ("c", "d", 2.0)])
    light_first = Embedding(list("abcd"), [[1.0], [1.0], [2.0], [0.0]])
    table = restore(light_first, graph, hops=(1, 2)).per_source().set_index(["hop", "node"])
    second = 1 / np.log2(3)
    assert table.loc[(1, "a"), "nDCG"] == pytest.approx((1 + 5 * second) / (5 + second))
    assert table.loc[(1, "a"), "AP"] == 1.0
    assert table.loc[(2, "a"), "nDCG"] == 1.0  # beyond the first hop all gains are 1
    assert table.loc[(1, "b"), "nDCG"] == pytest.approx(second)  # c first, then a; the loop of b is no edge


def test_progress_goes_to_stderr(path_graph: Graph, capsys: pytest.CaptureFixture[str]) -> None:
    restore(integer_embedding(path_graph, 1), path_graph, progress=True)
    assert capsys.readouterr().out == ""
