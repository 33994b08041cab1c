"""Reports of several measures: q-values, ranks that know the direction, JSON, and the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphemb import registry
from graphemb.analysis.bias.report import BiasReport, bias_report, suitable
from graphemb.analysis.bias.report_page import ENDS, drawn_columns, render_bias_report
from graphemb.analysis.bias.result import adjusted
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, ParameterError, UnknownNameError

MEASURES = ["direct-bias:draws=30", "ect:draws=30", "mac"]


@pytest.fixture(scope="module")
def two(small: Embedding, sex: Concept, neutral: list[str]) -> BiasReport:
    """The small embedding, and one whose direction of the concept is gone."""
    flat = np.array(small.vectors)
    flat[:, 0] *= 0.01
    return bias_report({"before": small, "after": small.replace(vectors=flat)}, sex, neutral, MEASURES)


def test_figures_are_those_of_the_measures(two: BiasReport, small: Embedding, sex: Concept, neutral: list[str]) -> None:
    table = two.to_frame()
    assert list(table["measure"]) == [m for m in MEASURES for _ in range(2)] and list(table["embedding"][:2]) == ["before", "after"]
    one = bias_report(small, sex, neutral, MEASURES[0])
    assert one.one is not None and one.one.value == table["value"][0] and one.to_dict()["direct-bias"] == table["value"][0]
    assert np.allclose(table["q"], adjusted(table["p"].to_numpy()), equal_nan=True) and (table["q"] >= table["p"]).iloc[:4].all()


def test_ranks_know_which_way_is_worse(two: BiasReport) -> None:
    table = two.to_frame().set_index(["measure", "embedding"])
    for asked in MEASURES:
        first, second = (table.loc[(asked, label)] for label in ("before", "after"))
        assert (first["rank"] < second["rank"]) == (first["bias"] < second["bias"])
    higher = table.loc["ect:draws=30"].sort_values("value", ascending=False)
    assert list(higher["rank"]) == sorted(higher["rank"])  # of ECT the higher value is the less biased


def test_json(two: BiasReport, tmp_path: Path) -> None:
    said = json.loads(two.to_json(tmp_path / "report.json"))
    assert json.loads((tmp_path / "report.json").read_text()) == said
    assert said["embeddings"] == ["before", "after"] and said["mac"] == two.results["before"]["mac"].value
    assert {"direct-bias:draws=30", "direct-bias:draws=30_p", "direct-bias:draws=30_q"} <= set(said) and "mac_p" not in said
    assert len(said["measures"]) == 6 and len(said["measures"][0]["rows"]) == 30


def test_the_page(two: BiasReport, tmp_path: Path, small: Embedding, sex: Concept) -> None:
    text = two.to_html(tmp_path / "bias.html").read_text(encoding="utf-8")
    assert "Bias: sex in before, after" in text and "Mean rank over the measures" in text and "1607.06520" in text
    evil = Embedding([*small.names, "<script>alert(1)</script>"], np.concatenate([small.vectors, small.vectors[:1]]))
    page = render_bias_report(bias_report({"<b>mine</b>": evil}, sex, ["<script>alert(1)</script>", "n0", "n1"], MEASURES), title="<i>x")
    assert "<script>alert" not in page and "<b>mine" not in page and "<i>x" not in page


def test_every_table_has_something_to_draw(small: Embedding, sex: Concept, sides: Concept, neutral: list[str]) -> None:
    of_names = bias_report(small, sex, neutral)
    of_sides = bias_report(small, sex, sides, ["weat", "generalised-weat"])
    drawn = {asked: drawn_columns(found) for report in (of_names, of_sides) for asked, found in report.results[""].items()}
    assert drawn["direct-bias"] == ("name", "projection") and drawn["weat"] == ("name", "association") and None not in drawn.values()
    assert ENDS == 15


def test_what_does_not_suit_is_left_out_unless_named(small: Embedding, sex: Concept) -> None:
    report = bias_report(small, sex, ["n0", "n1"])
    assert "at least three targets" in report.left_out["ect"] and "ect" not in report.results[""]
    assert report.to_dict()["left_out"] == dict(report.left_out) and "Left out: ect" in render_bias_report(report)
    with pytest.raises(DataError, match="at least three targets"):
        bias_report(small, sex, ["n0", "n1"], ["ect"])


def test_what_suits(sex: Concept, sides: Concept, path_graph: Graph) -> None:
    three = Concept("three", {"a": ("f0",), "b": ("m0",), "c": ("x0",)})
    large = Concept("large", {"a": [f"a{i}" for i in range(20)], "b": [f"b{i}" for i in range(20)]})  # type: ignore[dict-item]
    assert suitable(three, None) == ["direct-bias", "same", "mac"]
    assert suitable(three, three) == ["generalised-weat"] and suitable(sex, sides) == ["weat", "generalised-weat"]
    assert suitable(sex.replace(targets=sides), None) == ["weat", "generalised-weat"]
    assert "attribute-inference" in suitable(large, None) and suitable(large, None, path_graph)[-1] == "parity"
    assert suitable(sex, None, {"n0": 1.0})[-2:] == ["wefat", "outside-correlation"]
    assert suitable(Concept("one", {"a": ("f0",)}), None) == ["mac"]
    taken = Interactions.from_pairs([("u", "i"), ("v", "i")])
    assert suitable(None, None) == [] and suitable(None, None, taken) == ["popularity-direction"]
    assert suitable(None, None, path_graph) == ["popularity-direction"]


def test_figures_go_to_the_measures_that_take_them(small: Embedding, sex: Concept, neutral: list[str]) -> None:
    figures = {name: float(i) for i, name in enumerate(neutral)}
    report = bias_report(small, sex, neutral, ["direct-bias:draws=5", "wefat:draws=50"], data=figures)
    assert report.results[""]["wefat:draws=50"].settings["value is"].startswith("Pearson")


def test_what_is_refused(small: Embedding, sex: Concept) -> None:
    with pytest.raises(DataError, match="no embedding to measure"):
        bias_report({}, sex)
    with pytest.raises(ParameterError, match="nothing to measure: give a concept"):
        bias_report(small)
    with pytest.raises(ParameterError, match="named twice"):
        bias_report(small, sex, None, ["mac", "mac"])
    nobody = Concept.from_pairs("nobody", [("x", "y")])
    with pytest.raises(DataError, match=r"^the group 'group 1' of 'nobody' has 0 of its 1 names in the embedding[^;]*; missing are 'x'$"):
        bias_report(small, nobody)
    with pytest.raises(UnknownNameError, match="unknown measure 'weet'; did you mean 'weat'"):
        bias_report(small, sex, None, ["weet"])


def test_every_measure_has_its_place_on_the_page_about_bias(checkout: Path) -> None:
    page = (checkout / "docs" / "bias.md").read_text(encoding="utf-8")
    assert [entry.name for entry in registry.entries("measure") if f"| `{entry.name}` |" not in page and entry.family == "bias"] == []
