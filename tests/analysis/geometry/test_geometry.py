"""geometry: the published vectors, samples, what is skipped and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import graphemb as ge
import graphemb.analysis.geometry as package
from graphemb.analysis.geometry.definitions import meaning
from graphemb.analysis.geometry.families import FAMILIES
from graphemb.analysis.geometry.geometry import geometry
from graphemb.analysis.geometry.subject import Subject
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError


def cloud(n: int, d: int = 6, seed: int = 0, **parts: object) -> Embedding:
    return Embedding([f"n{i}" for i in range(n)], np.random.default_rng(seed).normal(size=(n, d)) + 0.5, **parts)


@pytest.fixture(scope="module")
def googlenews(shared_data) -> Embedding:
    return Embedding.load(shared_data / "words" / "googlenews-26k" / "vectors.bin.gz")


def test_the_package_and_the_function_do_not_hide_each_other():
    assert callable(ge.geometry)
    assert package.__name__ == "graphemb.analysis.geometry"
    assert ge.geometry is geometry


def neighbours(embedding: Embedding, form: str) -> dict[str, float]:
    """The families that look up neighbours, without the reference, whose neighbours take as long again."""
    subject = Subject(embedding.vectors, form)
    found = [FAMILIES[name](subject, np.random.default_rng(0)) for name in ("hubness", "intrinsic-dimension")]
    return {key: value[0] for family in found for key, value in family.figures.items()}


@pytest.mark.shared
def test_googlenews(googlenews):
    found = geometry(googlenews, figures=["average-cosine", "spectrum", "uniformity"])
    assert round(found["average-cosine"], 4) == 0.0621
    assert round(found["isoscore"], 4) == 0.5906
    assert round(found["participation-ratio"], 1) == 177.6
    assert round(found["effective-rank"], 1) == 284.7
    assert found["uniformity"] == pytest.approx(-3.706, abs=0.004)  # of a sample
    assert found.gaussian("isoscore") == pytest.approx(0.9888, abs=0.0005)
    assert found.gaussian("effective-rank") == pytest.approx(299.6, abs=0.1)
    assert found.gaussian("uniformity") == pytest.approx(-3.973, abs=0.001)
    assert abs(found.gaussian("average-cosine")) < 1e-4
    near = neighbours(googlenews, "unit")
    assert round(near["hubness-skewness@10"], 2) == 1.11
    assert near["hubness-max@10"] == 55
    assert round(near["anti-hubs@10"], 3) == 0.008
    assert round(near["dimension-two-nn"], 1) == 8.1
    assert near["dimension-two-nn-mle"] == pytest.approx(8.4, abs=0.06)


@pytest.mark.shared
def test_googlenews_centred(googlenews):
    found = geometry(googlenews, rows="centred", figures=["average-cosine", "uniformity"])
    assert round(found["average-cosine"], 3) == 0
    assert found["uniformity"] == pytest.approx(-3.949, abs=0.003)
    near = neighbours(googlenews, "centred")
    assert round(near["hubness-skewness@10"], 2) == 1.05
    assert near["hubness-max@10"] == 51
    assert round(near["anti-hubs@10"], 3) == 0.007


def test_every_figure_has_a_meaning_and_a_reference():
    found = geometry(cloud(80, attributes=pd.DataFrame({"count": np.arange(1, 81)})), pairs=[("n0", "n1"), ("n2", "n3")])
    assert not found.skipped
    frame = found.to_frame()
    assert (frame["meaning"] != "").all()
    assert np.isfinite(frame["gaussian"]).all()
    assert all(meaning(key) for key in frame["figure"])


def test_normal_vectors_are_like_their_reference():
    found = geometry(Embedding([str(i) for i in range(1_000)], np.random.default_rng(5).normal(size=(1_000, 20))))
    for key, tolerance in {
        "average-cosine": 0.01,
        "isoscore": 0.01,
        "effective-rank": 0.1,
        "uniformity": 0.05,
        "dimension-mle@10": 1,
    }.items():
        assert found[key] == pytest.approx(found.gaussian(key), abs=tolerance)


def test_the_same_seed_gives_the_same_whatever_else_is_asked():
    e = cloud(300)
    alone = geometry(e, figures="hubness", sample=100, k=5, random_state=3)
    among = geometry(e, sample=100, k=5, random_state=3)
    assert alone["hubness-skewness@5"] == among["hubness-skewness@5"]
    assert alone.gaussian("hubness-skewness@5") == among.gaussian("hubness-skewness@5")
    assert geometry(e, sample=100, k=5, random_state=4)["hubness-skewness@5"] != alone["hubness-skewness@5"]
    generated = [geometry(e, figures="hubness", sample=100, random_state=np.random.default_rng(2))["hubness-skewness@10"] for _ in range(2)]
    assert generated[0] == generated[1]


def test_a_sample_says_so_and_has_an_interval():
    found = geometry(cloud(400, 4), sample=150, k=5)
    sampled = found.settings["sampled"]
    assert sampled["hubness"].startswith("150 of 400 rows")
    assert sampled["intrinsic-dimension"].startswith("150 of 400 rows")
    by_key = {figure.key: figure for figure in found.figures}
    whole = geometry(cloud(400, 4), k=5)
    for key in ("uniformity", "dimension-two-nn-mle", "dimension-mle@5"):
        assert by_key[key].low < by_key[key].value < by_key[key].high
    assert abs(by_key["dimension-mle@5"].value - whole["dimension-mle@5"]) < 1.5
    assert by_key["hubness-skewness@5"].low < by_key["hubness-skewness@5"].high
    assert np.isnan({f.key: f for f in whole.figures}["hubness-skewness@5"].low)


def test_rows_of_zeros_are_counted_and_make_no_hubs():
    vectors = np.random.default_rng(0).normal(size=(60, 5))
    vectors[:10] = 0
    e = Embedding([f"n{i}" for i in range(60)], vectors)
    found = geometry(e, k=4)
    assert found.settings["zero rows"] == 10
    assert "10 rows of zeros" in found.headline()
    assert not set(found.hubs["name"]) & {f"n{i}" for i in range(10)}
    assert found.tables["occurrences"]["names"].sum() == 50


def test_copies_are_counted():
    vectors = np.random.default_rng(0).normal(size=(50, 5))
    found = geometry(Embedding([str(i) for i in range(100)], np.concatenate([vectors, 2 * vectors])), k=4)
    assert found.settings["copies of rows"] == 50
    alone = geometry(Embedding([str(i) for i in range(50)], vectors), k=4)
    assert found["dimension-two-nn"] == pytest.approx(alone["dimension-two-nn"], rel=1e-4)


def test_fewer_rows_than_columns():
    found = geometry(cloud(20, 50), k=3)
    assert found["effective-rank"] <= 19
    assert found["isoscore"] <= 18 / 49
    assert found["isoscore"] < found.gaussian("isoscore") < 18 / 49


@pytest.mark.parametrize("rows", ["unit", "centred", "raw"])
@pytest.mark.parametrize("n", [2, 3, 11])
def test_few_rows_give_what_they_can(rows, n):
    found = geometry(cloud(n), rows=rows)
    assert np.isfinite(found["average-cosine"])
    assert ("hubness" in found.skipped) == (n < 11)
    if n < 11:
        assert found.skipped["hubness"].endswith(f"got {n}; give a smaller k")


def test_equal_rows():
    found = geometry(Embedding([str(i) for i in range(30)], np.ones((30, 3))), k=2)
    assert found["average-cosine"] == pytest.approx(1)
    assert "all rows are equal" in found.skipped["spectrum"]
    assert "intrinsic-dimension" in found.skipped
    assert "all rows are equal" in repr(found)


def test_all_rows_zero():
    found = geometry(Embedding([str(i) for i in range(30)], np.zeros((30, 3))), k=2)
    assert found["average-cosine"] == 0
    assert {"spectrum", "hubness", "intrinsic-dimension"} <= set(found.skipped)


def test_a_constant_column_and_a_single_one():
    vectors = np.random.default_rng(0).normal(size=(40, 3))
    vectors[:, 1] = 2
    assert geometry(Embedding([str(i) for i in range(40)], vectors), rows="raw")["participation-ratio"] <= 2
    single = geometry(Embedding([str(i) for i in range(40)], vectors[:, :1]), rows="raw")
    assert "one column only" in single.skipped["isoscore"]
    assert single["effective-rank"] == pytest.approx(1)


def test_degree_shows_in_lengths():
    rng = np.random.default_rng(0)
    degree = rng.integers(1, 50, size=200)
    vectors = rng.normal(size=(200, 8)) * np.log1p(degree)[:, None]
    e = Embedding([str(i) for i in range(200)], vectors, attributes=pd.DataFrame({"degree": degree}))
    found = geometry(e, figures="norms")
    assert found["norm-log-count"] > 0.6
    assert abs(found.gaussian("norm-log-count")) < 0.3
    assert found.settings["counts"] == "attribute degree"


def test_edges_lie_near():
    graph = ge.load_dataset("karate-club")
    e = ge.Spectral(dim=4).fit(graph).embedding_
    found = geometry(e, data=graph, k=5)
    assert found["alignment"] < found.gaussian("alignment")
    assert found.settings["pairs"] == 78


def test_context_and_kinds():
    rng = np.random.default_rng(0)
    e = Embedding(list("abcdef"), rng.normal(size=(6, 3)), rng.normal(size=(6, 3)) + 3, kinds=["user"] * 3 + ["item"] * 3)
    assert geometry(e, side="context", figures="average-cosine")["average-cosine"] > 0.5
    assert geometry(e, kind="item", figures="norms").settings["names"] == 3


def test_json_is_strict_and_flat():
    facts = json.loads(geometry(cloud(60), k=5).to_json())
    assert 0 < facts["isoscore"] < 1
    assert 0 < facts["isoscore_gaussian"] < 1
    assert facts["dimension-two-nn-mle_low"] < facts["dimension-two-nn-mle"]
    assert len(facts["groups"]["spectrum"]) == 6
    assert "alignment" in facts["skipped"]
    assert facts["definitions"]["isoscore"]


def test_tables():
    found = geometry(cloud(60), k=5)
    assert found.spectrum["share"].sum() == pytest.approx(1)
    counts = found.tables["occurrences"]
    assert counts["names"] @ counts["lists"] == 60 * 5 == counts["gaussian"] @ counts["lists"]
    assert "isoscore" in repr(found)
    assert "<table" in found._repr_html_()
    with pytest.raises(UnknownNameError, match="did you mean 'isoscore'"):
        found["isoscor"]


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"figures": ["hubnes"]}, UnknownNameError, "did you mean 'hubness'"),
        ({"figures": "hubness", "k": 99}, DataError, "99 neighbours need more than 99 rows"),
        ({"figures": ["alignment"]}, DataError, "give data"),
        ({"k": 0}, ParameterError, "k must be"),
        ({"sample": 3}, ParameterError, "sample must be"),
        ({"rows": "normal"}, ParameterError, "rows must be one of"),
        ({"side": "context"}, DataError, "no context"),
        ({"kind": "item"}, DataError, "has no kinds"),
        ({"data": [1]}, DataError, "a mapping of names"),
        ({"random_state": -1}, ParameterError, "random_state"),
    ],
    ids=str,
)
def test_wrong_settings(settings, error, said):
    with pytest.raises(error, match=said):
        geometry(cloud(20), **settings)


def test_families_are_documented():
    assert all(f"``{name}``" in (geometry.__doc__ or "") for name in FAMILIES)
