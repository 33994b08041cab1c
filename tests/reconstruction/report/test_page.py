"""The report: one page that says everything, loads nothing, and treats every label as text."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, GraphembError
from graphemb.nodes.hope import HOPE
from graphemb.reconstruction import details
from graphemb.reconstruction.report import sections as report_sections
from graphemb.reconstruction.report.page import plotly_without_addresses, render_report, script_safe, write_report
from graphemb.reconstruction.restoration import Restoration
from graphemb.reconstruction.restore import restore

EVIL = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }}",
    "=cmd|' /C calc'!A0",
)
RIGHT_TO_LEFT = "مصر"


class Page(HTMLParser):
    """The elements of a page, its addresses, its text outside scripts, and its data."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.inside = ""
        self.data: dict[str, Any] = {}
        self._number = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script" and data.startswith('{"figures"'):
            self.data = json.loads(data)
        elif self.inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def vectors(graph: Graph, dim: int = 6, seed: int = 0) -> Embedding:
    rng = np.random.default_rng(seed)
    return Embedding(graph.names, rng.standard_normal((graph.n_nodes, dim)).astype(np.float32))


def result(graph: Graph, methods: Sequence[str] = ("hope", "spectral"), **settings: Any) -> Restoration:
    return restore({m: vectors(graph, seed=i) for i, m in enumerate(methods)}, graph, **settings)


@pytest.fixture(scope="module")
def evil_graph() -> Graph:
    names = [*EVIL, RIGHT_TO_LEFT, "x" * 10_000, *"abcdefgh"]
    return Graph.from_edges([(names[i], names[(i * 3 + 1 + j) % len(names)]) for i in range(len(names)) for j in (1, 5)])


@pytest.fixture(scope="module")
def evil_page(evil_graph: Graph) -> str:
    return render_report(result(evil_graph, [*EVIL, "hope"], hops=(1, 2), baselines=("random", "eckart-young")), title=EVIL[0])


def test_nothing_is_loaded_from_anywhere(community_graph: Graph) -> None:
    page = Page(render_report(result(community_graph)))
    addresses = [value for _, name, value in page.attributes if name in ("src", "href", "action", "data", "poster", "srcset")]
    assert addresses and all(value.startswith("#") for value in addresses)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and value.startswith("default-src"))
    assert policy.startswith("default-src 'none'") and "http" not in policy and "connect-src" not in policy


def test_plotly_knows_no_address() -> None:
    script = plotly_without_addresses()
    assert "Plotly" in script and len(script) > 1_000_000
    assert not re.search(r"""["'`]https?://(?!www\.w3\.org/)[^"'`\s]*["'`]""", script)


def test_names_are_text_in_the_page(evil_page: str) -> None:
    page = Page(evil_page)
    assert page.tags.count("script") == 3 and "img" not in page.tags and "svg" not in page.tags
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    for name in EVIL:
        assert name in page.text
    assert RIGHT_TO_LEFT in page.text and "49" not in page.text.split()


def test_names_are_text_in_the_figures(evil_page: str) -> None:
    page = Page(evil_page)
    figures = json.dumps(page.data["figures"], ensure_ascii=False)
    assert "<img" not in figures and "<svg" not in figures and "</script" not in figures
    assert "&lt;img src=x" in figures


def test_long_names_are_short_in_the_page_and_whole_in_the_data(evil_page: str) -> None:
    page = Page(evil_page)
    assert "x" * 600 not in page.text and "x" * 600 not in json.dumps(page.data["figures"])
    assert not any("x" * 600 in value for _, _, value in page.attributes)
    assert any("x" * 10_000 in table for table in page.data["tables"].values())


