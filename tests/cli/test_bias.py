"""``graphemb bias`` and ``graphemb measures``: figures, what is printed, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb import registry
from graphemb.analysis.bias.direct import direct_bias
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding

PAIRS = "f0:m0,f1:m1,f2:m2"


@pytest.fixture
def words_file(tmp_path: Path) -> Path:
    """Forty words around an axis, with a column that tells the sides."""
    rng = np.random.default_rng(5)
    names = [f"{kind}{i}" for kind in "fmxyn" for i in range(8)]
    vectors = rng.normal(size=(40, 10))
    vectors[:, 0] += np.repeat([2.0, -2.0, 1.0, -1.0, 0.0], 8)
    side = [{"f": "female", "m": "male"}.get(name[0]) for name in names]
    Embedding(names, vectors, attributes=pd.DataFrame({"side": side})).save(tmp_path / "words.arrow")
    return tmp_path / "words.arrow"


def test_one_measure(run: Callable[..., Any], words_file: Path) -> None:
    done = run("bias", words_file, "--pairs", PAIRS, "--measure", "direct-bias:draws=50", "--targets", "x0,x1,y0,nobody", "--json")
    expected = direct_bias(
        Embedding.load(words_file),
        Concept.from_pairs("pairs", [p.split(":") for p in PAIRS.split(",")]),
        ["x0", "x1", "y0", "nobody"],
        draws=50,
    )
    assert done.status == 0 and done.json["direct-bias"] == expected.value and done.json["direct-bias_p"] == expected.p
    assert done.json["settings"]["targets"]["missing"] == ["nobody"]
    assert "note: names: 1 of 4 names are missing: nobody" in done.err
    shown = run("bias", words_file, "--pairs", PAIRS, "--measure", "direct-bias", "--targets", "x0,x1,y0")
    assert shown.out.startswith("direct-bias 0.") and "Monte Carlo, 1,000 random directions" in shown.out and "x0" in shown.out


def test_several_measures_and_a_page(run: Callable[..., Any], words_file: Path, tmp_path: Path) -> None:
    page = tmp_path / "bias.html"
    done = run(
        "bias",
        words_file,
        "--concept",
        "side",
        "--groups",
        "male,female",
        "-m",
        "direct-bias",
        "-m",
        "rnd:draws=50",
        "--json",
        "--html",
        page,
    )
    assert {"direct-bias", "direct-bias_low", "direct-bias_p", "direct-bias_q", "rnd:draws=50", "measures"} <= set(done.json)
    assert [m["measure"] for m in done.json["measures"]] == ["direct-bias", "rnd:draws=50"] and "q" in done.json["measures"][0]
    assert done.json["settings"]["concept"]["groups"] == {"male": 8, "female": 8}
    text = page.read_text(encoding="utf-8")
    assert (
        "Bias: side in words" in text
        and "The relative norm" not in text
        and "no leaning" in text
        and "https://" not in text.split("<script")[0]
    )


def test_what_suits_is_chosen(run: Callable[..., Any], words_file: Path) -> None:
    of_names = run("bias", words_file, "--concept", "side", "--targets", "n0,n1,n2,n3", "--json").json
    assert [m["measure"] for m in of_names["measures"]] == ["direct-bias", "rnd", "ect", "same", "mac", "ripa"]
    groups = "x=x0,x1,x2,x3;y=y0,y1,y2,y3"
    of_sides = run("bias", words_file, "--attributes", "f=f0,f1,f2;m=m0,m1,m2", "--targets", groups, "--json").json
    assert [m["measure"] for m in of_sides["measures"]] == ["weat", "generalised-weat"] and of_sides["weat"] > 0.5
    few = run("bias", words_file, "--concept", "side", "--targets", "n0,n1")
    assert few.status == 0 and "note: left out ect: a correlation needs at least three targets" in few.err


def test_files_side_by_side(run: Callable[..., Any], words_file: Path, tmp_path: Path) -> None:
    e = Embedding.load(words_file)
    flat = np.array(e.vectors)
    flat[:, 0] = 0.01 * flat[:, 0]
    e.replace(vectors=flat).save(tmp_path / "edited.arrow")
    words = ["bias", words_file, tmp_path / "edited.arrow", "--concept", "side", "-m", "direct-bias", "-m", "ect"]
    done = run(*words, "--json").json
    assert done["embeddings"] == ["words", "edited"]
    ranks = {(m["measure"], m["embedding"]): m["rank"] for m in done["measures"]}
    assert ranks["ect", "edited"] == 1 and ranks["ect", "words"] == 2  # higher is better, and the edited one is less biased
    shown = run(*words, "--label", "before", "--label", "after")
    assert "before" in shown.out and "after" in shown.out and "rank" in shown.out
    assert "--label names each FILE: 2 files and 1 label were given" in run(*words, "--label", "one").error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--measure", "weet"], "unknown measure 'weet'; did you mean 'weat'"),
        (["--concept", "side", "--measure", "direct-bias:stricktness=2"], "has no setting 'stricktness'; did you mean 'strictness'"),
        (["--concept", "side", "--groups", "f,m"], "unknown"),
        ([], "nothing to measure: give a concept"),
        (["--measure", "direct-bias"], "the measure direct-bias needs a concept, and none was given"),
        (["--concept", "side", "--attributes", "a=b;c=d"], "leave --concept, --pairs and --groups out"),
        (["--attributes", "a,b"], "--attributes takes groups of names such as"),
        (["--concept", "side", "--measure", "weat", "--targets", "x0,x1"], "targets must be two groups of names"),
        (["--concept", "side", "--measure", "weat", "--targets", "x=x0,x1;y=nobody"], "has 0 of its 1 names in the embedding"),
        (["--concept", "side", "--measure", "mac", "-m", "mac"], "a measure is named twice"),
        (["--concept", "side", "--measure", "mac", "--before", "nowhere.arrow"], "no file 'nowhere.arrow'"),
        (["--concept", "side", "--targets", ""], "--targets takes names separated by commas"),
        (["--concept", "side", "--targets", " , "], "--targets takes names separated by commas"),
        (["--concept", "side", "--html", "page.txt"], "--html writes a page of HTML"),
    ],
)
def test_what_is_refused(run: Callable[..., Any], words_file: Path, words: list[str], message: str) -> None:
    done = run("bias", words_file, *words)
    assert done.status in (1, 2) and message in done.error


def test_measures_are_listed(run: Callable[..., Any]) -> None:
    listed = run("measures", "--json").json["measures"]
    assert [row["name"] for row in listed] == [entry.name for entry in registry.entries("measure")]
    by_name = {row["name"]: row for row in listed}
    assert (
        by_name["ect"]["worse"] == "below" and by_name["weat"]["settings"]["ddof"] == 1 and "embedding" not in by_name["weat"]["settings"]
    )
    assert "weat" in run("measures").out
    one = run("measures", "WEAT")
    assert "1608.07187" in one.out and "exact_up_to" in one.out
    assert run("measures", "weat", "--json").json["documentation"].startswith("The word embedding association test")


@pytest.mark.shared
def test_the_published_figure(run: Callable[..., Any], shared_data: Path) -> None:
    file = shared_data / "words" / "googlenews-26k" / "vectors.bin.gz"
    done = run("bias", file, "--concept", "gender", "--measure", "direct-bias", "--targets", "professions", "--json")
    assert json.dumps(done.json)[:24].startswith('{"direct-bias": 0.0805')


@pytest.mark.shared
def test_outside_figures(run: Callable[..., Any], shared_data: Path) -> None:
    file = shared_data / "words" / "googlenews-26k" / "vectors.bin.gz"
    done = run("bias", file, "--concept", "gender", "--data", "winobias-labour", "-m", "wefat", "-m", "outside-correlation", "--json").json
    assert done["wefat"] == pytest.approx(0.70, abs=0.02) and done["outside-correlation"] == pytest.approx(0.7070, abs=6e-5)


def test_columns_of_data_make_concepts(run: Callable[..., Any], edges_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "hope.arrow"
    assert run("train", "hope:dim=8", edges_file, "-o", file).status == 0
    done = run("bias", file, "--data", edges_file, "--concept", "degree", "--json").json
    assert done["settings"]["concept"]["groups"] == {"high": 30, "low": 30}
    assert {"direct-bias", "attribute-inference", "parity"} <= set(done)
    without = run("bias", file, "--data", edges_file, "--json").json
    assert without["measure"] == "popularity-direction"


def test_an_edited_embedding_is_judged_along_the_direction_from_before(run: Callable[..., Any], words_file: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited.arrow"
    assert run("edit", words_file, "hard", "--pairs", PAIRS, "-o", edited).status == 0
    asked = ("bias", edited, "--pairs", PAIRS, "--targets", "x0,x1,y0", "--before", words_file, "--json")
    along = run(*asked, "--measure", "direct-bias:draws=20").json
    assert along["direct-bias"] < 1e-6 and along["settings"]["direction of"] == "the embedding before"
    refused = run(*asked, "--measure", "mac")
    assert refused.status == 2 and "direct-bias takes the direction from" in refused.error
