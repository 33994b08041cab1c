"""Sections on roles, distances and words: there where they apply, with their controls and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.triples_file import read_knowledge_graph
from graphemb.datasets.registry import load_data
from graphemb.nodes.hope import HOPE
from graphemb.reconstruction import details
from graphemb.reconstruction.report.page import render_report
from graphemb.reconstruction.report.parts import Section
from graphemb.reconstruction.report.semantics import asymmetry_sections, distance_sections, word_sections
from graphemb.reconstruction.report.story import Story
from graphemb.reconstruction.restoration import Restoration
from graphemb.reconstruction.restore import restore
from graphemb.reconstruction.semantics.subjects import similarity_pairs


def vectors(graph: Graph, seed: int = 0) -> Embedding:
    return Embedding(graph.names, np.random.default_rng(seed).standard_normal((graph.n_nodes, 4)))


def only(sections: Iterator[Section]) -> Section:
    (section,) = sections
    return section


@pytest.fixture(scope="module")
def words() -> Restoration:
    """Words of SimLex-999, read by two decoders, beside a second embedding."""
    pairs = similarity_pairs("simlex999")
    graph = Graph.from_arrays(pairs["first"].to_numpy(), pairs["second"].to_numpy())
    return restore({"one": vectors(graph), "<b>two</b>": vectors(graph, 1)}, graph, sources=20, decoder=["dot", "cosine"])


def test_words_show_every_method_beside_its_controls(words: Restoration) -> None:
    section = only(word_sections(Story(words)))
    panel = next(panel for panel in section.panels if panel.label == "SimLex-999: 999 of 999")
    assert panel.figure is not None and panel.table is not None
    labels = list(panel.figure.layout.yaxis.ticktext)
    assert labels[:2] == ["one, cosine", "one, euclidean"] and labels[-1] == "degree alone, euclidean"
    assert "&lt;b&gt;two&lt;/b&gt;, cosine" in labels and len(labels) == 6
    ticks = panel.figure.data[-1]
    assert ticks.name == "rows permuted" and np.isfinite(ticks.x[:4]).all() and np.isnan(ticks.x[4:]).all()
    assert len({trace.marker.color for trace in panel.figure.data[:-1]}) == 3  # two methods, one degree
    assert section.missing == words.semantics().attrs["left_out"] and "Chance is 0 for a correlation" in section.caption


def test_no_words_no_section(community_graph: Graph) -> None:
    page = render_report(restore(vectors(community_graph), community_graph))
    assert 'href="#distances"' in page and 'href="#words"' not in page and 'href="#asymmetry"' not in page


def test_distances_are_drawn_raw_and_normalised(words: Restoration) -> None:
    section = only(distance_sections(Story(words)))
    assert [panel.label for panel in section.panels] == ["rows normalised", "raw vectors"]
    figure = section.panels[0].figure
    assert figure is not None and list(figure.layout.yaxis.ticktext)[:2] == ["one, 1 hop", "one, 2 hops"]
    assert figure.layout.shapes[0].x0 == 1


def test_roles_of_a_directed_graph(directed_graph: Graph) -> None:
    story = Story(restore(vectors(directed_graph), directed_graph))
    section = only(asymmetry_sections(story))
    figure = section.panels[0].figure
    assert figure is not None
    assert list(figure.layout.yaxis.ticktext) == ["embedding, out", "embedding, in", "embedding, roles reversed"]
    assert figure.data[0].x[0] == pytest.approx(figure.data[2].x[0])  # a symmetric decoder
    assert "reciprocity, rebuilt" in [column.name for column in section.panels[0].table.columns]  # type: ignore[union-attr]
    one_way = Story(restore(vectors(directed_graph), directed_graph, direction="in"))
    assert "Only one direction" in only(asymmetry_sections(one_way)).missing


@pytest.mark.shared
def test_conceptnet_is_made_of_words(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details, "ANALOGY_SCORES", 1)
    graph = read_knowledge_graph(shared_data / "graphs" / "conceptnet-100k").to_graph()
    result = restore(HOPE(dim=32).fit(graph).embedding_, graph, sources=50)
    section = only(word_sections(Story(result)))
    assert [panel.label for panel in section.panels] == ["WordSim-353: 255 of 353", "SimLex-999: 741 of 999"]
    assert "The analogies, because" in section.missing
    table = result.semantics(most=1).set_index(["test", "control", "measure"])
    assert table.loc[("wordsim353", "", "cosine"), "low"] > 0.3
    assert table.loc[("wordsim353", "permuted", "cosine"), "low"] < 0 < table.loc[("wordsim353", "permuted", "cosine"), "high"]


@pytest.mark.shared
def test_hope_knows_who_votes_for_whom(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHEMB_DATA", str(shared_data))
    graph = load_data("wiki-vote", takes="graph")
    assert isinstance(graph, Graph) and graph.directed
    row = restore(HOPE(dim=32).fit(graph).embedding_, graph).asymmetry().iloc[0]
    assert row["out_mAP"] == pytest.approx(0.391, abs=0.02) and row["reversed_mAP"] < 0.02 and row["reciprocity"] < 0.1