def test_every_figure_has_a_table_and_its_numbers(community_graph: Graph) -> None:
    page = Page(render_report(result(community_graph, hops=(1, 2, 3), relevant="both", baselines=("random", "degree", "eckart-young"))))
    assert len(page.data["figures"]) >= 10
    ids = {value for _, name, value in page.attributes if name == "id"}
    for figure in page.data["figures"]:
        assert {figure, f"{figure}-plot", f"{figure}-table"} <= ids
        assert page.data["tables"][figure].count("\r\n") >= 2
    assert "exactly 2 hops" in page.text and "within 3 hops" in page.text
    for word in (
        "Ties",
        "Chance level",
        "Corrected AP",
        "Paired difference",
        "Spectral bound",
        "random state",
        "fingerprint",
        "graphemb restore",
    ):
        assert word in page.text


def test_the_summary_is_the_frame(community_graph: Graph) -> None:
    restoration = result(community_graph, hops=(1, 2))
    page = Page(render_report(restoration))
    found = pd.read_csv(StringIO(page.data["tables"]["summary"]))
    pd.testing.assert_frame_equal(found, restoration.to_frame(), check_dtype=False)
    for value in restoration.to_frame()["mAP"]:
        assert f"{value:.3f}" in page.text


@pytest.mark.parametrize("hops", [(1,), (1, 2, 3)])
def test_directed_graphs_show_both_directions(directed_graph: Graph, hops: tuple[int, ...]) -> None:
    page = Page(render_report(result(directed_graph, hops=hops)))
    assert {"map-out", "map-in"} <= set(page.data["figures"])
    assert "ordered" in page.text and "1 hop, in" in page.text


def test_twelve_methods(community_graph: Graph) -> None:
    page = Page(render_report(result(community_graph, [f"method {i}" for i in range(12)])))
    assert sum(name.startswith("nodes-") for name in page.data["figures"]) == 12


def test_one_method_and_one_eligible_node() -> None:
    graph = Graph(np.eye(3, k=1)[:, [0, 1, 2]] * [[1], [0], [0]], names=["a", "b", "c"], directed=True)
    page = Page(render_report(result(graph, ["only"], direction="out")))
    assert "#differences" not in [value for _, _, value in page.attributes] and "map-out" in page.data["figures"]
    assert "all 1 node that has" in page.text


def test_sampled_sources_are_said(community_graph: Graph) -> None:
    page = Page(render_report(result(community_graph, sources=20)))
    assert re.search(r"20 of \d+ nodes", page.text) and "95% interval" in page.text
    assert "sources=20" in page.text


def test_sizes_of_one_method_make_a_curve(community_graph: Graph) -> None:
    made = {f"hope {d}": vectors(community_graph, d).replace(meta={"method": "hope", "parameters": {"dim": d}}) for d in (2, 4, 8)}
    page = Page(render_report(restore(made, community_graph)))
    curves = [figure for name, figure in page.data["figures"].items() if name.startswith("rate-")]
    assert len(curves) == 1
    assert "numbers stored a node" in json.dumps(curves)


def test_null_models_are_never_the_best_and_never_paired(community_graph: Graph) -> None:
    made = {f"hope:dim={d}": HOPE(dim=d).fit(community_graph).embedding_ for d in (4, 8)}
    page = Page(render_report(restore(made, community_graph, null=1)))
    assert "on rewired graph" in page.data["tables"]["summary"]
    assert "on rewired graph" not in page.data["tables"]["difference-undirected-1-ball"]
    (curve,) = (figure for name, figure in page.data["figures"].items() if name.startswith("rate-"))
    assert [trace["name"] for trace in curve["data"]] == ["hope", "hope on rewired graph", "chance level"]
    assert "null=1" in page.text and "ge.HOPE(" in page.text and "--null 1" in page.text


def test_one_method_and_its_null_model_are_no_pair(community_graph: Graph) -> None:
    page = Page(render_report(restore(HOPE(dim=4).fit(community_graph).embedding_, community_graph, null=1)))
    assert "#differences" not in [value for _, _, value in page.attributes]


def test_the_shape_of_the_rebuilt_graph(community_graph: Graph) -> None:
    page = Page(render_report(result(community_graph)))
    rows = pd.read_csv(StringIO(page.data["tables"]["shape-table"]))
    assert rows["method"].tolist() == ["the graph itself", "hope", "spectral"]
    assert rows.loc[0, "degree_distance"] == 0 < rows.loc[1, "degree_distance"]


