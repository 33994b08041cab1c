"""The verbs price and receipt: tables, JSON, pages, and mistakes told in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphemb.cli.app import main


@pytest.fixture(scope="module")
def hope(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("embeddings") / "hope.arrow"
    assert main(["train", "hope:dim=8", "world/borders", "-o", str(path), "--quiet"]) == 0
    return str(path)


def test_price_as_json(hope, capsys, tmp_path: Path):
    page = tmp_path / "price.html"
    asked = ["--data", "world/borders", "--concept", "region", "--groups", "Europe,Africa", "--edit", "leace", "--strengths", "1"]
    assert main(["price", hope, *asked, "--json", "--html", str(page)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(line["edit"], line["strength"]) for line in told["copies"]] == [("none", 0.0), ("leace", 1.0)]
    first, after = told["copies"]
    assert after["logistic"] < first["logistic"] and "RESTORE mAP_lost" in after and first["RESTORE mAP_chance"] > 0
    assert told["frontier"] and page.is_file()


def test_price_as_a_table(hope, capsys):
    assert main(["price", hope, "--data", "world/borders", "--edit", "whitening", "--strengths", "0.5,1"]) == 0
    out = capsys.readouterr()
    assert "whitening" in out.out and "RESTORE mAP" in out.out


def test_receipt_of_a_graph(hope, capsys, tmp_path: Path):
    page = tmp_path / "receipt.html"
    assert main(["receipt", hope, "--data", "world/borders", "--edit", "mean-difference", "--strengths", "1", "--html", str(page)]) == 0
    out = capsys.readouterr()
    assert "attribute-inference" in out.out and "isoscore" in out.out and "mean-difference" in out.out
    assert "What was left out, and why" in page.read_text()
    assert main(["receipt", hope, "--data", "world/borders", "--edit", "whitening", "--strengths", "1", "--json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kept"][0]["figure"] == "RESTORE mAP" and told["geometry"]["isoscore"] > 0


@pytest.mark.parametrize(
    ("words", "message", "status"),
    [
        (["--edit", "leece"], "unknown edit 'leece'; did you mean 'leace'", 2),
        (["--strengths", "2"], "at most 1", 2),
        (["--strengths", "much"], "--strengths takes numbers", 2),
        (["--concept", "regoin"], "did you mean 'region'", 2),
        (["--measure", "wheat", "--concept", "region"], "unknown measure 'wheat'", 2),
        (["--html", "page.txt"], "--html writes a page of HTML", 2),
    ],
)
@pytest.mark.parametrize("verb", ["price", "receipt"])
def test_mistakes_are_one_line(hope, capsys, verb, words, message, status):
    assert main([verb, hope, "--data", "world/borders", *words]) == status
    err = capsys.readouterr().err.strip()
    assert message in err.splitlines()[-1]


def test_data_that_is_not_there(hope, capsys):
    assert main(["receipt", hope, "--data", "nowhere.tsv"]) == 1
    assert "no file or folder 'nowhere.tsv'" in capsys.readouterr().err


def test_receipt_without_data_shows_no_empty_table(hope, capsys, tmp_path: Path):
    import graphemb as ge

    rows = ge.Embedding.load(hope).vectors[:30] + 1.0
    ge.Embedding([f"n{i}" for i in range(30)], rows).save(tmp_path / "anyone.npz")
    assert main(["receipt", str(tmp_path / "anyone.npz"), "--strengths", "1"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("geometry") and "whitening" in told.out
    assert sum("without a concept there is nothing to take out" in line for line in told.err.splitlines()) == 1
