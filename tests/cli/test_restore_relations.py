"""restore of single relations on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.triples_file import write_knowledge_graph

N = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Points on a line with two relations, and two embeddings: one knows the first relation alone."""
    facts = [(f"p{i}", "next", f"p{i + 1}") for i in range(N - 1)] + [(f"p{i}", "far", f"p{i + 5}") for i in range(0, N - 5, 2)]
    data = KnowledgeGraph.from_triples({"train": facts[:10], "test": facts[10:]})
    write_knowledge_graph(data, tmp_path / "line")
    places = np.array([[float(name[1:])] for name in data.entities])
    for name, steps in (("half", (1.0, -2.0)), ("whole", (1.0, 5.0))):
        meta = {"relations": ["next", "far"]}
        e = Embedding(data.entities, places, decoder="translation", parameters={"relation": [[s] for s in steps]}, meta=meta)
        e.save(tmp_path / f"{name}.arrow")
    return tmp_path


def restore(run, folder: Path, *words: object):
    return run("restore", folder / "line", folder / "half.arrow", folder / "whole.arrow", *words)


def test_relations_are_rebuilt_and_compared(run, folder):
    ran = restore(run, folder, "--relations", "all", "--html", folder / "page.html")
    assert ran.status == 0, ran.err
    assert f"{N} entities, 2 relations" in ran.out
    assert "kept least by half, of 4 relations and sides" in ran.out and "whole over half, the same queries" in ran.out
    assert "all 15 queries for tails, all 15 queries for heads" in ran.out
    assert "degree" in ran.out and "common-neighbours" not in ran.out
    assert "--relations all" in (folder / "page.html").read_text()


def test_json_has_every_relation(run, folder):
    found = restore(run, folder, "--relations", "all", "--no-baselines", "--json").json
    groups = found["groups"]
    assert [row["direction"] for row in groups["rows"][:2]] == ["tails", "tails of next"]
    worst = groups["relations"][0]
    assert (worst["method"], worst["relation"]) == ("half", "far") and worst["queries"] == 4
    assert {(row["series"], row["over"]) for row in groups["gains"]} == {("whole", "half")}
    assert groups["gains"][0]["relation"] == "all" and groups["gains"][0]["better"] == 4


def test_one_relation_by_name(run, folder):
    ran = restore(run, folder, "--relations", "far", "--no-baselines")
    assert ran.status == 0 and "tails of far" in ran.out and "next" not in ran.out and "1 relation\n" in ran.out


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (("--relations", "fra"), 1, "unknown relation 'fra'; did you mean 'far'"),
        (("--relations", "all", "--hops", "2"), 2, "--hops is of one graph"),
        (("--relations", "all", "--certify"), 2, "--certify is of one graph"),
        (("--relations", "all", "--directed"), 2, "--directed is of one graph"),
        (("--relations", "all", "--details"), 2, "details"),
        (("--relations", "all", "--columns", "a,b"), 2, "--columns"),
    ],
)
def test_what_does_not_go_together_is_refused(run, folder, words, status, error):
    ran = restore(run, folder, *words)
    assert ran.status == status and error in ran.error


def test_other_data_have_no_relations(run, folder):
    ran = run("restore", "karate-club", folder / "half.arrow", "--relations", "all")
    assert ran.status == 1 and "without relations" in ran.error
    (folder / "taken.inter").write_text("user_id:token\titem_id:token\na\tx\nb\ty\n")
    ran = run("restore", folder / "taken.inter", folder / "half.arrow", "--relations", "all")
    assert ran.status == 2 and "--relations speaks of knowledge graphs" in ran.error