def test_what_would_take_too_long_is_said(community_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details, "REBUILD_PAIRS", 10)
    monkeypatch.setattr(details, "DISTANCE_EDGES", 10)
    monkeypatch.setattr(report_sections, "BOUND_WORK", 10)
    page = Page(render_report(result(community_graph)))
    assert page.text.count("Left out, because") == 3
    assert "spectral-bound" not in page.data["figures"] and "shape-table" not in page.data["tables"]


def test_a_missing_precision_says_why(community_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    restoration = result(community_graph)

    def refuse() -> pd.DataFrame:
        raise DataError("the graph has too many pairs")

    monkeypatch.setattr(restoration, "precision", refuse)
    page = Page(render_report(restoration))
    assert "is not shown: the graph has too many pairs" in page.text and "precision-at-k" not in page.data["figures"]


def test_a_file_is_whole_or_not_there(community_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    restoration, target = result(community_graph), tmp_path / "report.html"
    assert write_report(restoration, target, title="My title") == target
    before = target.read_text(encoding="utf-8")
    assert before.rstrip().endswith("</html>") and "<title>My title</title>" in before

    def fail(self: Path, text: str, **_: Any) -> int:
        self.write_bytes(text[:100].encode())
        raise RuntimeError("stopped in the middle")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(RuntimeError, match="middle"):
        write_report(restoration, target)
    assert target.read_text(encoding="utf-8") == before and [f.name for f in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_to(community_graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(GraphembError, match="cannot write"):
        write_report(result(community_graph), tmp_path / "nowhere" / "report.html")


def test_script_safe_means_the_same() -> None:
    value = {"a": "</script><!-- & \u2028 'x' \"y\""}
    safe = script_safe(json.dumps(value))
    assert json.loads(safe) == value and not set("<>&") & set(safe)


# -- in a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no Chromium with its driver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--window-size=1000,800", f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


def requests(browser: Any) -> list[str]:
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    return [url for url in sent if not url.startswith(("chrome:", "data:", "blob:"))]


def until(browser: Any, condition: str, seconds: float = 30) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while not browser.execute_script(f"return {condition}"):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.browser
def test_in_a_browser(browser: Any, evil_page: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(evil_page, encoding="utf-8")
    browser.execute_cdp_cmd("Network.enable", {})
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(path.as_uri())
    figures = Page(evil_page).data["figures"]
    shown = "[...document.querySelectorAll('.plot')].filter((p) => !p.closest('[hidden]'))"
    assert until(browser, f"{shown}.length > 0 && {shown}.every((p) => p.querySelector('.main-svg'))"), "a figure was not drawn"
    assert browser.execute_script(f"return {shown}.length") <= len(figures)
    assert browser.execute_script("return document.querySelectorAll('img, svg a, iframe').length") == 0
    # every tab, both themes, a sort, and a narrow window
    browser.execute_script("document.querySelectorAll('[data-shows]').forEach((b) => b.click())")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": False})
    tick = "[...document.querySelectorAll('.plot text')].find((t) => t.closest('.xtick') && !t.closest('[hidden]'))"
    assert until(browser, f"getComputedStyle({tick}).fill === 'rgb(232, 232, 232)'"), "the figures did not turn dark"
    assert until(browser, f"{shown}.every((p) => p.layout.width <= 360)"), "the figures did not shrink"
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    head = "document.querySelectorAll('#summary-table thead th')"
    column = browser.execute_script(f"return [...{head}].findIndex((h) => h.textContent === 'mAP')")
    browser.execute_script(f"{head}[arguments[0]].querySelector('button').click()", column)
    values = browser.execute_script(
        "return [...document.querySelectorAll('#summary-table tbody tr')].map((r) => Number(r.cells[arguments[0]].dataset.v))", column
    )
    assert values == sorted(values, reverse=True) and len(set(values)) > 1
    assert requests(browser) == [path.as_uri()]
    assert [entry["message"] for entry in browser.get_log("browser")] == []
