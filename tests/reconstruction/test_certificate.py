"""Certificates: what a complete scan finds, what is recorded, and what tampering does to it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from graphemb.cli.app import main
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph
from graphemb.errors import DataError
from graphemb.reconstruction.certificate import EXAMPLES, certify
from graphemb.reconstruction.report.page import render_report
from graphemb.reconstruction.restore import restore


def exact_embedding(graph: Graph, *, record: bool = True) -> Embedding:
    """U = I and V = 2 A^T - 1 / 2: every pair is right, by one half at least."""
    present = (graph.adjacency.toarray() != 0).astype(float)
    meta = {"method": "lpca", "certificate": claims(graph)} if record else {}
    return Embedding(graph.names, np.eye(graph.n_nodes), 2 * present.T - 0.5, meta=meta)


def claims(graph: Graph, **changes: object) -> dict[str, object]:
    n = graph.n_nodes
    edges = graph.adjacency.nnz - graph.n_self_loops
    return {"fingerprint": graph.fingerprint, "pairs": n * (n - 1), "edges": edges, "false": 0, "missing": 0, **changes}


def flipped(embedding: Embedding, u: int, v: int) -> Embedding:
    """One number changed, so that the pair u -> v has the other sign."""
    context = embedding.context.copy()
    context[v, u] *= -1
    return embedding.replace(context=context, meta=embedding.meta)


@pytest.fixture(params=["undirected", "directed"])
def graph(request, community_graph, directed_graph) -> Graph:
    return directed_graph if request.param == "directed" else community_graph


def test_counts_are_those_of_all_pairs(graph):
    rng = np.random.default_rng(0)
    U, V = rng.standard_normal((2, graph.n_nodes, 5)).astype(np.float32)
    found = certify(Embedding(graph.names, U, V), graph)
    scores, present = U.astype(float) @ V.astype(float).T, graph.adjacency.toarray() != 0
    others = ~np.eye(graph.n_nodes, dtype=bool)
    assert found.false == ((scores > 0) & ~present & others).sum()
    assert found.missing == ((scores <= 0) & present & others).sum()
    assert (found.pairs, found.edges) == (others.sum(), (present & others).sum())
    cosine = np.abs(scores) / np.outer(np.linalg.norm(U, axis=1), np.linalg.norm(V, axis=1))
    assert found.closest == pytest.approx(cosine[others].min(), rel=1e-3)
    assert not found.exact and found.recorded == "none recorded" and found.fingerprint == graph.fingerprint


def test_the_wrong_pairs_are_wrong(graph):
    U, V = np.random.default_rng(1).standard_normal((2, graph.n_nodes, 5))
    e = Embedding(graph.names, U, V)
    found = certify(e, graph)
    assert len(found.wrong) == EXAMPLES
    for pair in found.wrong:
        u, v = graph.rows([pair.source, pair.target])
        assert u != v and (graph.adjacency[int(u), int(v)] != 0) == (pair.what == "missing")
        assert (e.score(pair.source, pair.target) > 0) == (pair.what == "false")


def test_an_exact_embedding_is_confirmed(graph):
    found = certify(exact_embedding(graph), graph)
    assert found.exact and found.recorded == "confirmed" and found.wrong == ()
    assert str(found).startswith(f"exact: no wrong pair among {found.pairs:,} ordered pairs") and str(found).endswith("confirmed")


def test_one_number_changed_in_the_file_is_found_and_named(graph, tmp_path):
    path = tmp_path / "certified.arrow"
    exact_embedding(graph).save(path)
    flipped(Embedding.load(path), 3, 8).save(path)
    found = certify(Embedding.load(path, verify=True), graph)
    what = "missing" if graph.adjacency[3, 8] != 0 else "false"
    assert found.recorded == "refuted" and not found.exact and found.false + found.missing == 1
    assert [(pair.source, pair.target, pair.what) for pair in found.wrong] == [("3", "8", what)]
    assert f"'3' to '8' ({what})" in str(found) and f"refuted: it claims 0 {what}" in str(found)


@pytest.mark.parametrize(
    ("change", "recorded"),
    [
        ({}, "confirmed"),
        ({"undecided": 7, "closest": 3.0, "seconds": 1}, "confirmed"),  # these may change with the machine, or are not counts
        ({"fingerprint": "of another"}, "for another graph"),
        ({"false": 1}, "refuted"),
        ({"pairs": None}, "refuted"),
        ({"edges": 0}, "refuted"),
        ({"exact": True}, "confirmed"),
        ({"exact": False}, "refuted"),
    ],
)
def test_what_is_recorded(community_graph, change, recorded):
    e = exact_embedding(community_graph)
    assert certify(e.replace(meta={"certificate": claims(community_graph, **change)}), community_graph).recorded == recorded


@pytest.mark.parametrize("claim", ["exact", ["exact"], {}, 1, {"fingerprint": 3}])
def test_a_certificate_that_names_no_graph_is_unreadable(community_graph, claim):
    found = certify(exact_embedding(community_graph).replace(meta={"certificate": claim}), community_graph)
    assert found.exact and found.recorded == "unreadable" and str(found).endswith("certificate: unreadable")


def test_an_inexact_claim_can_be_true(community_graph):
    e = flipped(exact_embedding(community_graph), 3, 8)
    what = "missing" if community_graph.adjacency[3, 8] != 0 else "false"
    e = e.replace(meta={"certificate": claims(community_graph, **{what: 1})})
    assert certify(e, community_graph).recorded == "confirmed"


def test_names_match_rows_whatever_their_order(community_graph):
    e = exact_embedding(community_graph)
    shuffled = e.take(np.random.default_rng(0).permutation(60))
    extra = Embedding(["elsewhere"], np.ones((1, 60)), np.ones((1, 60)))
    both = shuffled.append(extra)
    assert certify(both, community_graph).recorded == "none recorded"
    assert certify(both.replace(meta={"certificate": claims(community_graph)}), community_graph).recorded == "confirmed"


def test_the_order_of_the_nodes_does_not_make_another_graph(community_graph):
    order = np.random.default_rng(0).permutation(60)
    assert certify(exact_embedding(community_graph), community_graph.renumbered(order)).recorded == "confirmed"
    other = Graph(community_graph.adjacency, [f"n{i}" for i in range(60)])
    renamed = exact_embedding(community_graph).replace(names=other.names)
    assert certify(renamed, other).recorded == "for another graph"


def test_weights_and_self_loops_do_not_count(community_graph):
    heavy = Graph(community_graph.adjacency * 1e6 + np.eye(60))
    found = certify(exact_embedding(community_graph, record=False), heavy)
    assert found.exact and found.edges == community_graph.adjacency.nnz


def test_dot_reads_the_vectors_alone():
    triangle = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "a")])
    assert certify(Embedding(triangle.names, np.ones((3, 1))), triangle).exact
    e = Embedding(triangle.names, np.ones((3, 1)), -np.ones((3, 1)), decoder="dot")
    assert certify(e, triangle).exact and certify(e.replace(decoder="source-target"), triangle).missing == 6


@pytest.mark.parametrize("decoder", ["euclidean", "cosine", "poincare", "sdne", "bilinear"])
def test_a_decoder_without_a_threshold_is_refused_by_name(community_graph, decoder):
    e = exact_embedding(community_graph).replace(decoder=decoder)
    with pytest.raises(DataError, match=f"the {decoder} decoder has no threshold"):
        certify(e, community_graph)


def test_wrong_input(community_graph):
    e = exact_embedding(community_graph)
    with pytest.raises(DataError, match="2 of 60 nodes have no vector, first '0'"):
        certify(e.take(np.arange(2, 60)), community_graph)
    with pytest.raises(DataError, match="certify needs a Graph"):
        certify(e, community_graph.adjacency)
    with pytest.raises(DataError, match="needs an embedding with a context"):
        certify(Embedding(community_graph.names, np.ones((60, 2)), decoder="source-target"), community_graph)


def test_two_nodes_and_one():
    pair = Graph.from_edges([("a", "b")])
    assert certify(Embedding(pair.names, np.ones((2, 1))), pair).exact
    alone = certify(Embedding(["a"], np.ones((1, 1))), Graph(np.zeros((1, 1)), ["a"]))
    assert alone.exact and alone.pairs == 0


def test_zero_vectors_score_no_edge():
    graph = Graph(np.zeros((3, 3)))
    found = certify(Embedding(graph.names, np.zeros((3, 2))), graph)
    assert found.exact and found.undecided == 0 and json.loads(json.dumps(found.to_dict(), allow_nan=False))["closest"] is None


# -- in a restoration and its report


def test_a_restoration_certifies_what_it_was_given(community_graph):
    good = exact_embedding(community_graph)
    near = good.replace(decoder="euclidean")
    result = restore({"good": good, "bad": flipped(good, 3, 8), "near": near}, community_graph, baselines=["random"])
    made = result.certify()
    assert {name: c.recorded for name, c in made.items()} == {"good": "confirmed", "bad": "refuted"}
    assert result.settings["certificates"]["good"]["exact"] is True
    assert "no threshold" in result.settings["without a certificate"]["near"]
    json.loads(result.to_json())


def test_the_report_shows_certificates_only_where_asked(community_graph):
    result = restore({"bad": flipped(exact_embedding(community_graph), 3, 8)}, community_graph)
    assert "Exact reconstruction" not in render_report(result)
    result.certify()
    page = render_report(result)
    assert "Exact reconstruction" in page and "refuted" in page and "--certify" in page and "result.certify()" in page
    assert "some wrong pairs" in page


def test_the_report_says_why_nothing_was_certified(community_graph):
    result = restore(exact_embedding(community_graph).replace(decoder="euclidean"), community_graph)
    result.certify()
    assert "the euclidean decoder has no threshold" in render_report(result)


# -- on the command line


@pytest.fixture
def files(tmp_path, community_graph):
    """An edge list, an embedding that rebuilds it, and one of whose numbers one was changed."""
    sources, targets, _ = community_graph.edges()
    (tmp_path / "edges.csv").write_text("source,target\n" + "".join(f"n{u},n{v}\n" for u, v in zip(sources, targets, strict=True)))
    good = exact_embedding(read_graph(tmp_path / "edges.csv"))
    good.save(tmp_path / "good.arrow")
    flipped(good, 3, 8).save(tmp_path / "bad.arrow")
    good.replace(decoder="euclidean").save(tmp_path / "near.arrow")
    return tmp_path


def command(capsys, *words):
    status = main(["restore", *map(str, words), "--no-baselines", "--certify"])
    out, err = capsys.readouterr()
    return status, out, err


def test_confirmed_on_the_command_line(files, capsys):
    status, out, err = command(capsys, files / "edges.csv", files / "good.arrow", files / "near.arrow", "-m", "spectral:dim=4")
    assert status == 0 and "error" not in err
    assert "Exact reconstruction" in out and "confirmed" in out and "none recorded" in out  # of a method that was trained and is not exact
    assert "left out: near: the euclidean decoder has no threshold" in out


def test_refuted_on_the_command_line(files, capsys):
    status, out, err = command(capsys, files / "edges.csv", files / "good.arrow", files / "bad.arrow", "--html", files / "page.html")
    assert status == 1 and "refuted" in out and "wrong in bad, for example" in out
    assert err.count("error:") == 1 and "the certificate of 'bad' is refuted: it claims 0" in err
    assert (files / "page.html").is_file()


def test_certificates_in_json(files, capsys):
    status, out, _ = command(capsys, files / "edges.csv", files / "good.arrow", files / "bad.arrow", "--json")
    groups = json.loads(out)["groups"]["certificates"]
    assert status == 1 and [(g["method"], g["exact"], g["recorded"]) for g in groups] == [
        ("good", True, "confirmed"),
        ("bad", False, "refuted"),
    ]
    assert "certificates" not in json.loads(out)["settings"]
