"""Embedding: look-up, neighbours, kinds, and what it refuses."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError


@pytest.fixture
def shop() -> Embedding:
    return Embedding(
        ["1", "2", "1", "3"],
        [[1, 0], [0, 1], [1, 1], [-1, 0]],
        kinds=["user", "user", "item", "item"],
        attributes=pd.DataFrame({"price": [None, None, 2.5, 3.0]}),
    )


def test_names_are_unique_within_a_kind(shop: Embedding) -> None:
    assert shop["user", "1"].tolist() == [1, 0] and shop["item", "1"].tolist() == [1, 1] and shop["3"].tolist() == [-1, 0]
    assert shop.rows(["2", "3"]).tolist() == [1, 3] and shop.rows(["3", "1"], kind="item").tolist() == [3, 2]
    assert "1" in shop and ("item", "3") in shop and ("user", "3") not in shop and "4" not in shop and 5 not in shop
    with pytest.raises(DataError, match=r"'1' stands in several kinds \(user, item\); say which"):
        shop["1"]
    with pytest.raises(UnknownNameError, match="unknown user '3'"):
        shop["user", "3"]
    with pytest.raises(UnknownNameError, match=r"unknown kind 'usr'; did you mean 'user'\?"):
        shop["usr", "1"]
    with pytest.raises(DataError, match="the item 'a' is there more than once"):
        Embedding(["a", "a"], np.eye(2), kinds=["item", "item"])
    with pytest.raises(DataError, match="has no kinds"):
        Embedding(["a"], [[1.0]])["item", "a"]


def test_subset_take_and_kinds(shop: Embedding) -> None:
    items = shop.subset(kind="item")
    assert list(items.names) == ["1", "3"] and items.attributes["price"].tolist() == [2.5, 3.0]
    assert items["1"].tolist() == [1, 1]
    assert list(shop.subset(["3", "2"]).names) == ["3", "2"]
    with pytest.raises(ParameterError, match="subset needs"):
        shop.subset()
    with pytest.raises(DataError, match="more than once"):
        Embedding(["a", "b"], np.eye(2)).take(np.array([0, 0]))


def test_nearest_agrees_with_sorting() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, 8)).astype(np.float32)
    embedding = Embedding(map(str, range(200)), vectors)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = {
        "cosine": unit @ unit[3],
        "dot": vectors @ vectors[3],
        "euclidean": -np.linalg.norm(vectors - vectors[3], axis=1),
    }
    for similarity, scores in expected.items():
        found = embedding.nearest("3", 10, similarity=similarity)  # type: ignore[arg-type]
        order = [str(i) for i in np.argsort(-scores) if i != 3][:10]
        assert found["name"].tolist() == order
        assert np.allclose(found["score"], np.sort(scores[np.arange(200) != 3])[::-1][:10], atol=1e-5)
    assert embedding.nearest(vectors[3], 1)["name"].tolist() == ["3"]
    assert len(embedding.nearest("3", 10_000)) == 199


def test_nearest_within_a_kind_and_zero_vectors(shop: Embedding) -> None:
    found = shop.nearest(("user", "1"), 5, kind="item")
    assert found["name"].tolist() == ["1", "3"] and found["kind"].tolist() == ["item", "item"]
    zero = Embedding(["a", "b", "c"], [[0, 0], [1, 0], [-1, 0]])
    assert zero.nearest(np.zeros(2), 2)["score"].tolist() == [0, 0]
    with pytest.raises(ParameterError, match="k must be at least 1"):
        zero.nearest("a", 0)
    with pytest.raises(DataError, match=r"expected a vector of 2 numbers, got shape \(3,\)"):
        zero.nearest(np.ones(3))
    with pytest.raises(UnknownNameError, match="unknown similarity 'cosin'"):
        zero.nearest("a", similarity="cosin")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="unknown name 'aa'"):
        zero.nearest("aa")


def test_align_keeps_the_order_of_the_first() -> None:
    first, second = Embedding(["a", "b", "c"], np.eye(3)), Embedding(["c", "x", "a"], np.eye(3) * 2)
    one, two = first.align(second)
    assert list(one.names) == list(two.names) == ["a", "c"]
    assert two.vectors.tolist() == [[0, 0, 2], [2, 0, 0]]
    with pytest.raises(DataError, match="share no name"):
        first.align(Embedding(["q"], [[1.0]]))


def by_row(names: list[str], **parameters: list[float]) -> Embedding:
    """One column, one bias a name, and weights that are nobody's."""
    parts = {"bias": list(range(len(names))), "weights": [7.0, 8.0], **parameters}
    return Embedding(names, [[float(i)] for i in range(len(names))], parameters=parts, meta={"notes": {"by_row": ["bias"]}})


