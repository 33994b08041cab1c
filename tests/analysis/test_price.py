"""Prices: planted concepts that an edit takes out, what it costs counted by hand, and what cannot be priced said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.edits.mean_difference import MeanDifference
from graphemb.analysis.price import ALONG, _of_length_one, price
from graphemb.analysis.price_result import NONE, PriceResult, PriceRow
from graphemb.analysis.recovery import recovery
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.reconstruction.restore import restore

N = 120


@pytest.fixture(scope="module")
def planted() -> tuple[Embedding, Concept, Graph]:
    """Two groups of names that differ along one column; a graph of near names in the others."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 6))
    x[:, 0] = np.repeat([2.0, -2.0], N // 2) + 0.3 * rng.normal(size=N)
    names = [f"name {i}" for i in range(N)]
    near = nearest_rows(x[:, 1:], 4, similarity="euclidean")[0]
    graph = Graph.from_edges([(names[i], names[j]) for i in range(N) for j in near[i]])
    concept = Concept("side", {"left": names[: N // 2], "right": names[N // 2 :]})
    return Embedding(names, x, decoder="euclidean").subset(list(graph.names)), concept, graph


@pytest.fixture(scope="module")
def priced(planted: tuple[Embedding, Concept, Graph]) -> PriceResult:
    embedding, concept, graph = planted
    return price(embedding, ["mean-difference"], graph, concept=concept, strengths=(0.5, 1.0))


def test_every_copy_answers_every_question(priced):
    frame = priced.to_frame()
    copies = frame.groupby(["edit", "strength"]).size()
    assert list(copies.index) == [("mean-difference", 0.5), ("mean-difference", 1.0), (NONE, 0.0)]
    assert priced.figures("recovery") == ["logistic", "rbf", "k-means"]
    assert priced.figures("bias") == ["direct-bias", ALONG]
    assert priced.figures("kept")[0] == "RESTORE mAP"


def test_a_planted_direction_is_removed_and_what_is_kept_is_what_restore_says(planted, priced):
    embedding, concept, graph = planted
    summary = priced.summary().set_index(["edit", "strength"])
    assert summary.loc[(NONE, 0.0), "logistic"] == 1.0
    assert summary.loc[("mean-difference", 1.0), "logistic"] < 0.75
    edited = MeanDifference().fit(embedding, concept).transform(embedding)
    for copy, e in (((NONE, 0.0), embedding), (("mean-difference", 1.0), edited)):
        assert summary.loc[copy, "RESTORE mAP"] == pytest.approx(restore(e, graph).to_frame()["mAP"].iloc[0], abs=1e-12)
    # the planted column hides the neighbourhoods, so the edit mends them
    assert summary.loc[("mean-difference", 1.0), "RESTORE mAP"] > summary.loc[(NONE, 0.0), "RESTORE mAP"]


def test_losses_are_paired_against_the_embedding_before_any_edit(planted, priced):
    embedding, concept, graph = planted
    rows = {(r.edit, r.strength): r for r in priced.rows if r.figure == "RESTORE mAP"}
    for strength in (0.5, 1.0):
        row = rows["mean-difference", strength]
        assert row.lost == pytest.approx(rows[NONE, 0.0].value - row.value)
        assert row.lost_low <= row.lost <= row.lost_high
        edited = MeanDifference().fit(embedding, concept).transform(embedding, strength=strength)
        result = restore({"before": embedding, "after": edited}, graph).differences()
        paired = result[(result["series"] == "before") & (result["other"] == "after")]
        if len(paired):
            assert paired["difference"].iloc[0] == pytest.approx(row.lost)


def test_neighbours_kept_are_those_counted_by_hand(planted, priced):
    embedding, concept, _ = planted
    edited = MeanDifference().fit(embedding, concept).transform(embedding)

    def ten(e: Embedding) -> list[set[int]]:
        unit = e.vectors / np.linalg.norm(e.vectors, axis=1, keepdims=True)
        cosine = unit @ unit.T
        np.fill_diagonal(cosine, -np.inf)
        return [set(row) for row in np.argsort(-cosine, axis=1)[:, :10]]

    expected = np.mean([len(a & b) / 10 for a, b in zip(ten(embedding), ten(edited), strict=True)])
    row = next(r for r in priced.rows if r.figure == "neighbours@10" and r.strength == 1)
    assert row.value == pytest.approx(expected) and row.null == pytest.approx(10 / (N - 1))


def test_the_trade_and_its_frontier():
    def row(edit: str, strength: float, question: str, figure: str, value: float, null: float, worse: str) -> PriceRow:
        return PriceRow(edit, strength, question, figure, value, null=null, worse=worse)

    rows = []
    for edit, strength, bias, kept in (("none", 0, 0.8, 0.9), ("a", 1, 0.2, 0.5), ("b", 1, 0.4, 0.4), ("c", 1, 0.0, 0.1)):
        rows += [row(edit, strength, "bias", "m", bias, 0.0, "above"), row(edit, strength, "kept", "mAP", kept, 0.1, "below")]
    table = PriceResult(rows).trade()
    assert table["removed"].tolist() == pytest.approx([0, 0.75, 0.5, 1.0])
    assert table["lost"].tolist() == pytest.approx([0, 0.5, 0.625, 1.0])
    assert table["frontier"].tolist() == [True, True, False, True]
    assert PriceResult(rows).frontier()["edit"].tolist() == ["none", "a", "c"]


def test_a_measure_that_was_asked_for_leads_else_what_a_line_tells(planted, priced):
    embedding, concept, graph = planted
    assert priced.trade().attrs == {"bias": "logistic", "kept": "RESTORE mAP"}
    asked = price(embedding, ["mean-difference"], graph, ["direct-bias:strictness=2"], concept=concept, strengths=(1.0,))
    assert asked.trade().attrs["bias"] == "direct-bias:strictness=2"


def test_all_edits_and_what_was_left_out(planted):
    embedding, concept, graph = planted
    result = price(embedding, "all", graph, concept=concept, strengths=(1.0,), probes=("logistic",))
    assert "mean-difference" in result.edits and "leace" in result.edits
    assert any(text.startswith("ran: takes minutes") for text in result.skipped)
    without = price(embedding, "all", graph, strengths=(1.0,))
    assert "whitening" in without.edits and "leace" not in without.edits
    assert any("leace, " in text and "without a concept" in text for text in without.skipped)
    with pytest.raises(DataError, match="no trade to show; give a concept"):
        without.trade()


def test_what_cannot_be_fitted_or_told_is_skipped_with_its_reason(planted):
    embedding, _, graph = planted
    alone = Concept("alone", {"a": embedding.names[:9]})
    result = price(embedding, ["mean-difference"], graph, concept=alone, strengths=(1.0,))
    assert not result.edits and result.figures("kept")
    assert any("mean-difference: expected a concept of at least 2 groups" in text for text in result.skipped)
    assert any(text.startswith("recovery: 'alone' has one group") for text in result.skipped)
    same = Embedding(embedding.names, np.ones((N, 3)))
    three = Concept.from_labels("three", list(embedding.names), [i % 3 for i in range(N)])
    flat = price(same, ["mean-difference"], concept=three, strengths=(1.0,))
    assert any(text.startswith("along-first-direction: ") for text in flat.skipped)
    assert any("same mean already" in text for text in flat.skipped)


def test_files(tmp_path: Path, priced):
    document = json.loads(priced.to_json(tmp_path / "price.json"))
    assert document == json.loads((tmp_path / "price.json").read_text())
    assert document["copies"][0]["edit"] == NONE and document["copies"][-1]["direct-bias_low"] is not None
    assert {"frontier", "skipped", "settings", "rows"} <= set(document)
    priced.to_html(tmp_path / "price.html")
    page = (tmp_path / "price.html").read_text()
    assert "Price in RESTORE mAP" in page and "mean-difference" in page and "http://" not in page.split("<script")[0]
    assert "PriceResult" in repr(priced) and "mean-difference" in priced._repr_html_()


def test_the_same_seed_gives_the_same_figures(planted, priced):
    embedding, concept, graph = planted
    again = price(embedding, ["mean-difference"], graph, concept=concept, strengths=(0.5, 1.0))
    first, second = (r.to_frame().drop(columns="seconds") for r in (priced, again))
    assert first.equals(second)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strengths": ()}, "strengths must be"),
        ({"strengths": (0.0,)}, "above 0"),
        ({"strengths": (1.5,)}, "at most 1"),
        ({"edits": []}, "nothing to price"),
        ({"edits": ["mean-difference", "mean-difference"]}, "given twice"),
    ],
)
def test_bad_settings(planted, options, message):
    embedding, concept, _ = planted
    with pytest.raises(ParameterError, match=message):
        price(embedding, **{"edits": ["mean-difference"], "concept": concept, **options})


def test_unknown_names_and_data(planted, priced):
    embedding, concept, _ = planted
    with pytest.raises(UnknownNameError, match="unknown edit 'leece'; did you mean 'leace'"):
        price(embedding, ["leece"], concept=concept)
    with pytest.raises(DataError, match="expected a graph, interactions"):
        price(embedding, ["mean-difference"], 3, concept=concept)
    with pytest.raises(UnknownNameError, match="unknown figure 'mpa'"):
        priced.trade(kept="mpa")


def test_recovery_of_nothing_is_chance_and_of_a_line_is_perfect():
    rng = np.random.default_rng(1)
    names = [str(i) for i in range(400)]
    noise = Embedding(names, rng.normal(size=(400, 5)))
    labels = Concept("half", {"a": names[:200], "b": names[200:]})
    for found in recovery(noise, labels):
        assert found.chance == 0.5 and abs(found.accuracy - 0.5) < 0.15
    ringed = rng.normal(size=(400, 3))
    ringed[:200, 0] *= 0.1  # one group close to a plane, on both sides of which the other lies: no line tells them
    ringed[200:, 0] *= 5
    by = {f.probe: f.accuracy for f in recovery(Embedding(names, ringed), labels)}
    assert by["rbf"] > by["logistic"] + 0.2
    with pytest.raises(DataError, match="has 1 of its 1 names"):
        recovery(noise, Concept("few", {"a": names[:1], "b": names[1:]}))
    with pytest.raises(UnknownNameError, match="unknown probe"):
        recovery(noise, labels, probes=("logit",))


def test_an_edit_of_the_callers_stays_as_it_was(planted):
    embedding, side = planted[:2]
    mine = MeanDifference()
    price(embedding, [mine], concept=side, strengths=(1.0,), probes=())
    assert not hasattr(mine, "map_")


def test_relations_are_not_scaled_by_the_copy_of_length_one():
    e = Embedding(["a", "b", "r"], [[3.0, 4.0], [0.0, 2.0], [5.0, 0.0]], kinds=["entity", "entity", "relation"])
    scaled = _of_length_one(e, None)
    assert scaled is not None
    np.testing.assert_allclose(scaled.vectors, [[0.6, 0.8], [0.0, 1.0], [5.0, 0.0]], atol=1e-6)
    assert _of_length_one(scaled, None) is None


def test_a_loss_over_drawn_nodes_is_the_paired_estimate_of_restore(planted, monkeypatch):
    embedding, concept, graph = planted
    monkeypatch.setattr("graphemb.analysis.kept.SOURCES", 60)
    row = next(r for r in price(embedding, ["mean-difference"], graph, concept=concept, strengths=(1.0,)).rows if np.isfinite(r.lost))
    edited = MeanDifference().fit(embedding, concept).transform(embedding)
    paired = restore({"before": embedding, "after": edited}, graph, sources=60).differences().iloc[0]
    assert (row.lost, row.lost_low, row.lost_high) == pytest.approx((paired["difference"], paired["low"], paired["high"]))
    assert row.lost_low < row.lost < row.lost_high


def test_of_many_names_so_many_are_drawn_and_that_is_said(planted, monkeypatch):
    embedding, concept, _ = planted
    monkeypatch.setattr("graphemb.analysis.price.MOST_TARGETS", 50)
    drawn = price(embedding, ["mean-difference"], concept=concept, strengths=(1.0,), probes=())
    assert drawn.settings["targets"]["drawn"] == 50
    assert any("judged by 50 of 120 names" in text for text in drawn.skipped)
    given = price(embedding, ["mean-difference"], concept=concept, targets=list(embedding.names), strengths=(1.0,), probes=())
    assert "drawn" not in given.settings["targets"]
