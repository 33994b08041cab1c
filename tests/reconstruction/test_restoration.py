"""The result of restore: its tables agree with one another and with its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataWarning, UnknownNameError
from graphemb.kernels.counting import METRICS
from graphemb.kernels.sampling import Estimate
from graphemb.reconstruction.restoration import Restoration
from graphemb.reconstruction.restore import restore
from graphemb.reconstruction.rows import COLUMNS


@pytest.fixture
def restoration(community_graph: Graph) -> Restoration:
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(3), 20, axis=0) + 0.3 * rng.standard_normal((60, 3))
    return restore({"blocks": Embedding(community_graph.names, vectors)}, community_graph, hops=(1, 2), baselines=["random", "degree"])


@pytest.fixture
def directed(directed_graph: Graph) -> Restoration:
    rng = np.random.default_rng(0)
    sides = rng.standard_normal((2, 40, 3))
    return restore(
        {"x": Embedding(directed_graph.names, *sides)}, directed_graph, relevant="both", hops=(1, 2), sources=15, baselines=["degree"]
    )


def test_the_table_has_the_agreed_columns(restoration: Restoration, directed: Restoration) -> None:
    assert list(restoration.to_frame().columns) == COLUMNS
    assert set(directed.to_frame()["direction"]) == {"out", "in"}
    assert len(directed.to_frame()) == 2 * 2 * 2 * 2


def test_means_over_the_sources_are_the_table(restoration: Restoration) -> None:
    frame, table = restoration.to_frame(), restoration.per_source()
    by = ["method", "hop"]
    means = table.groupby(by, sort=False)[["AP", "chance", "corrected"]].mean()
    np.testing.assert_allclose(means.to_numpy(), frame[["mAP", "chance", "corrected"]].to_numpy())
    np.testing.assert_allclose(frame["lift"], frame["mAP"] / frame["chance"])
    long = restoration.metrics().set_index(["method", "hop", "metric"])["mean"]
    assert long["blocks", 1, "AP"] == pytest.approx(frame["mAP"].iloc[0])
    assert long["blocks", 1, "AUC"] == pytest.approx(table[(table["method"] == "blocks") & (table["hop"] == 1)]["AUC"].mean())


def test_differences_are_paired(restoration: Restoration) -> None:
    gaps, frame = restoration.differences(), restoration.to_frame().set_index(["method", "hop"])["mAP"]
    assert len(gaps) == 3 * 2
    for row in gaps.itertuples():
        assert row.difference == pytest.approx(frame[row.series, row.hop] - frame[row.other, row.hop])
        assert row.low == pytest.approx(row.high)  # all nodes were ranked


def test_paired_intervals_are_narrower_than_those_of_the_parts() -> None:
    rng = np.random.default_rng(1)
    graph = Graph((upper := np.triu(rng.random((300, 300)) < 0.03, 1)) | upper.T)
    vectors, noise = rng.standard_normal((300, 20)), 0.01 * rng.standard_normal((300, 20))
    close = {"a": Embedding(graph.names, vectors), "b": Embedding(graph.names, vectors + noise)}
    found = restore(close, graph, sources=100)
    gap, frame = found.differences().iloc[0], found.to_frame()
    assert gap["high"] - gap["low"] < 0.5 * (frame["mAP_high"] - frame["mAP_low"]).min()


def test_series_are_told_apart_by_decoder(community_graph: Graph) -> None:
    e = Embedding(community_graph.names, np.random.default_rng(0).standard_normal((60, 3)))
    gaps = restore({"x": e}, community_graph, decoder=["dot", "cosine"]).differences()
    assert gaps[["series", "other"]].iloc[0].tolist() == ["x · dot", "x · cosine"]


def test_bands_of_degree_cover_all_sources(restoration: Restoration, community_graph: Graph) -> None:
    bands = restoration.by_degree()
    first = bands[(bands["method"] == "blocks") & (bands["hop"] == 1)]
    assert first["nodes"].sum() == 60 and first["degree_high"].iloc[-1] == community_graph.degree().max()
    overall = restoration.to_frame()["mAP"].iloc[0]
    assert np.average(first["mAP"], weights=first["nodes"]) == pytest.approx(overall)


def test_bounds_and_frobenius(restoration: Restoration, community_graph: Graph) -> None:
    values = np.linalg.eigvalsh(community_graph.adjacency.toarray())
    squares = np.sort(values**2)[::-1]
    bound = restoration.bounds()
    assert bound["rank"].tolist() == [3]
    assert bound["captured"].iloc[0] == pytest.approx(squares[:3].sum() / squares.sum())
    positive = np.sort(values)[::-1][:3]
    assert bound["captured_positive"].iloc[0] == pytest.approx((positive**2).sum() / squares.sum())
    A = community_graph.adjacency.toarray()
    X = restoration.contenders[0].embedding.vectors.astype(float)  # type: ignore[union-attr]
    S = X @ X.T
    np.fill_diagonal(S, 0)
    errors = restoration.frobenius().set_index("method")
    assert errors.loc["blocks", "all_pairs"] == pytest.approx(np.linalg.norm(A - S) / np.linalg.norm(A), rel=1e-5)
    assert errors.loc["blocks", "on_edges"] == pytest.approx(np.linalg.norm((A - S)[A > 0]) / np.linalg.norm(A), rel=1e-5)


def test_weights_are_correlated_over_the_edges() -> None:
    graph = Graph.from_edges([("a", "b", 1.0), ("b", "c", 5.0), ("c", "d", 2.0), ("a", "a", 9.0)])
    scores = np.array([[9, 1, 0, 0], [1, 0, 3, 0], [0, 3, 0, 4], [0, 0, 4, 0]], dtype=float)
    table = restore({"x": Embedding(graph.names, scores, np.eye(4))}, graph, baselines=["degree"]).weights()
    assert table["spearman"].iloc[0] == pytest.approx(0.5)  # ranks 1, 2, 3 against 1, 3, 2
    flat = Graph.from_edges([("a", "b"), ("b", "c")])
    assert np.isnan(restore(Embedding(flat.names, np.eye(3)), flat).weights()["spearman"].iloc[0])


def test_json_has_the_first_row_on_top_and_is_strict(restoration: Restoration, directed: Restoration, tmp_path: Path) -> None:
    restoration.to_json(tmp_path / "r.json")
    found = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(name))
    first = restoration.to_frame().iloc[0]
    assert found["mAP"] == pytest.approx(first["mAP"]) and found["mAP_chance"] == pytest.approx(first["chance"])
    assert found["mAP_low"] == found["mAP_high"] == pytest.approx(first["mAP"])
    assert {"MRR", "AUC", "recall@10", "nDCG"} <= set(found)
    assert len(found["rows"]) == 6 and found["settings"]["graph"]["fingerprint"] == restoration.graph.fingerprint
    assert json.loads(directed.to_json())["rows"][0]["direction"] == "out"


def test_parquet_is_the_table_of_sources(restoration: Restoration, tmp_path: Path) -> None:
    restoration.to_parquet(tmp_path / "r.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "r.parquet"), restoration.per_source())


def test_page_and_figure(restoration: Restoration, tmp_path: Path) -> None:
    restoration.to_html(tmp_path / "r.html")
    assert "mAP" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert len(restoration.plot().data)


def test_short_forms_escape_names(path_graph: Graph) -> None:
    found = restore({"<b>x</b>": Embedding(path_graph.names, np.eye(4))}, path_graph)
    assert "<b>x</b>" in repr(found) and "<b>x</b>" not in found._repr_html_() and "&lt;b&gt;x" in found._repr_html_()


def test_precision_and_nodes_are_computed_once(restoration: Restoration) -> None:
    table = restoration.precision([10, 60])
    assert restoration.precision(10)["precision"].tolist() == restoration.precision([10])["precision"].tolist()
    assert set(table["method"]) == {"blocks", "random", "degree"} and table["K"].unique().tolist() == [10, 60]
    nodes = restoration.nodes("blocks")
    assert {"node", "AP", "degree", "core", "component"} <= set(nodes.columns)
    nodes["AP"] = 0
    assert restoration.nodes()["AP"].any()  # what is given out is a copy
    with pytest.raises(UnknownNameError, match="blocks"):
        restoration.nodes("block")


def test_details_are_computed_at_once(path_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Restoration, "compute_details", lambda self: asked.append("now"))
    restore(Embedding(path_graph.names, np.eye(4)), path_graph, details=True)
    assert asked == ["now"]


def test_scorers_are_in_the_order_of_the_graph() -> None:
    graph = Graph.from_edges([("a", "b"), ("b", "c")])
    e = Embedding(["x", "c", "a"], [[7.0], [3.0], [1.0]])
    scorer, of = restore(e, graph, missing="last").scorer("embedding")
    assert list(of.names) == ["a", "c"]
    assert scorer.block(np.arange(2), slice(0, 2)).tolist() == [[1.0, 3.0], [3.0, 9.0]]


def test_rings_that_are_empty_leave_no_figure(path_graph: Graph) -> None:
    with pytest.warns(DataWarning, match="no node has a relevant node at hop 5"):
        row = restore(Embedding(path_graph.names, np.eye(4)), path_graph, hops=5, relevant="ring")
    assert row.to_frame().loc[0, "sources"] == 0 and np.isnan(row.to_frame().loc[0, "mAP"])
    assert json.loads(row.to_json())["mAP"] is None


def test_intervals_stay_between_0_and_1(directed: Restoration) -> None:
    frame = directed.to_frame()
    assert (frame["mAP_low"] >= 0).all() and (frame["mAP_high"] <= 1).all()
    assert Estimate(0.5, 0.01).low == pytest.approx(0.5 - 1.959964 * 0.1)
    assert METRICS[0] == "AP"
