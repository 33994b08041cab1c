"""``graphemb datasets``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphemb.cli.datasets import app
from graphemb.errors import ParameterError, UnknownNameError

runner = CliRunner()


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and no folders of data sets."""
    monkeypatch.setenv("GRAPHEMB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GRAPHEMB_DATA", raising=False)
    return tmp_path / "cache"


def test_list() -> None:
    result = runner.invoke(app, ["list"])
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if "world/borders" in line)
    assert "graph" in line and "249 nodes, 324 edges" in line


def test_list_as_json_by_kind() -> None:
    result = runner.invoke(app, ["list", "--kind", "matching", "--json"])
    assert [d["name"] for d in json.loads(result.stdout)["datasets"]] == ["world/match"]


def test_info_says_what_was_repaired_and_where_it_is_from() -> None:
    result = runner.invoke(app, ["info", "world/facts"])
    assert "countryinfo" in result.stdout and "MIT" in result.stdout and "11 one-sided borders completed" in result.stdout


def test_info_counts_what_a_knowledge_graph_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kg" / "toy"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("a\tnear\tb\nb\tnear\ta\nc\tnear\td\n")
    (folder / "dev.tsv").write_text("d\tnear\tc\n")
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    assert "note  valid: 0 of 1 triples leak from train (" in runner.invoke(app, ["info", "toy"]).stdout
    leaks = json.loads(runner.invoke(app, ["info", "toy", "--json"]).stdout)["leakage"]
    assert leaks["splits"]["valid"]["reversed"] == 1 and leaks["pairs"] == []


def test_info_as_json() -> None:
    card = json.loads(runner.invoke(app, ["info", "WN18RR", "--json"]).stdout)
    assert card["counts"]["train"] == 86835 and len(card["files"]) == 3 and card["licence"].startswith("MIT")


def test_info_tells_unknown_checksums() -> None:
    assert "not known, recorded at the first fetch" in runner.invoke(app, ["info", "wiki-vote"]).stdout


def test_unknown_name() -> None:
    result = runner.invoke(app, ["info", "wikivotes"])
    assert isinstance(result.exception, UnknownNameError) and "did you mean 'wiki-vote'" in str(result.exception)


def test_nothing_to_fetch() -> None:
    result = runner.invoke(app, ["fetch", "world"])
    assert isinstance(result.exception, ParameterError) and "comes with graphemb" in str(result.exception)


def test_clear_an_empty_cache(alone: Path) -> None:
    assert json.loads(runner.invoke(app, ["clear", "--json"]).stdout) == {"cache": str(alone), "freed_bytes": 0}