def test_parameters_by_row_follow_the_rows() -> None:
    e = by_row(["a", "b", "c"])
    turned = e.take(np.array([2, 0, 1]))
    assert turned.parameters["bias"].tolist() == turned.vectors.ravel().tolist() == [2, 0, 1]
    assert turned.parameters["weights"].tolist() == [7, 8]
    assert e.subset(["c", "b"]).parameters["bias"].tolist() == [2, 1]
    one, two = e.align(by_row(["x", "c", "a"]))
    assert one.parameters["bias"].tolist() == [0, 2] and two.parameters["bias"].tolist() == [2, 1]
    assert turned.take(np.array([0])).parameters["bias"].tolist() == [2]  # the note stays


def test_parameters_by_row_are_appended() -> None:
    both = by_row(["a", "b"]).append(by_row(["c"], weights=[0.0]))
    assert both.parameters["bias"].tolist() == [0, 1, 0] and both.parameters["weights"].tolist() == [7, 8]
    with pytest.raises(DataError, match="the second has no 'bias' by row"):
        by_row(["a"]).append(Embedding(["b"], [[1.0]]))
    with pytest.raises(DataError, match="same columns of 'bias'"):
        by_row(["a"]).append(by_row(["b"], bias=[[1.0, 2.0]]))  # type: ignore[arg-type]


def test_a_parameter_by_row_of_another_length() -> None:
    with pytest.raises(DataError, match="expected 'bias' to have one row a name, 2, got 3"):
        by_row(["a", "b"], bias=[1.0, 2.0, 3.0]).take(np.array([1, 0]))


def test_a_context_that_says_nothing_new_is_not_counted() -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    names = [*map(str, range(50))]
    assert Embedding(names, vectors).numbers_per_node == 4
    assert Embedding(names, vectors, vectors * [1, -1, 1, -1]).numbers_per_node == 4
    assert Embedding(names, vectors, vectors[::-1]).numbers_per_node == 8
    assert Embedding(names, vectors, vectors).decoder == "source-target"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Embedding(["a", "b"], [[1.0]]), r"expected vectors of shape \(2, dim\) for 2 names, got \(1, 1\)"),
        (lambda: Embedding(["a"], [1.0]), r"expected vectors of shape \(1, dim\)"),
        (lambda: Embedding(["a"], [[]]), r"got \(1, 0\)"),
        (lambda: Embedding(["a", "b"], [[1.0], [1.0, 2.0]]), "vectors must be a table of numbers"),
        (lambda: Embedding(["a", "b"], [[1.0], [np.nan]]), "1 rows of vectors hold NaN or infinite numbers, first row 1"),
        (lambda: Embedding(["a"], [[1.0]], [[np.inf]]), "1 rows of context hold NaN"),
        (lambda: Embedding(["a"], [[1e300]]), r"vectors hold numbers beyond float32's range of ±3\.4e\+38"),
        (lambda: Embedding(["a"], [[1.0]], np.array([[-1e39]])), "context hold numbers beyond float32's range"),
        (lambda: Embedding(["a"], [[10**400]]), "beyond float32's range"),
        (lambda: Embedding(["a", "b"], [[1e300], [np.nan]]), "2 rows of vectors hold NaN or infinite"),
        (lambda: Embedding(["a"], np.array([[1 + 2j]])), "vectors must be real, got complex numbers"),
        (lambda: Embedding(["a"], pd.DataFrame([[1 + 2j]])), "vectors must be real, got complex numbers"),
        (lambda: Embedding(["a"], [[1 + 2j]]), "vectors must be real, got complex numbers"),
        (lambda: Embedding(["a"], [np.array([1 + 2j])]), "must be real"),
        (lambda: Embedding(["a"], [[1.0]])[0], r"expected a name or \(kind, name\), got int; names are strings: '0'\?"),
        (lambda: Embedding(["a"], [[1.0]]).nearest(0), r"expected a name or \(kind, name\), got int; names are strings: '0'\?"),
        (lambda: Embedding(["a"], [[1.0]]).nearest([1.0]), "expected a name .*, got list"),
        (lambda: Embedding(["a"], [[1.0]])["x", 0], r"got \(str, int\)"),
        (lambda: Embedding(["a"], [[1.0]]).score(0, "a"), "got int; names are strings"),
        (lambda: Embedding(["a"], [[1.0]]).score("a", 0), "got int; names are strings"),
        (lambda: Embedding(["a", "a"], np.eye(2)), "1 name is there more than once, first 'a'"),
        (lambda: Embedding(Names(["a", "a"], check=False), np.eye(2)), "1 name is there more than once"),
        (lambda: Embedding(["a"], [[1.0]], [[1.0, 2.0]]), "context must have the shape of vectors"),
        (lambda: Embedding(["a"], [[1.0]], kinds=["x", "y"]), "expected 1 kinds, one a name, got 2"),
        (lambda: Embedding(["a"], [[1.0]], attributes=pd.DataFrame({"x": [1, 2]})), "expected an attribute table of 1 rows, got 2"),
        (lambda: Embedding(["a"], [[1.0]]).replace(colour=1), "an embedding has no part 'colour'"),
    ],
)
def test_what_is_refused(make: object, message: str) -> None:
    with pytest.raises((DataError, ParameterError), match=message) as caught:
        make()  # type: ignore[operator]
    assert "\n" not in str(caught.value)


