"""INLP: nothing linear is left, what it takes out is a projection, and the published figures on GoogleNews."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from graphemb.analysis.bias.extremes import biased_names
from graphemb.analysis.edits.inlp import INLP
from graphemb.analysis.recovery import recovery
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_concept, load_names
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.scorer import unit_rows


def grouped(n: int = 120, d: int = 12, groups: int = 2, gap: float = 4.0, seed: int = 0) -> tuple[Embedding, Concept]:
    rng = np.random.default_rng(seed)
    code = np.arange(n) % groups
    x = rng.normal(size=(n, d)) + gap * np.linalg.qr(rng.normal(size=(d, d)))[0][:groups][code]
    names = [f"n{i}" for i in range(n)]
    return Embedding(names, x), Concept("side", {str(g): [names[i] for i in np.flatnonzero(code == g)] for g in range(groups)})


@pytest.mark.parametrize("classifier", ["svm", "ridge", "logistic"])
@pytest.mark.parametrize("groups", [2, 3, 5])
def test_what_classifiers_go_by_is_gone(classifier, groups):
    e, concept = grouped(n=300, groups=groups)
    edit = INLP(classifier=classifier).fit(e, concept)
    assert edit.accuracy_[0] > 0.9 and edit.accuracy_[-1] < edit.notes_["chance"] + 0.15
    B = edit.map_.up
    np.testing.assert_allclose(B @ B.T, np.eye(len(B)), atol=1e-12)
    once = edit.transform(e)
    np.testing.assert_allclose(once.vectors @ B.T, 0, atol=1e-5)
    np.testing.assert_allclose(edit.transform(once).vectors, once.vectors, atol=1e-5)
    assert edit.map_.rank <= (1 if groups == 2 else groups) * edit.notes_["rounds"]
    fresh = recovery(once, concept, probes=("logistic",))[0]
    assert fresh.accuracy < fresh.chance + 0.15


def test_all_dimensions_can_go_and_then_nothing_is_left():
    e, concept = grouped(d=4)
    edit = INLP(rounds=50, early_stop=False).fit(e, concept)
    assert edit.map_.rank == 4
    np.testing.assert_allclose(edit.transform(e).vectors, 0, atol=1e-5)


def test_result_does_not_depend_on_scale_and_the_seed_chooses_who_is_held_out():
    e, concept = grouped()
    first, second = (INLP().fit(e.replace(vectors=e.vectors * s), concept).map_.up for s in (1, 1000))
    np.testing.assert_allclose(first.T @ first, second.T @ second, atol=1e-6)
    other = INLP(random_state=1).fit(e, concept).map_.up
    assert abs(first.T @ first - other.T @ other).max() > 1e-3


def test_the_record_says_the_path():
    e, concept = grouped()
    record = INLP(rounds=3, early_stop=False).fit_transform(e, concept).meta["edits"][0]
    assert record["edit"] == "inlp" and record["rank"] == 3 and len(record["accuracy"]) == 4
    assert record["held_out"] == 36 and record["chance"] == 0.5


def test_groups_alike_leave_the_embedding_alone_and_say_so():
    x = np.tile(np.random.default_rng(0).normal(size=(1, 3)), (40, 1))
    e = Embedding([f"n{i}" for i in range(40)], x)
    concept = Concept("side", {"a": [f"n{i}" for i in range(20)], "b": [f"n{i}" for i in range(20, 40)]})
    with pytest.warns(DataWarning, match="nothing linear"):
        same = INLP(held_out=0.5).fit_transform(e, concept)
    np.testing.assert_allclose(same.vectors, e.vectors)


def test_bad_input():
    e, concept = grouped()
    with pytest.raises(DataError, match="needs two"):
        INLP(labels="groups").fit(e, Concept("pair", {"a": ["n0"], "b": ["n1"]}))
    with pytest.raises(DataError, match="at least 2 groups"):
        INLP().fit(e, Concept("one", {"a": ["n0", "n2"]}))
    for settings in ({"rounds": 0}, {"C": 0}, {"held_out": 1.0}, {"classifier": "tree"}, {"labels": "all"}):
        with pytest.raises(ParameterError, match=next(iter(settings))):
            INLP(**settings).fit(e, concept)


@pytest.mark.shared
def test_golden_table_on_googlenews(shared_data):
    e = Embedding.load(shared_data / "words/googlenews-26k/vectors.bin.gz")
    e = e.replace(vectors=unit_rows(e.vectors))  # their lengths say nothing
    gender = load_concept("gender")
    biased = biased_names(e, gender.replace(specific=load_names("gender-specific")), pair=("she", "he"))
    edit = INLP(early_stop=False).fit(e, biased)
    # published for one split: 1.0, .669, .533, .506, .502; the test share of 1,500 names has a standard error of .013
    np.testing.assert_allclose(edit.accuracy_[:21:5], [1.0, 0.669, 0.533, 0.506, 0.502], atol=0.03)
    rows = biased.locate(e).all_rows
    after = edit.transform(e)
    moved = ((after.vectors[rows] - e.vectors[rows]) ** 2).sum(axis=1).mean()
    assert moved == pytest.approx(0.198, abs=0.01)
    x, y = after.vectors[rows], biased.locate(e).labels
    unseen = np.isin(np.asarray(e.names)[rows], edit.held_out_)
    for model, published in ((LogisticRegression(max_iter=1000), 0.501), (SVC(), 0.952)):
        assert model.fit(x[~unseen], y[~unseen]).score(x[unseen], y[unseen]) == pytest.approx(published, abs=0.01)
    assert recovery(after, biased, probes=("k-means",))[0].accuracy == pytest.approx(0.519, abs=0.02)
