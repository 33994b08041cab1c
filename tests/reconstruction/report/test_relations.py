"""The report of a knowledge graph that was rebuilt relation by relation."""

from __future__ import annotations

import json
import re
from html import unescape
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graphemb as ge
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.nodes.spectral import Spectral
from graphemb.reconstruction.report.commands import python_lines
from graphemb.reconstruction.report.page import render_report
from graphemb.reconstruction.report.story import Story
from graphemb.reconstruction.restore import restore

EVIL = "</script><b>{{ 7 * 7 }}"


@pytest.fixture(scope="module")
def facts() -> KnowledgeGraph:
    rng = np.random.default_rng(0)
    names = [f"e{i}" for i in range(30)]
    return KnowledgeGraph.from_triples(
        [(names[i], relation, names[j]) for relation in (EVIL, "knows", "all") for i, j in rng.integers(30, size=(20, 2)) if i != j]
    )


def vectors(facts: KnowledgeGraph, seed: int = 0) -> Embedding:
    return Embedding(facts.entities, np.random.default_rng(seed).standard_normal((facts.n_entities, 4)).astype(np.float32))


def parts(page: str) -> tuple[dict[str, Any], str]:
    """The data of the page, and its words."""
    data = next(text for text in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) if text.startswith('{"figures"'))
    words = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    return json.loads(data), " ".join(unescape(words).split())


def test_every_relation_stands_in_the_page(facts: KnowledgeGraph) -> None:
    result = restore({EVIL: vectors(facts), "two": vectors(facts, 1)}, facts, relations=True, baselines=["degree"])
    data, words = parts(render_report(result))
    frame = result.to_frame()
    for way in ("tails", "heads"):
        table = pd.read_csv(StringIO(data["tables"][f"relation-{way}"]))
        whole = frame[frame["direction"].str.startswith(f"{way} of ")]
        assert sorted(table["mAP"]) == pytest.approx(sorted(whole["mAP"]))
        assert set(table["relation"]) == {EVIL, "knows", "all"}
    assert "for tails" in words and "relations 3" in words and "entities 30" in words and EVIL in words
    assert words.count("Relation by relation") == 1 and "every head h of r ranks" in words
    assert "Precision@K over all pairs is not shown" not in words


def test_the_worst_relations_stand_first(facts: KnowledgeGraph) -> None:
    result = restore({"one": vectors(facts)}, facts, relations=True)
    data, _ = parts(render_report(result))
    worst = pd.read_csv(StringIO(data["tables"]["worst-0"]))
    frame = result.to_frame()
    assert worst["corrected"].tolist() == pytest.approx(sorted(frame.loc[frame["direction"].str.contains(" of "), "corrected"]))
    assert set(worst["direction"]) == {"tails", "heads"}


def test_a_single_relation(facts: KnowledgeGraph, tmp_path: Any) -> None:
    result = restore({"one": vectors(facts)}, facts, relations=["knows"])
    result.to_html(tmp_path / "report.html")
    data, words = parts((tmp_path / "report.html").read_text())
    assert "for tails of knows" in words and "relations=['knows']" in words
    assert len(pd.read_csv(StringIO(data["tables"]["relation-tails"]))) == 1


def test_the_lines_that_repeat_it() -> None:
    facts = ge.load_dataset("world/facts")
    embedding = Spectral(dim=4).fit(facts.to_graph()).embedding_
    result = restore({"mine": embedding}, facts, relations=True, baselines=["degree"], sources=300)
    lines = [line for line in python_lines(Story(result)).splitlines() if "to_html" not in line]
    said: dict[str, Any] = {}
    exec("\n".join(lines), said)  # our own lines, as a reader would run them
    pd.testing.assert_frame_equal(said["result"].to_frame().drop(columns="seconds"), result.to_frame().drop(columns="seconds"))


def test_what_a_second_embedding_adds_stands_in_the_page(facts: KnowledgeGraph) -> None:
    reads_text = vectors(facts, 1).replace(meta={**vectors(facts, 1).meta, "notes": {"features": {"text": "tfidf"}}})
    result = restore({"one": vectors(facts), EVIL: reads_text}, facts, relations=True, baselines=["degree"])
    data, words = parts(render_report(result))
    assert "What text added, relation by relation" in words
    table = pd.read_csv(StringIO(data["tables"]["gains-0"]))
    assert len(table) == 2 + 2 * 3 and table["relation"].tolist()[:2] == ["all", "all"]
    assert table["gain"].tolist() == pytest.approx(result.gains()["gain"].tolist())
    _, alone = parts(render_report(restore({"one": vectors(facts)}, facts, relations=True, baselines=["degree"])))
    assert "What was added" not in alone and "What text added" not in alone
