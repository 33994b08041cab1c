"""The page of a triple evaluation, and the lines that repeat it."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.triple_commands import python_lines, shell_line
from graphemb.analysis.triple_evaluation import evaluate_triples
from graphemb.analysis.triple_report import group_figure, render_triple_report
from graphemb.analysis.triple_result import TripleResult
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError
from graphemb.reconstruction.report.figure_style import method_styles


@pytest.fixture(scope="module")
def result() -> TripleResult:
    train = [("<i>ann</i>", "likes", "bob"), ("bob", "likes", "cem"), ("cem", "<u>knows</u>", "bob"), ("cem", "<u>knows</u>", "<i>ann</i>")]
    test = [("<i>ann</i>", "likes", "cem"), ("bob", "<u>knows</u>", "cem"), ("dan", "likes", "bob")]
    data = KnowledgeGraph.from_triples({"train": train, "valid": [], "test": test})
    rng = np.random.default_rng(0)
    parts = {"decoder": "translation", "parameters": {"relation": rng.normal(size=(2, 3))}, "meta": {"relations": list(data.relations)}}
    mine, other = (Embedding(data.entities, rng.normal(size=(4, 3)), **parts) for _ in range(2))
    result = evaluate_triples({"<b>mine</b>": mine, "other": other}, data, k=(1, 3), baselines=("popularity",))
    result.settings["data_name"] = "<i>facts</i>"
    return result


def test_the_page_holds_everything(result):
    page = render_triple_report(result)
    for word in (
        "AMRI",
        "adjusted-hits@3",
        "z-MRR",
        "macro-MRR",
        "Tails and heads",
        "Relations by how many answers",
        "How often the right answer stands in training",
        "Triples with an entity that no training triple holds",
        "Relation by relation",
        "How sure the order",
        "Kept: 1 with an entity that no training triple holds",
        "mean of 1 / rank",
    ):
        assert word in page, word
    for markup in ("<b>mine", "<i>facts", "<i>ann", "<u>knows"):
        assert markup not in page
    assert "&lt;b&gt;mine" in page


def test_the_page_is_written_whole(result, tmp_path):
    result.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!")
    for empty in (TripleResult([]).to_html, render_triple_report):
        with pytest.raises(DataError, match="no rows"):
            empty(TripleResult([]) if empty is render_triple_report else tmp_path / "empty.html")


def test_a_result_from_a_file_has_the_same_page(result, tmp_path):
    result.to_json(tmp_path / "result.json")
    again = render_triple_report(TripleResult.from_json(tmp_path / "result.json"), title="<u>Mine</u>")
    assert again.count("<table") == render_triple_report(result).count("<table")
    assert "&lt;u&gt;Mine" in again


def test_without_groups_and_for_one_method(result):
    rows = [row for row in result.rows if row.method == "other" and row.grouping == "all"]
    page = render_triple_report(TripleResult(rows, settings=result.settings))
    assert "How sure the order" not in page and "Tails and heads" not in page


def test_groups_stand_in_their_order_with_a_row_for_every_method():
    import pandas as pd

    rows = pd.DataFrame(
        [
            {"series": series, "group": group, "mean": 0.5, "low": 0.4, "high": 0.6, "queries": 3}
            for series in ("a", "b")
            for group in ("x", "<y>")
        ]
    )
    figure = group_figure(rows, ["<y>", "x"], method_styles(["a", "b"]))
    assert figure.layout.yaxis.ticktext == ("&lt;y&gt;", "x")
    assert np.allclose([trace.y for trace in figure.data], [[1 - 0.175, -0.175], [1 + 0.175, 0.175]])


def test_the_lines_that_repeat_it(result):
    settings = result.settings | {"data_name": "world/facts"}
    settings["methods"] = {
        "mine": {},
        "complex": {"method": "complex", "parameters": {"dim": 8}, "random_state": 3},
        "hope": {"method": "hope", "parameters": {}},
    }
    lines = python_lines(settings)
    assert "facts = ge.load_dataset('world/facts')" in lines
    assert "'complex': ge.ComplEx(dim=8, random_state=3).fit(facts).embedding_," in lines
    assert "'hope': ge.HOPE().fit(facts.to_graph(splits=['train'])).embedding_," in lines
    assert "k=(1, 3), split='test', filter=('train', 'valid', 'test'), sides=('tail', 'head'), baselines=('popularity',)" in lines
    compile(lines, "lines", "exec")
    expected = "graphemb evaluate mine.arrow --method complex:dim=8 --method hope --data world/facts -k 1,3 --baseline popularity"
    assert shell_line(settings).startswith(expected + " --random-state 0")
    changed = settings | {
        "split": "valid",
        "filter": [],
        "sides": ["head"],
        "ties counted": "optimistic",
        "triples drawn": 5,
        "baselines": [],
    }
    for words in ("--on validation", "--filter none", "--side head", "--ties optimistic", "--triples 5", "--no-baselines"):
        assert words in shell_line(changed), words
    assert "--filter train --filter valid" in shell_line(settings | {"filter": ["train", "valid"]})
