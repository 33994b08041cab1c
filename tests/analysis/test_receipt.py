"""Receipts: the parts agree with what the parts say alone, concepts are found unasked, and what is missing is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import graphemb as ge
from graphemb.analysis.receipt import Receipt, likely_concepts, receipt
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError

EDITS = ["mean-difference", "all-but-the-top"]


@pytest.fixture(scope="module")
def borders() -> Graph:
    graph = ge.load_dataset("world/borders")
    assert isinstance(graph, Graph)
    return graph


@pytest.fixture(scope="module")
def embedding(borders: Graph) -> Embedding:
    return ge.HOPE(dim=8, random_state=0).fit(borders).embedding_


@pytest.fixture(scope="module")
def told(embedding: Embedding, borders: Graph) -> Receipt:
    return receipt(embedding, borders, edits=EDITS)


def test_what_it_kept_is_what_restore_says(told, embedding, borders):
    row = told.kept_frame().iloc[0]
    restored = ge.restore(embedding, borders).to_frame().iloc[0]
    assert row["figure"] == "RESTORE mAP"
    assert row["value"] == pytest.approx(restored["mAP"]) and row["chance"] == pytest.approx(restored["chance"])


def test_columns_of_a_few_groups_are_looked_for_unasked(told, embedding, borders):
    found = likely_concepts(embedding, borders)
    assert found[0].name == "region" and {"Europe", "Africa", "Asia"} <= set(found[0].groups)
    assert "Oceania" not in found[0].groups  # most of its islands have no border and so no vector
    held = told.held_frame()
    assert {"attribute-inference", "popularity-direction"} <= set(held["measure"])
    assert held["value"].notna().all() and (held["q"].dropna() >= held["p"].dropna() - 1e-12).all()


def test_edits_are_priced_for_the_first_concept(told):
    assert told.price is not None and told.price.edits == EDITS
    assert told.price.settings["concept"]["name"] == "region"
    assert {"logistic", "RESTORE mAP"} <= set(told.price.summary().columns)


def test_relations_with_one_tail_make_concepts():
    facts = ge.load_dataset("world/facts")
    model = ge.ComplEx(dim=8, epochs=2).fit(facts).embedding_
    found = likely_concepts(model, facts)
    assert "in_region" in [c.name for c in found] and found[0].kind == "entity"


def test_words_are_asked_for_gender():
    pairs = ge.load_concept("gender").pairs
    names = [name for pair in pairs for name in pair]
    e = Embedding([*names, "tree", "stone"], np.random.default_rng(0).normal(size=(22, 6)))
    assert [c.name for c in likely_concepts(e)] == ["gender"]


def test_without_data_and_concepts_it_says_so():
    e = Embedding([f"x{i}" for i in range(40)], np.random.default_rng(0).normal(size=(40, 5)))
    told = receipt(e, edits=["whitening", "leace"])
    assert not told.kept and not told.held and told.geometry is not None
    assert any(text.startswith("bias: no concept was given") for text in told.skipped)
    assert any("leace: leace needs a concept" in text for text in told.skipped)
    assert "left out" in repr(told)


def test_files(told, tmp_path: Path):
    document = json.loads(told.to_json(tmp_path / "r.json"))
    assert {"kept", "held", "geometry", "price", "skipped", "settings"} <= set(document)
    assert document["geometry"]["isoscore"] == pytest.approx(told.geometry["isoscore"])
    told.to_html(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    for heading in ("What it kept", "What it holds", "How the vectors lie", "What was left out, and why", "Price in RESTORE mAP"):
        assert heading in page
    assert "Receipt of hope" in page


def test_names_are_text_on_the_page(tmp_path: Path):
    evil = "<script>alert(1)</script>"
    e = Embedding([evil, *(f"x{i}" for i in range(30))], np.random.default_rng(0).normal(size=(31, 4)), meta={"method": evil})
    receipt(e, edits=["whitening"]).to_html(tmp_path / "r.html")
    assert evil not in (tmp_path / "r.html").read_text()


def test_too_little_to_tell():
    with pytest.raises(DataError, match="at least two rows"):
        receipt(Embedding(["a"], [[1.0]]))
    few = receipt(Embedding(["a", "b", "c"], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), edits=["whitening"])
    assert not few.kept and few.skipped
    same = receipt(Embedding([f"x{i}" for i in range(30)], np.ones((30, 3))), edits=["whitening", "all-but-the-top"])
    assert same.skipped


def test_of_interactions_the_popular_items_are_priced():
    rng = np.random.default_rng(0)
    pairs = {(f"u{u}", f"i{int(i)}") for u in range(80) for i in np.minimum(rng.geometric(0.1, size=15), 24)}
    data = ge.split_interactions(ge.Interactions.from_pairs(sorted(pairs)), "ratio", random_state=0)
    e = ge.LightGCN(dim=8, epochs=2, random_state=0).fit(data).embedding_
    told = receipt(e, data, edits=["mean-difference"], strengths=(1.0,))
    assert told.price is not None and told.price.settings["concept"]["name"] == "popularity"
    assert {"recall@20", "ndcg@20"} <= set(told.kept_frame()["figure"])
    assert "popularity-direction" in set(told.held_frame()["measure"])