def test_it_is_immutable_and_pickles(shop: Embedding) -> None:
    mine = np.ones((1, 2), dtype=np.float32)
    embedding = Embedding(["a"], mine, mine, parameters={"w": np.ones(3)})
    mine[0] = 7
    assert embedding.vectors.tolist() == [[1, 1]]
    for copy in (embedding, pickle.loads(pickle.dumps(embedding))):
        for array in (copy.vectors, copy.context, copy.parameters["w"]):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 5
    table = shop.attributes
    table["new"] = 1
    assert "new" not in shop.attributes
    again = pickle.loads(pickle.dumps(shop))
    assert again["item", "1"].tolist() == [1, 1] and again.attributes.equals(shop.attributes)


def test_memory_of_a_torch_tensor_is_not_shared() -> None:
    import torch

    tensor, weights = torch.ones(2, 3), torch.ones(4)
    embedding = Embedding(["a", "b"], tensor, parameters={"w": weights})
    tensor[0, 0] = weights[0] = 7
    assert embedding.vectors.max() == embedding.parameters["w"].max() == 1
    with pytest.raises(DataError, match=r"must be a table of numbers.*tracks its gradient; pass tensor\.detach\(\)"):
        Embedding(["a", "b"], torch.ones(2, 3, requires_grad=True))
    with pytest.raises(DataError, match="vectors must be real"):
        Embedding(["a", "b"], torch.ones(2, 3, dtype=torch.complex64))


def test_replace_keeps_the_rest(shop: Embedding) -> None:
    other = shop.replace(vectors=np.ones((4, 3)), meta={"method": "ones"})
    assert other.dim == 3 and list(other.kinds) == list(shop.kinds) and other.meta == {"method": "ones"}  # type: ignore[arg-type]
    assert other.attributes.equals(shop.attributes) and shop.dim == 2


def test_a_certificate_stays_with_its_rows() -> None:
    meta = {"method": "lpca", "certificate": {"exact": True}}
    e = Embedding(["a", "b"], np.ones((2, 1)), np.ones((2, 1)), meta=meta)
    kept = [e.replace(attributes=pd.DataFrame({"x": [1, 2]})), e.replace(names=["c", "d"]), e.replace(vectors=np.zeros((2, 1)), meta=meta)]
    assert all(other.meta == meta for other in kept)
    more = Embedding(["c"], [[1]], [[1]], meta=meta)
    left = [e.replace(vectors=np.zeros((2, 1))), e.replace(context=None), e.subset(["a"]), e.take(np.array([1, 0])), e.append(more)]
    assert all("certificate" not in other.meta and other.meta["method"] == "lpca" for other in left)
    assert e.meta == meta and left[-1].meta["appended"] == [meta]


def test_require_finite_names_the_row() -> None:
    broken = Embedding._trusted(Names(["a", "b"]), np.array([[1.0], [np.nan]], dtype=np.float32), None)
    with pytest.raises(DataError, match=r"1 rows of vectors hold NaN or infinite numbers, first row 1 \('b'\)"):
        broken.require_finite()


