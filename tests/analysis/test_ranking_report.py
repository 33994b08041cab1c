"""The page of a ranking evaluation."""

from __future__ import annotations

import pytest

from graphemb.analysis.ranking_commands import python_lines, shell_line
from graphemb.analysis.ranking_report import render_ranking_report
from graphemb.analysis.ranking_result import RankingResult
from graphemb.analysis.recommendation import evaluate
from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError


@pytest.fixture(scope="module")
def result() -> RankingResult:
    pairs = {"train": [("ann", "tea"), ("bob", "rye"), ("bob", "tea")], "test": [("ann", "rye"), ("bob", "oat"), ("eve", "tea")]}
    data = Interactions.from_pairs(pairs)
    names = [*(f"user:{name}" for name in data.users), *(f"item:{name}" for name in data.items)]
    e = Embedding(names, [[1, 0], [0, 1], [1, 1], [1, 0], [1, 1], [0, 2]])
    made = {"method": "gf-cf", "parameters": {"dim": 4}, "random_state": 0}
    result = evaluate({"<b>mine</b>": e, "made": e.replace(meta=made)}, data, k=(1, 2), baselines=("popularity", "random"))
    result.settings["data_name"] = "<i>data</i>"
    return result


def test_the_page_holds_everything(result):
    page = render_ranking_report(result)
    for word in (
        "recall@1",
        "popularity-lift@2",
        "no training items",
        "head",
        "How sure the order",
        "in order of their number of training",
    ):
        assert word in page, word
    assert "<b>mine</b>" not in page
    assert "<i>data</i>" not in page
    assert "&lt;b&gt;mine" in page


def test_the_page_is_written_whole(result, tmp_path):
    result.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!")
    with pytest.raises(DataError, match="no rows"):
        RankingResult([]).to_html(tmp_path / "empty.html")
    with pytest.raises(DataError, match="no rows"):
        render_ranking_report(RankingResult([]))


def test_a_result_from_a_file_has_the_same_page(result, tmp_path):
    result.to_json(tmp_path / "result.json")
    again = render_ranking_report(RankingResult.from_json(tmp_path / "result.json"))
    assert again.count("<table") == render_ranking_report(result).count("<table")


def test_without_groups_and_for_one_method(result):
    rows = [row for row in result.rows if row.method == "made" and row.grouping == "all"]
    page = render_ranking_report(RankingResult(rows, settings=result.settings), title="<u>Mine</u>")
    assert "How sure the order" not in page
    assert "&lt;u&gt;Mine" in page


def test_the_lines_that_repeat_it(result):
    settings = result.settings | {"data_name": "taken.csv", "split rule": "ratio"}
    lines = python_lines(settings)
    assert "data = ge.read_interactions('taken.csv')" in lines
    assert "data = ge.split_interactions(data, 'ratio', random_state=0)" in lines
    assert "'made': ge.GFCF(dim=4, random_state=0).fit(data).embedding_," in lines
    assert "k=(1, 2), split='test', mask=('train',), ndcg='ideal', baselines=['popularity', 'random'], random_state=0" in lines
    compile(lines, "lines", "exec")
    shell = shell_line(settings | {"split": "validation", "ndcg": "retrieved"})
    assert "--method gf-cf:dim=4 --data taken.csv --split ratio -k 1,2 --mask train --on validation --ndcg retrieved" in shell
