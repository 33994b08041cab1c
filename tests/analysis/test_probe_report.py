"""The page of a probe: all figures are there, nothing is loaded, every name is text, and its lines give the same figures again."""

from __future__ import annotations

import json
import re
import shlex
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graphemb as ge
from graphemb.analysis.clustering import cluster_nodes
from graphemb.analysis.link_prediction import link_prediction
from graphemb.analysis.node_classification import classify_nodes
from graphemb.analysis.node_labels import node_labels
from graphemb.analysis.probe_commands import python_lines, shell_lines
from graphemb.analysis.probe_figures import metric_figure, number_in_words, share_figure
from graphemb.analysis.probe_report import render_probe_report, write_probe_report
from graphemb.analysis.probe_result import ProbeResult, ProbeRow
from graphemb.cli.app import main
from graphemb.errors import DataError, GraphembError
from graphemb.reconstruction.report.figure_style import method_styles

EVIL = ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", '"><svg onload=alert(1)>', "{{ 7 * 7 }}", "مصر")


class Page(HTMLParser):
    """Tags, attributes, text outside scripts, and the data of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.data: dict[str, Any] = {}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script" and data.startswith('{"figures"'):
            self.data = json.loads(data)
        elif self._inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def lines(self) -> str:
        """The Python of the page."""
        return next(words for words in self.words if words.startswith("import graphemb"))


@pytest.fixture(scope="module")
def club() -> ge.Graph:
    graph = ge.load_dataset("karate-club")
    assert isinstance(graph, ge.Graph)
    return graph


@pytest.fixture(scope="module")
def embeddings(club: ge.Graph) -> dict[str, ge.Embedding]:
    return {
        "hope": ge.HOPE(dim=4, random_state=0).fit(club).embedding_,
        "spectral": ge.Spectral(dim=4, random_state=0).fit(club).embedding_,
    }


@pytest.fixture(scope="module")
def classified(club: ge.Graph, embeddings: dict[str, ge.Embedding]) -> ProbeResult:
    return classify_nodes(embeddings, node_labels(club, "club"), shares=[0.3, 0.7], repeats=3)


@pytest.fixture(scope="module")
def clustered(club: ge.Graph, embeddings: dict[str, ge.Embedding]) -> ProbeResult:
    return cluster_nodes(embeddings, node_labels(club, "club"), repeats=2)


@pytest.fixture(scope="module")
def predicted(club: ge.Graph) -> ProbeResult:
    methods = {"hope": ge.HOPE(dim=4, random_state=0), "spectral": ge.Spectral(dim=4, random_state=0)}
    return link_prediction(methods, club, repeats=2, hits=[3])


def evil_result() -> ProbeResult:
    rows = [
        ProbeRow(f"probe {EVIL[0]}", name, EVIL[1], share, metric, tuple(np.linspace(0.2, 0.4, 3) + i / 10), ratio=1.0)
        for metric in ("F1", EVIL[2])
        for share in (0.1, 0.5)
        for i, name in enumerate([*EVIL, "x" * 10_000])
    ]
    said = {"definitions": {EVIL[0]: EVIL[1]}, "methods": {name: {"method": EVIL[3]} for name in EVIL}, "data_name": EVIL[0]}
    return ProbeResult(rows, {f"probe {EVIL[0]}": {**said, EVIL[2]: [EVIL[0]]}})


def test_every_figure_has_its_table_and_its_numbers(predicted: ProbeResult, classified: ProbeResult, clustered: ProbeResult) -> None:
    result = ProbeResult.joined([predicted, classified, clustered])
    page = Page(render_probe_report(result))
    ids = {value for name, value in page.attributes if name == "id"}
    assert len(page.data["figures"]) == 4 + 3 + 3 + 3  # metrics of each probe, and those of classification against the share
    for figure in page.data["figures"]:
        assert {figure, f"{figure}-plot", f"{figure}-table"} <= ids
        assert page.data["tables"][figure].count("\r\n") >= 2
    found = pd.read_csv(StringIO(page.data["tables"]["summary"]), keep_default_na=True)
    pd.testing.assert_frame_equal(found, result.to_frame(), check_dtype=False)
    for line in result.to_frame().itertuples():
        assert number_in_words(line.mean, line.low, line.high) in page.text
    for words in ("Link prediction, node classification and clustering on karate-club", "corrected resampled t", "k-means", "at 0.5"):
        assert words.lower() in page.text.lower()
    assert "the best baseline" in page.text and "differences-1-0" in page.data["tables"]


def test_the_summary_has_a_table_for_every_probe(predicted: ProbeResult, classified: ProbeResult, clustered: ProbeResult) -> None:
    def heads(results: list[ProbeResult]) -> tuple[list[list[str]], str]:
        page = render_probe_report(ProbeResult.joined(results))
        summary = page[page.index('<section id="summary">') : page.index("</section>")]
        return [re.findall(r"<th scope=\"col\".*?>([^<>]+)</button>", table) for table in summary.split("</thead>")[:-1]], summary

    found, summary = heads([predicted, classified, clustered])
    for columns, result in zip(found, (predicted, classified, clustered), strict=True):
        frame = result.to_frame()
        assert columns == ["method", *(["share"] if frame["share"].notna().any() else []), *dict.fromkeys(frame["metric"])]
    assert re.findall("<h3>(.*)</h3>", summary) == ["Link prediction", "Node classification", "Clustering"]
    assert re.findall('<table id="(.*)">', summary) == ["summary-table", "summary-table-2", "summary-table-3"]
    found, summary = heads([clustered])
    assert len(found) == 1 and "<h3>" not in summary


def test_an_interval_over_the_whole_scale_has_no_half_width() -> None:
    def page(*values: float) -> str:
        return Page(render_probe_report(ProbeResult([ProbeRow("mine", "hope", "k-means", None, "NMI", values)]))).text

    wide, narrow = page(0.55, 1.0), page(0.77, 0.78)
    assert "0.775 (0 to 1)" in wide and "0.775 ±" not in wide and "as wide as the scale" in wide
    assert "0.775 ± 0.064" in narrow and "as wide as the scale" not in narrow
    assert number_in_words(0.1, -1.0, 1.0) == "0.100 (\N{MINUS SIGN}1 to 1)"
    assert number_in_words(0.3, 0.0, 0.99) == "0.300 ± 0.690"


def test_numbers_beside_the_dots_leave_room_on_a_telephone() -> None:
    name = "laplacian-eigenmaps · logistic-hadamard"
    rows = pd.DataFrame({"series": [name], "share": [0.1], "mean": [0.7], "low": [0.6], "high": [0.8]})
    layout = metric_figure(rows, method_styles([name]), metric="AUC").layout
    label, text = layout.yaxis.ticktext[0], layout.annotations[-1].text
    assert text == "0.700 ± 0.100" and 80 < layout.margin.r < 100
    assert 360 - 6.2 * len(label) - layout.margin.r > 80  # pixels for the plot
    assert layout.xaxis.nticks is None  # as many as the width has room for


def test_nothing_is_loaded_from_anywhere(classified: ProbeResult) -> None:
    page = Page(render_probe_report(classified))
    addresses = [value for name, value in page.attributes if name in ("src", "href", "action", "data", "srcset")]
    assert addresses and all(value.startswith("#") for value in addresses)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert any(value.startswith("default-src 'none'") for _, value in page.attributes)


def test_names_are_text() -> None:
    page = Page(render_probe_report(evil_result(), title=EVIL[1]))
    assert page.tags.count("script") == 3 and not {"img", "svg"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert all(name in page.text for name in EVIL) and "49" not in page.text.split()
    figures = json.dumps(page.data["figures"], ensure_ascii=False)
    assert not re.search("<img|<svg|</script", figures) and "&lt;img src=x" in figures
    assert "x" * 600 not in page.text and "x" * 600 not in figures


def test_the_lines_give_the_same_figures_again(
    club: ge.Graph, predicted: ProbeResult, classified: ProbeResult, clustered: ProbeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = ProbeResult.joined([predicted, classified, clustered])
    result.settings["link-prediction"]["data_name"] = "karate-club"
    names: dict[str, Any] = {}
    exec(compile(Page(render_probe_report(result)).lines, "page", "exec"), names)
    assert names["graph"].fingerprint == club.fingerprint
    order = ["probe", "method", "score", "metric", "share"]
    again, before = (each.to_frame().sort_values(order, ignore_index=True) for each in (names["result"], result))
    pd.testing.assert_frame_equal(again, before)
    assert (tmp_path / "probe.html").is_file()


def test_one_probe_alone_gives_its_own_lines(clustered: ProbeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(Page(render_probe_report(clustered)).lines, "page", "exec"), names)
    pd.testing.assert_frame_equal(names["clustered"].to_frame(), clustered.to_frame())


def test_the_commands_give_the_same_figures_again(
    club: ge.Graph, classified: ProbeResult, clustered: ProbeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    ours = link_prediction({"hope": ge.HOPE(dim=4, random_state=0)}, club, repeats=2)
    for result in (ours, classified, clustered):
        command = shell_lines(result, "karate-club")
        assert main([*shlex.split(command)[1:], "--json", "--quiet"]) == 0, command
        lines = json.loads(capsys.readouterr().out)["groups"][result.probes[0]]  # the methods have other labels there
        for metric, rows in result.to_frame().groupby("metric"):
            assert sorted(line[metric] for line in lines) == pytest.approx(sorted(rows["mean"])), (command, metric)


@pytest.mark.parametrize(("seed", "method_seed"), [(3, 3), (0, 7)])
def test_the_lines_tell_the_seed_of_a_method(
    club: ge.Graph, seed: int, method_seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    method = ge.LPCA(dim=8, random_state=method_seed)  # not one whose figures every seed gives
    predicted = link_prediction({"lpca": method}, club, repeats=2, scores=["decoder"], baselines=[], random_state=seed)
    classified = ge.classify_nodes({"lpca": method.fit(club).embedding_}, club, shares=[0.5], repeats=2, random_state=seed)
    names: dict[str, Any] = {}
    exec(compile(python_lines(ProbeResult.joined([predicted, classified]), "karate-club"), "page", "exec"), names)
    for result in (predicted, classified):
        pd.testing.assert_frame_equal(names["result"].of(result.probes[0]).to_frame(), result.to_frame())
    assert main([*shlex.split(shell_lines(classified, "karate-club"))[1:], "--json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)["groups"]["classification"]
    accuracy = classified.to_frame().query("metric == 'accuracy' and method == 'lpca'")["mean"].tolist()
    assert [line["accuracy"] for line in told if not line["baseline"]] == pytest.approx(accuracy)


def test_what_the_command_cannot_say_is_left_to_python(predicted: ProbeResult, classified: ProbeResult) -> None:
    assert shell_lines(predicted) == ""  # hits=[3]
    assert "Command line" in Page(render_probe_report(classified)).text
    assert "Command line" not in Page(render_probe_report(predicted)).text
    given = ProbeResult([ProbeRow("clustering", "mine", "k-means", None, "NMI", (0.5,))], {"clustering": {"methods": {"mine": {}}}})
    assert shell_lines(given, "edges.tsv") == "graphemb probe edges.tsv --task cluster mine.arrow --random-state 0 --html cluster.html"
    assert "ge.read_graph('edges.tsv')" in python_lines(given, "edges.tsv") and "ge.Embedding.load('mine.arrow')" in python_lines(given)


def test_the_best_method_stands_out_and_no_baseline_does(classified: ProbeResult) -> None:
    frame = classified.to_frame()
    best = frame[~frame["score"].eq("frequency") & frame["method"].isin(classified.methods)].groupby(["share", "metric"])["mean"].max()
    shown = re.findall(r'class="n best"[^>]*>([0-9.]+)', render_probe_report(classified))
    assert sorted({f"{value:.3f}" for value in best}) == sorted(set(shown))


def test_differences_are_to_the_best_of_the_share(classified: ProbeResult) -> None:
    page = Page(render_probe_report(classified))
    frame = classified.to_frame().query("metric == 'accuracy' and method in ['hope', 'spectral']")
    gaps = frame.groupby("share")["mean"].agg(lambda means: means.min() - means.max())
    for gap in gaps:
        assert f"{gap:+.4f}".replace("-", "\N{MINUS SIGN}").lstrip("+") in page.text


def test_one_method_one_repeat_and_figures_that_are_not_there() -> None:
    rows = [ProbeRow("clustering", "only", "k-means", None, metric, (value,)) for metric, value in (("NMI", 0.5), ("ARI", np.nan))]
    page = Page(render_probe_report(ProbeResult(rows)))
    assert not any(name.startswith("differences") for name in page.data["tables"])
    assert "only has NMI 0.500." in page.text and "–" in page.text
    with pytest.raises(DataError, match="no rows"):
        render_probe_report(ProbeResult([]))


def test_a_file_is_written_whole(classified: ProbeResult, tmp_path: Path) -> None:
    assert write_probe_report(classified, tmp_path / "probe.html", title="Mine") == tmp_path / "probe.html"
    classified.to_html(tmp_path / "again.html")
    assert "<title>Mine</title>" in (tmp_path / "probe.html").read_text(encoding="utf-8")
    with pytest.raises(GraphembError, match="cannot write"):
        write_probe_report(classified, tmp_path / "nowhere" / "probe.html")


def test_axes_hold_every_whisker() -> None:
    rows = pd.DataFrame({"series": ["a", "b"], "share": [0.1, 0.1], "mean": [0.05, -0.02], "low": [0.01, -0.1], "high": [0.09, np.nan]})
    styles = method_styles(["a", "b"])
    low, high = metric_figure(rows, styles, metric="ARI").layout.xaxis.range
    assert low < -0.1 and 0.09 < high < 0.2
    low, high = share_figure(rows, styles, metric="AUC", axis="share").layout.yaxis.range
    assert low < -0.1 and high > 0.09
    low, high = metric_figure(rows.assign(mean=0.9, low=0.8, high=0.95), styles, metric="AUC").layout.xaxis.range
    assert low == pytest.approx(0.495) and high == pytest.approx(1.005)