def test_keyed_vectors_there_and_back() -> None:
    embedding = Embedding(["New York", "😀", "x"], np.random.default_rng(0).random((3, 4)))
    keyed = embedding.to_keyed_vectors()
    assert keyed.most_similar("x", topn=2)[0][0] == embedding.nearest("x", 1)["name"].item()
    back = Embedding.from_keyed_vectors(keyed)
    assert back.names == embedding.names and np.array_equal(back.vectors, embedding.vectors)
    with pytest.raises(DataError, match="holds vectors only"):
        Embedding(["a"], [[1.0]], [[2.0]]).to_keyed_vectors()


def test_html_shows_names_as_text() -> None:
    html = Embedding(["<script>alert(1)</script>"], [[1.0]], meta={"method": "<b>"})._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "<b>)" not in html


@settings(deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(0, 6), st.integers(1, 4)), elements=st.floats(-10, 10, width=32)))
def test_rows_come_back_by_name(vectors: np.ndarray) -> None:
    names = [f"n{i}" for i in range(len(vectors))]
    embedding = Embedding(names, vectors)
    assert all(np.array_equal(embedding[name], row) for name, row in zip(names, vectors, strict=True))
    assert np.array_equal(embedding.subset(names[::-1]).vectors, vectors[::-1])


def test_score_prepares_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from graphemb.reconstruction.decoders.vectors import Cosine

    prepared: list[Embedding] = []
    prepare = Cosine.prepare
    monkeypatch.setattr(Cosine, "prepare", staticmethod(lambda e, *rest: prepared.append(e) or prepare(e, *rest)))
    embedding = Embedding(["a", "b"], [[1, 0], [1, 1]], decoder="cosine")
    first = embedding.score("a", "b")
    assert embedding.score("a", "b") == first == embedding.score(["a"], ["b"])[0] and prepared == [embedding]
    again = pickle.loads(pickle.dumps(embedding))
    assert "_scorer" in vars(embedding) and "_scorer" not in vars(again)
    assert again.score("a", "b") == first and len(prepared) == 2
    assert embedding.replace(decoder="dot").score("b", "b") == 2.0


def test_the_neighbours_of_a_zero_vector_come_with_a_warning() -> None:
    embedding = Embedding(["a", "lonely", "c"], [[1, 0], [0, 0], [0, 1]])
    with pytest.warns(DataWarning, match="'lonely' has a zero vector, so its cosine with everything is 0") as caught:
        assert embedding.nearest("lonely")["score"].tolist() == [0, 0]
    assert caught[0].filename == __file__
    assert len(embedding.nearest("lonely", similarity="euclidean")) == len(embedding.nearest("a")) == 2


def test_rows_of_another_embedding_go_below(shop: Embedding) -> None:
    more = Embedding(
        ["3", "4"], [[2, 2], [3, 3]], kinds=["user", "item"], attributes=pd.DataFrame({"colour": ["red", "blue"]}), meta={"k": 1}
    )
    both = shop.append(more).append(Embedding(["5"], [[4, 4]], kinds=["item"]))
    assert list(both.names) == ["1", "2", "1", "3", "3", "4", "5"] and both["item", "4"].tolist() == [3, 3]
    assert both.attributes["price"].dropna().tolist() == [2.5, 3.0] and both.attributes["colour"].dropna().tolist() == ["red", "blue"]
    assert both.meta["appended"] == [{"k": 1}, {}] and "appended" not in shop.meta


def test_rows_that_do_not_go_together_are_refused(shop: Embedding) -> None:
    plain = Embedding(["a"], [[1, 2]])
    for other, what in (
        (Embedding(["b"], [[1, 2, 3]]), "columns, got 2 and 3"),
        (Embedding(["b"], [[1, 2]], [[1, 2]], decoder="dot"), "sides, got no context and context"),
        (Embedding(["b"], [[1, 2]], decoder="cosine"), "decoder, got dot and cosine"),
        (shop, "kinds, got no kinds and kinds"),
        (Embedding(["a"], [[1, 2]]), "more than once"),
    ):
        with pytest.raises(DataError, match=what):
            plain.append(other)
    with pytest.raises(DataError, match="append takes an Embedding, such as a method's transform gives, got int"):
        plain.append(3)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="the item '3' is there more than once"):
        shop.append(shop.take(np.array([3])))
