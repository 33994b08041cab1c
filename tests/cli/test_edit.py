"""The verbs edit and edits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb import registry
from graphemb.data.embedding import Embedding


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Forty names in four columns, two groups that differ in the first."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 4))
    side = np.arange(40) % 2
    x[:, 0] += 3 * side
    path = tmp_path / "people.arrow"
    table = pd.DataFrame({"side": np.where(side, "right", "left"), "age": np.arange(40)})
    Embedding([f"p{i}" for i in range(40)], x, attributes=table).save(path)
    return path


def test_a_column_is_erased(run: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.arrow"
    done = run("edit", people, "leace", "--concept", "side", "-o", out, "--json")
    assert done.status == 0, done.err
    record = done.json["edits"][0]
    assert record["edit"] == "leace" and record["rank"] == 1 and record["rows"] == 40 and done.json["file"] == str(out)
    edited = Embedding.load(out)
    left = edited.attributes["side"] == "left"
    np.testing.assert_allclose(edited.vectors[left].mean(axis=0), edited.vectors[~left].mean(axis=0), atol=1e-6)
    assert edited.meta["edits"] == done.json["edits"]


def test_text_says_what_moved_and_how_far_names_lean(run: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    done = run("edit", people, "mean-difference", "--pairs", "p1:p0,p3:p2", "-o", tmp_path / "out.arrow")
    assert done.status == 0
    assert "mean-difference" in done.out and "36 other names leaned" in done.out and "mean squared distance" in done.out


def test_several_edits_make_a_chain_and_strength_is_for_all(run: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.arrow"
    words = ("edit", people, "whitening:kind=pca", "decor:rank=1", "--concept", "side", "--strength", "0.5", "-o", out)
    done = run(*words, "--json")
    assert [(r["edit"], r["strength"]) for r in done.json["edits"]] == [("whitening", 0.5), ("decor", 0.5)]
    assert done.json["edits"][0]["parameters"]["kind"] == "pca"
    again = run("edit", out, "all-but-the-top", "-o", out, "--json")  # over itself
    assert [r["edit"] for r in again.json["edits"]] == ["all-but-the-top"]
    assert [r["edit"] for r in Embedding.load(out).meta["edits"]] == ["whitening", "decor", "all-but-the-top"]


def test_names_are_a_topic_whose_axes_are_told(run: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    done = run("edit", people, "decor", "--names", "p0,p1,nobody", "-o", tmp_path / "out.arrow")
    assert done.status == 0 and "one end" in done.out and "p1" in done.out
    assert "1 of 3 names are missing: nobody" in done.err
    edited = Embedding.load(tmp_path / "out.arrow")
    np.testing.assert_allclose(edited.vectors[:2], 0, atol=1e-6)


def test_a_concept_in_a_file_and_groups_of_a_column(run: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps([["p1", "p0"], ["p3", "p2"]]))
    out = tmp_path / "out.arrow"
    assert run("edit", people, "hard", "--concept", path, "-o", out).status == 0
    assert run("edit", people, "sal", "--concept", "age", "-o", out).status == 0
    assert run("edit", people, "sal", "--concept", "side", "--groups", "right,left", "-o", out, "--kind", "x").status == 1


def test_relations_and_columns_of_data(run: Callable[..., Any], tmp_path: Path) -> None:
    from graphemb.datasets.registry import load_dataset

    graph = load_dataset("world/borders")
    vectors = np.random.default_rng(0).normal(size=(len(graph.names), 4))
    Embedding(graph.names, vectors).save(tmp_path / "w.arrow")
    for concept, data in (("region", "world/borders"), ("in_region", "world/facts"), ("degree", "world/borders")):
        done = run("edit", tmp_path / "w.arrow", "leace", "--concept", concept, "--data", data, "-o", tmp_path / "o.arrow", "--json")
        assert done.status == 0, done.err
        assert done.json["edits"][0]["concept"]["name"] == concept


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["leace"], 2, "leace needs to know what to take out: --concept, --pairs or --names"),
        (["whitening", "--concept", "side"], 2, "takes no concept"),
        (["leace", "--concept", "sidee"], 2, "did you mean 'side'"),
        (["leace", "--concept", "side", "--names", "p1"], 2, "leave --concept"),
        (["decor", "--names", ","], 2, "names separated by commas"),
        (["decor:alpha=2", "--names", "p1"], 2, "alpha must be"),
        (["lease", "--concept", "side"], 2, "did you mean 'leace'"),
        (["leace:tool=1", "--concept", "side"], 2, "did you mean 'tol'"),
        (["leace", "--names", "p1,p2"], 1, "at least 2 groups"),
        (["decor", "--names", "q1,q2"], 1, "has 0 of its 2 names"),
        (["leace", "--concept", "side", "--side", "both"], 1, "with a context"),
        (["leace", "--concept", "side", "--strength", "2"], 2, "--strength"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(
    run: Callable[..., Any], people: Path, tmp_path: Path, words: list[str], status: int, message: str
) -> None:
    out = tmp_path / "out.arrow"
    done = run("edit", people, *words, "-o", out)
    assert (done.status, done.out) == (status, "") and message in done.error
    assert not out.exists()


def test_a_format_that_cannot_hold_the_target_side_is_refused_before_the_work(run: Callable[..., Any], tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(5, 2))
    Embedding(list("abcde"), x, context=x[::-1]).save(tmp_path / "two.arrow")
    done = run("edit", tmp_path / "two.arrow", "whitening", "-o", tmp_path / "out.txt")
    assert done.status == 1 and "write .arrow" in done.error
    done = run("edit", tmp_path / "two.arrow", "whitening", "--side", "both", "-o", tmp_path / "out.arrow", "--json")
    assert done.json["edits"][0]["side"] == "both"


def test_info_says_what_was_done(run: Callable[..., Any], people: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.arrow"
    run("edit", people, "whitening:kind=pca", "leace", "--concept", "side", "--strength", "0.5", "-o", out)
    text = run("info", out).out
    assert "1  whitening:kind=pca, strength 0.5, rank 4, moved" in text and "2  leace of side, strength 0.5, rank 1" in text
    assert [record["edit"] for record in run("info", out, "--json").json["edits"]] == ["whitening", "leace"]


def test_the_list_of_edits(run: Callable[..., Any]) -> None:
    assert {entry.name for entry in registry.entries("edit")} == {row["name"] for row in run("edits", "--json").json["edits"]}
    assert "all-but-the-top" in run("edits").out
    about = run("edits", "DECOR", "--json").json
    assert about["settings"]["alpha"] == 1.0 and "2412.09169" in about["documentation"]
    assert run("edits", "decorr").status == 2
